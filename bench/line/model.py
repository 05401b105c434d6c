"""A lean OpenAI-compatible model server that knows, per system, when each request came and each answer ended.

`python -m bench.line.model` prints its address. Each system has a lane: `http://…/<lane>/v1`. An answer begins with
its head, and then waits until the lane is told to let it go on: so both slots of every system can be kept busy while
its line is filled, and exactly as many answers end as are wanted.

`POST /<lane>/release {"count": 10}` lets so many answers go on; `GET /<lane>/log?after=5` gives what came after.
"""

import asyncio
import json
import re
import signal
import time
from collections import deque
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKENS_PER_SECOND = 100.0
FEWEST_TOKENS = 8
SPREAD = 7
"""Answers differ in length, the same way for everybody, so that two slots do not end in step for ever."""
STEP = 5

MARKER = re.compile(rb"bench-\d+")
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


@dataclass(slots=True)
class Exchange:
    """One answer. Times are seconds of the machine's monotonic clock.

    arrived: the request was read. answered: the last byte of the answer was written. closed: the client closed the
    connection, or used it again. began: when the caller says that its task began, if it does.
    """

    number: int
    marker: str
    arrived: float
    began: float | None = None
    answered: float | None = None
    closed: float | None = None


@dataclass(slots=True)
class Lane:
    """One system's share of the model."""

    exchanges: list[Exchange] = field(default_factory=list)
    allowed: int = 0
    held: deque[asyncio.Future[None]] = field(default_factory=deque)

    async def turn(self) -> None:
        """Wait until one more answer may go on."""
        if self.allowed:
            self.allowed -= 1
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.held.append(future)
        try:
            await future
        finally:
            with suppress(ValueError):
                self.held.remove(future)

    def release(self, count: int) -> None:
        """Let so many answers go on, those that wait first."""
        for _ in range(count):
            if self.held:
                self.held.popleft().set_result(None)
            else:
                self.allowed += 1


class Lanes:
    """All lanes of a server, made when they are first used."""

    def __init__(self) -> None:
        self._lanes: dict[str, Lane] = {}

    def __getitem__(self, name: str) -> Lane:
        return self._lanes.setdefault(name, Lane())


class Connection(asyncio.Protocol):
    """One HTTP/1.1 connection, kept alive as long as the client likes."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self._buffer = b""
        self._exchange: Exchange | None = None
        self._answering: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone; an answer under way ends with it."""
        self._close_exchange()
        if self._answering is not None:
            self._answering.cancel()

    def data_received(self, data: bytes) -> None:
        """Collect a request, and act on it once it is whole."""
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        lines = head.split(b"\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines[1:])}
        length = int(headers.get(b"content-length", b"0"))
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        method, target, _ = lines[0].split(b" ", 2)
        self._act(method.decode(), target.decode(), headers, rest[:length])

    def _act(self, method: str, target: str, headers: dict[bytes, bytes], body: bytes) -> None:
        parts = urlsplit(target)
        _, name, *path = parts.path.split("/")
        lane = self._lanes[name]
        match method, "/".join(path):
            case "POST", "v1/chat/completions":
                self._begin(lane, headers, body)
            case "POST", "release":
                lane.release(int(json.loads(body)["count"]))
                self._reply({})
            case "GET", "log":
                after = int(parse_qs(parts.query).get("after", ["0"])[0])
                exchanges = [asdict(exchange) for exchange in lane.exchanges[after:]]
                self._reply({"held": len(lane.held), "exchanges": exchanges})
            case _:
                self._reply({"error": {"message": "no such path"}}, b"404 Not Found")

    def _reply(self, value: object, status: bytes = b"200 OK") -> None:
        raw = json.dumps(value).encode()
        head = b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % (status, len(raw))
        self._transport.write(head + raw)

    def _begin(self, lane: Lane, headers: dict[bytes, bytes], body: bytes) -> None:
        self._close_exchange()
        markers = MARKER.findall(body)
        began = headers.get(b"x-began")
        exchange = Exchange(len(lane.exchanges) + 1, markers[-1].decode() if markers else "", time.monotonic())
        exchange.began = float(began) if began else None
        lane.exchanges.append(exchange)
        self._exchange = exchange
        self._answering = asyncio.ensure_future(self._answer(lane, exchange))

    async def _answer(self, lane: Lane, exchange: Exchange) -> None:
        self._transport.write(HEAD + _event(chunk({"role": "assistant", "content": ""})))
        await lane.turn()
        loop = asyncio.get_running_loop()
        due = loop.time()
        for n in range(FEWEST_TOKENS + exchange.number * STEP % SPREAD):
            self._transport.write(_event(chunk({"content": f" word{n}"})))
            due += 1 / TOKENS_PER_SECOND
            await asyncio.sleep(max(0.0, due - loop.time()))
        self._transport.write(_event(chunk({}, "stop")) + _event("[DONE]") + b"0\r\n\r\n")
        exchange.answered = time.monotonic()

    def _close_exchange(self) -> None:
        if self._exchange is not None and self._exchange.closed is None:
            self._exchange.closed = time.monotonic()


def chunk(delta: dict[str, str], finish_reason: str | None = None) -> dict[str, Any]:
    """One `chat.completion.chunk`."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {"id": "bench", "object": "chat.completion.chunk", "created": 0, "model": "bench", "choices": [choice]}


def _event(value: object) -> bytes:
    data = value if isinstance(value, str) else json.dumps(value)
    raw = b"data: " + data.encode() + b"\n\n"
    return b"%x\r\n%b\r\n" % (len(raw), raw)


async def serve() -> None:
    """Serve on a free port of loopback until told to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    lanes = Lanes()
    server = await loop.create_server(lambda: Connection(lanes), "127.0.0.1", 0, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await stop.wait()


if __name__ == "__main__":
    asyncio.run(serve())
