"""The one connection: made anew without leaking the old one, and without hammering a server that is not ready."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from streaming import pubsub
from streaming.pubsub import PubSub


class Server:
    """Speaks just enough of the protocol; counts connections, and can be silent or still loading."""

    def __init__(self) -> None:
        self.mode = "ready"
        self.accepted = 0
        self.open: set[asyncio.StreamWriter] = set()
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        self.open.add(writer)
        with suppress(ConnectionError):
            while data := await reader.read(4096):
                self.answer(data, writer)
        self.open.discard(writer)
        writer.close()

    def answer(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        if self.mode == "silent":
            return
        for command in data.split(b"*")[1:]:
            words = command.split(b"\r\n")[2::2]
            if words[0] == b"SUBSCRIBE":
                writer.write(b"*3\r\n$9\r\nsubscribe\r\n$%d\r\n%b\r\n:1\r\n" % (len(words[1]), words[1]))
            elif words[0] == b"PING":
                loading = b"-LOADING Redis is loading the dataset in memory\r\n"
                writer.write(loading if self.mode == "loading" else b"*2\r\n$4\r\npong\r\n$0\r\n\r\n")


class Talking(Server):
    """Has something to say in the same breath in which it confirms a subscription."""

    def answer(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        super().answer(data, writer)
        if b"SUBSCRIBE" in data:
            writer.write(b"*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n")


@asynccontextmanager
async def _server(kind: type[Server] = Server) -> AsyncIterator[Server]:
    server = kind()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"redis://127.0.0.1:{listening.sockets[0].getsockname()[1]}/0"
    try:
        yield server
    finally:
        listening.close()
        for writer in list(server.open):
            writer.close()


@pytest.mark.parametrize("mode", ["silent", "loading"])
async def test_a_server_that_is_not_ready_gets_few_connections_and_keeps_one(
    monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setattr(pubsub, "PING_SECONDS", 0.1)
    gaps: list[str] = []
    async with _server() as server:
        connection = PubSub(server.url, lambda *_: None, gaps.append)
        await connection.start()
        await connection.subscribe("news")
        server.mode = mode
        connection.drop()
        await asyncio.sleep(1.5)
        assert gaps == [] or mode == "loading"
        assert server.accepted < 20
        server.mode = "ready"
        gaps.clear()
        async with asyncio.timeout(10):
            while not gaps:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert len(server.open) == 1
        await connection.stop()


async def test_a_gap_is_told_before_anything_that_comes_after_it() -> None:
    told: list[str] = []
    async with _server(Talking) as server:
        connection = PubSub(server.url, lambda *_: told.append("message"), lambda channel: told.append(channel))
        await connection.start()
        await connection.subscribe("news")
        connection.drop()
        async with asyncio.timeout(10):
            while len(told) < 3:
                await asyncio.sleep(0.01)
        assert told == ["message", "news", "message"]
        await connection.stop()
