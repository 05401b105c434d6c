"""A way to a server that can be shut or slow: connections are cut, new ones end at once, answers come late or not."""

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit, urlunsplit


class Door:
    """Stands before a server: lets connections pass, or takes them and closes them at once, as a stopping server.

    `delay`: how late answers come; without `answers`, not at all.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname, parts.port)
        self._url = parts
        self._passing: set[asyncio.StreamWriter] = set()
        self.closing = 0
        self.closed = 0
        self.delay = 0.0
        self.url = ""
        self.answers = asyncio.Event()
        self.answers.set()

    async def open(self) -> str:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        login = self._url.netloc.rpartition("@")[0]
        netloc = f"{login}@127.0.0.1:{port}" if login else f"127.0.0.1:{port}"
        self.url = urlunsplit(self._url._replace(netloc=netloc))
        return self.url

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.closing > 0:
            self.closing -= 1
            self.closed += 1
            writer.close()
            return
        inner_reader, inner_writer = await asyncio.open_connection(*self._address)
        self._passing |= {writer, inner_writer}
        with suppress(ConnectionError):
            await asyncio.gather(self._pass(reader, inner_writer), self._pass(inner_reader, writer, late=True))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, late: bool = False) -> None:
        while data := await reader.read(65536):
            if late:
                await self.answers.wait()
                await asyncio.sleep(self.delay)
            writer.write(data)
        writer.close()

    def cut(self) -> None:
        for writer in self._passing:
            writer.transport.abort()

    async def close(self) -> None:
        self.cut()
        self._server.close()
