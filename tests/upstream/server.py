"""The fake model server itself: HTTP/1.1 over asyncio streams, one request per connection."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs

from tests.upstream.behaviour import Behaviour, embedding
from tests.upstream.connection import ClientLeftError, Connection
from tests.upstream.log import Exchange, Log

NONSENSE = {
    "html": ("text/html", b"<!doctype html><html><body>Welcome to nginx!</body></html>"),
    "broken_json": ("text/event-stream", b'data: {"choices": [{"delta": {"content": \n\n'),
    "empty": ("text/event-stream", b""),
    "wrong_shape": ("text/event-stream", b'data: {"choices": ["what"]}\n\ndata: [DONE]\n\n'),
    "no_choices": ("application/json", b'{"hello": "world"}'),
    "no_text": (
        "text/event-stream",
        b'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n',
    ),
}


class Upstream:
    """A model server to test against; use as `async with Upstream() as upstream`.

    `behaviour` holds for every request but those that take one from `behave_next` or carry a directive.
    Over HTTP: `GET /_log?bodies=0`, `GET /_open`, `POST /_behave {…, "next": 1}`, `POST /_reset`.
    """

    def __init__(self, behaviour: Behaviour | None = None, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.behaviour = behaviour or Behaviour()
        self.log = Log()
        self.embedded: list[list[str]] = []
        self._next: deque[Behaviour] = deque()
        self._released = asyncio.Event()
        self._host, self._port = host, port
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The base address, with `/v1`."""
        return f"http://{self._host}:{self._port}/v1"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, self._host, self._port, backlog=1024)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def behave(self, **changes: Any) -> None:
        """From now on, with the defaults for what is not named."""
        self.behaviour = Behaviour().changed(changes)

    def behave_next(self, times: int = 1, **changes: Any) -> None:
        """For the next requests only."""
        self._next.extend([Behaviour().changed(changes)] * times)

    async def release(self) -> None:
        """Let the answers go on that are held (`hold_after`)."""
        self._released.set()
        self._released = asyncio.Event()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        connection = Connection(reader, writer)
        try:
            if await connection.receive():
                watcher = asyncio.ensure_future(connection.watch())
                with suppress(ClientLeftError):
                    await self._answer(connection)
                watcher.cancel()
        finally:
            writer.close()
            self._connections.discard(task)

    async def _answer(self, connection: Connection) -> None:
        match connection.method, connection.path:
            case "POST", "/v1/chat/completions":
                await self._chat(connection)
            case "POST", "/v1/embeddings":
                await self._embed(connection)
            case "GET", "/v1/models":
                await connection.json({"object": "list", "data": [{"id": "fake", "object": "model"}]})
            case "GET", "/_log":
                bodies = parse_qs(connection.query).get("bodies") != ["0"]
                await connection.json(self.log.as_dict(bodies=bodies))
            case "GET", "/_open":
                await connection.json(self.log.bodies_open())
            case "POST", "/_behave":
                times = connection.body.pop("next", 0)
                (self.behave_next if times else self.behave)(**({"times": times} if times else {}), **connection.body)
                await connection.json({})
            case "POST", "/_reset":
                self.log.reset()
                await connection.json({})
            case _:
                await connection.json({"error": {"message": "no such path"}}, 404)

    async def _embed(self, connection: Connection) -> None:
        texts = connection.body["input"]
        texts = [texts] if isinstance(texts, str) else texts
        self.embedded.append(texts)
        how = self._next.popleft() if self._next else self.behaviour
        if how.status:
            await connection.json({"error": {"message": how.error}}, how.status)
            return
        if how.nonsense:
            media_type, raw = NONSENSE[how.nonsense]
            await connection.head(200, media_type, len(raw))
            await connection.send(raw)
            return
        await connection.pause(how.delay)
        data = [{"index": n, "embedding": embedding(text, how.dimensions)} for n, text in enumerate(texts)]
        await connection.json({"object": "list", "data": data[::-1], "model": "fake"})

    async def _chat(self, connection: Connection) -> None:
        exchange = self.log.begin(connection.body, connection.writer.transport)
        how = (self._next.popleft() if self._next else self.behaviour).for_request(connection.body)
        ended = "client_left"
        try:
            ended = await self._complete(connection, how, exchange)
        finally:
            # The connection counts as open until here, and is closed right after, in the same step.
            self.log.end(exchange, ended)

    async def _complete(self, connection: Connection, how: Behaviour, exchange: Exchange) -> str:
        partial = connection.body.get("messages", [{}])[-1].get("role") == "assistant"
        if how.status or (partial and how.refuses_partial):
            await connection.json({"error": {"message": how.error, "type": "fake"}}, how.status or 400)
            return "refused"
        if not how.headers_late and connection.body.get("stream") and not how.nonsense:
            await connection.head(200, "text/event-stream")
        await connection.pause(how.delay)
        if how.nonsense:
            media_type, raw = NONSENSE[how.nonsense]
            await connection.head(200, media_type, len(raw))
            await connection.send(raw)
            return "nonsense"
        if not connection.body.get("stream"):
            message = {"role": "assistant", "content": "".join(how.pieces(connection.body))}
            await connection.json({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
            return "complete"
        if how.headers_late:
            await connection.head(200, "text/event-stream")
        return await self._stream(connection, how, exchange)

    async def _stream(self, connection: Connection, how: Behaviour, exchange: Exchange) -> str:
        await connection.event(chunk({"role": "assistant", "content": ""}))
        async for delta in paced(connection, how):
            if exchange.tokens == how.hold_after:
                await connection.held(self._released)
            if exchange.tokens == how.stall_after:
                await connection.pause(None)
            if exchange.tokens == how.cut_after:
                connection.reset()
                return "cut"
            if exchange.tokens == how.error_after:
                await connection.event({"error": {"message": how.error, "code": 500}})
                break
            if exchange.tokens == how.end_after:
                break
            await connection.event(chunk(delta))
            exchange.tokens += 1
        else:
            await connection.event(chunk({}, how.finish_reason))
            if how.done:
                await connection.event("[DONE]")
        await connection.send(b"0\r\n\r\n")
        await connection.linger()
        return "complete"


def chunk(delta: dict[str, str], finish_reason: str | None = None) -> dict[str, Any]:
    """One `chat.completion.chunk`."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {"id": "fake", "object": "chat.completion.chunk", "created": 0, "model": "fake", "choices": [choice]}


async def paced(connection: Connection, how: Behaviour) -> AsyncIterator[dict[str, str]]:
    """The deltas at the asked rate, without falling behind."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    for delta in how.deltas(connection.body):
        yield delta
        if how.rate:
            due += 1 / how.rate
            await connection.pause(max(0.0, due - loop.time()))
