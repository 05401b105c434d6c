"""One HTTP/1.1 connection of the fake model server: a request, its answer, and a client that may leave."""

import asyncio
import json
import socket
import struct
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

LINGER = 30.0


class ClientLeftError(Exception):
    """The client closed its side."""


class Connection:
    """One request and its answer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.method = self.path = self.query = ""
        self.body: Any = None
        self.left = asyncio.Event()

    async def receive(self) -> bool:
        """Read the request; False when there was none."""
        try:
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except (asyncio.IncompleteReadError, ConnectionError):
            return False
        request, *lines = head.split("\r\n")
        self.method, target, _ = request.split(" ", 2)
        parts = urlsplit(target)
        self.path, self.query = parts.path, parts.query
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        raw = await self.reader.readexactly(int(headers.get("content-length", 0)))
        self.body = json.loads(raw) if raw else {}
        return True

    async def watch(self) -> None:
        """Notice that the client leaves, whatever else goes on."""
        with suppress(ConnectionError):
            await self.reader.read()
        self.left.set()

    async def pause(self, seconds: float | None) -> None:
        """Do nothing for so long (None: for ever), unless the client leaves."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.left.wait(), seconds)
        if self.left.is_set():
            raise ClientLeftError

    async def held(self, released: asyncio.Event) -> None:
        """Do nothing until the event is set, unless the client leaves."""
        either = [asyncio.ensure_future(event.wait()) for event in (released, self.left)]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        for waiting in either:
            waiting.cancel()
        if self.left.is_set():
            raise ClientLeftError

    async def linger(self) -> None:
        """Leave it to the client to close, as servers do that keep connections alive."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.left.wait(), LINGER)

    async def send(self, data: bytes) -> None:
        """Write, no faster than the client reads."""
        if self.left.is_set():
            raise ClientLeftError
        self.writer.write(data)
        try:
            await self.writer.drain()
        except ConnectionError as error:
            raise ClientLeftError from error

    async def head(self, status: int, media_type: str, length: int | None = None) -> None:
        """Send the head; without a length the body is chunked."""
        framing = "transfer-encoding: chunked" if length is None else f"content-length: {length}\r\nconnection: close"
        await self.send(f"HTTP/1.1 {status} Status\r\ncontent-type: {media_type}\r\n{framing}\r\n\r\n".encode())

    async def json(self, value: object, status: int = 200) -> None:
        """Answer with JSON."""
        raw = json.dumps(value).encode()
        await self.head(status, "application/json", len(raw))
        await self.send(raw)

    async def event(self, value: object) -> None:
        """One chunk with one event."""
        data = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        raw = b"data: " + data.encode("utf-8", "surrogatepass") + b"\n\n"
        await self.send(b"%x\r\n%b\r\n" % (len(raw), raw))

    def reset(self) -> None:
        """Close the socket without a goodbye."""
        handle = self.writer.get_extra_info("socket")
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
