"""The reader of the benchmark, in a process of its own so that nothing else costs it time.

Every client is a raw `asyncio.Protocol` that looks for stamps in what arrives; HTTP is not parsed further.
"""

import asyncio
import os
from collections.abc import Sequence
from time import monotonic_ns
from typing import Any, cast

import hiredis
import uvloop

from bench.stream.asking import ask
from bench.stream.commands import answer, requests
from bench.stream.numbers import percentile
from bench.stream.proc import cpu_ns
from bench.stream.stamps import SECOND, Seen, Tape

AT_ONCE = 64
OPEN_SECONDS = 120.0


class Client(asyncio.Protocol):
    """One connection: sends its request, and notes what comes.

    Args:
        request: what to send first.
        seen: where events are noted.
        enough: so many events, or the head of the answer when 0, make it `opened`.
    """

    def __init__(self, request: bytes, seen: Seen, enough: int) -> None:
        self._request = request
        self._tape = Tape(seen)
        self._enough = enough
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Note the events."""
        self._tape.take(data, monotonic_ns())
        if not self.opened.done() and self._tape.count >= self._enough:
            if self._enough == 0 and not data.startswith(b"HTTP/1.1 200"):
                self.opened.set_exception(RuntimeError(data[:300].decode(errors="replace")))
            else:
                self.opened.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """A connection that ends before it began is an error."""
        if not self.opened.done():
            self.opened.set_exception(ConnectionResetError("closed before anything came"))


class Listener(Client):
    """One connection to Redis that subscribes to channels."""

    def __init__(self, password: str | None, channels: Sequence[str], seen: Seen) -> None:
        commands = [("AUTH", password), ("SUBSCRIBE", *channels)] if password else [("SUBSCRIBE", *channels)]
        super().__init__(b"".join(map(hiredis.pack_command, commands)), seen, 0)  # type: ignore[arg-type]
        self._reader = hiredis.Reader()
        self._tapes = {channel.encode(): Tape(seen) for channel in channels}

    def data_received(self, data: bytes) -> None:
        """Note the messages."""
        now = monotonic_ns()
        self._reader.feed(data)
        while (reply := self._reader.gets()) is not False:
            if not isinstance(reply, list):
                continue
            if reply[0] == b"message":
                self._tapes[reply[1]].take(reply[2], now)
            elif reply[2] == len(self._tapes):
                self.opened.set_result(None)


class Reading:
    """Clients that stay open from one request to the next."""

    def __init__(self) -> None:
        self._clients: list[Client] = []

    async def open(self, port: int, texts: Sequence[str], enough: int, seen: Seen) -> float:
        """Open a connection for each request; seconds until all have what they need."""
        places = asyncio.Semaphore(AT_ONCE)
        loop = asyncio.get_running_loop()

        async def one(text: str) -> None:
            async with places:
                client = Client(text.encode(), seen, enough)
                await loop.create_connection(lambda: client, "127.0.0.1", port)
                self._clients.append(client)
                await client.opened

        began = loop.time()
        async with asyncio.timeout(OPEN_SECONDS):
            await asyncio.gather(*map(one, texts))
        return loop.time() - began

    async def listen(self, port: int, password: str | None, channels: Sequence[str], seen: Seen) -> None:
        """Subscribe to channels of Redis."""
        client = Listener(password, channels, seen)
        await asyncio.get_running_loop().create_connection(lambda: client, "127.0.0.1", port)
        self._clients.append(client)
        await client.opened

    def close(self) -> None:
        """Leave, without a word."""
        for client in self._clients:
            if client.transport is not None:
                client.transport.abort()
        self._clients.clear()


async def measured(seen: Seen, *, grace: float = 0.4) -> dict[str, Any]:
    """Wait until the window is over; what was seen in it."""
    await _until(seen.begin)
    before = cpu_ns(os.getpid())
    await _until(seen.end)
    spent = cpu_ns(os.getpid()) - before
    await asyncio.sleep(grace)
    ages = [age / 1000 for age in seen.ages]
    if not ages:
        return {"events": 0, "holes": seen.holes}
    return {
        "p50_us": percentile(ages, 0.5),
        "p99_us": percentile(ages, 0.99),
        "events": len(ages),
        "holes": seen.holes,
        "reader_us": spent / 1000 / len(ages),
    }


async def _until(moment: int) -> None:
    await asyncio.sleep(max(0.0, (moment - monotonic_ns()) / SECOND))


async def serve() -> None:
    """Take requests: `open`, `listen`, `measure`, `close`, `ask`."""
    reading = Reading()
    seen = Seen(0, 0)
    async for request in requests():
        match request["op"]:
            case "window":
                seen = Seen(request["begin"], request["end"])
                answer({})
            case "open":
                seconds = await reading.open(request["port"], request["requests"], request.get("enough", 0), seen)
                answer({"seconds": seconds})
            case "listen":
                await reading.listen(request["port"], request["password"], request["channels"], seen)
                answer({})
            case "measure":
                answer(await measured(seen))
            case "close":
                reading.close()
                answer({})
            case "ask":
                answer(await ask(request))


if __name__ == "__main__":
    uvloop.run(serve())
