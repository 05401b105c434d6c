"""From asking to the first piece of the answer, over raw sockets that are open already."""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import aclosing
from time import perf_counter
from typing import Any, NamedTuple

from llm.engine import Message
from llm.openai_engine import OpenAIEngine

FIRST = {"model": b'"content": "word', "ours": b"event: task.delta", "gradio": b"event: generating"}
"""What the first piece of the answer looks like on each wire."""

LAST = {"model": b"[DONE]", "ours": b"event: task.completed", "gradio": b"event: complete"}


class Wire(NamedTuple):
    """One open connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, method: str, path: str, body: object = None) -> None:
        """Send a request."""
        raw = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        self.writer.write(head.encode() + b"Content-Length: %d\r\n\r\n" % len(raw) + raw)

    async def json(self) -> Any:
        """The body of an answer that has a length.

        Raises:
            RuntimeError: the answer is no success.
        """
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
        body = await self.reader.readexactly(length)
        if not head.startswith(b"http/1.1 2"):
            raise RuntimeError(body.decode(errors="replace"))
        return json.loads(body)

    async def until(self, mark: bytes, seen: bytes = b"") -> bytes:
        """Read until a mark has come; everything read.

        Raises:
            ConnectionResetError: the stream ended before.
        """
        while mark not in seen:
            data = await self.reader.read(65536)
            if not data:
                raise ConnectionResetError(seen[-300:].decode(errors="replace"))
            seen += data
        return seen


async def connect(port: int) -> Wire:
    """Open a connection."""
    return Wire(*await asyncio.open_connection("127.0.0.1", port))


async def ask(request: Mapping[str, Any]) -> list[float]:
    """Ask `times` times, one after the other; milliseconds until the first piece of each answer.

    Args:
        request: `whom` (`model`, `engine`, `ours` or `gradio`), `port`, `times`; for Gradio `function`.
    """
    times = []
    for _ in range(request["times"]):
        first, second = await connect(request["port"]), await connect(request["port"])
        try:
            times.append(await ASK[request["whom"]](first, second, request) * 1000)
        finally:
            first.writer.close()
            second.writer.close()
    return times


async def _first_piece(wire: Wire, whom: str, began: float) -> float:
    seen = await wire.until(FIRST[whom])
    spent = perf_counter() - began
    await wire.until(LAST[whom], seen)
    return spent


async def _model(wire: Wire, _: Wire, request: Mapping[str, Any]) -> float:
    began = perf_counter()
    body = {"model": "fake", "stream": True, "messages": [{"role": "user", "content": "hello"}]}
    wire.send("POST", "/v1/chat/completions", body)
    return await _first_piece(wire, "model", began)


async def _ours(wire: Wire, stream: Wire, request: Mapping[str, Any]) -> float:
    wire.send("POST", "/sessions", {})
    session = (await wire.json())["id"]
    await asyncio.sleep(0.05)
    began = perf_counter()
    wire.send("POST", f"/sessions/{session}/messages", {"content": "hello", "use_library": False})
    stream.send("GET", (await wire.json())["stream_url"])
    return await _first_piece(stream, "ours", began)


async def _gradio(wire: Wire, stream: Wire, request: Mapping[str, Any]) -> float:
    function = request["function"]
    await asyncio.sleep(0.05)
    began = perf_counter()
    wire.send("POST", f"/gradio_api/call/{function}", {"data": ["hello"]})
    event = (await wire.json())["event_id"]
    stream.send("GET", f"/gradio_api/call/{function}/{event}")
    return await _first_piece(stream, "gradio", began)


async def _engine(wire: Wire, _: Wire, request: Mapping[str, Any]) -> float:
    engine = ENGINES.setdefault(request["port"], _build_engine(request["port"]))
    began = perf_counter()
    async with aclosing(engine.stream([Message("user", "hello")])) as pieces:
        await anext(pieces)
        spent = perf_counter() - began
        async for _piece in pieces:
            pass
    return spent


def _build_engine(port: int) -> OpenAIEngine:
    return OpenAIEngine(f"http://127.0.0.1:{port}/v1", "fake", first_token_timeout=10, idle_timeout=10)


ENGINES: dict[int, OpenAIEngine] = {}
ASK: dict[str, Callable[[Wire, Wire, Mapping[str, Any]], Any]] = {
    "model": _model,
    "ours": _ours,
    "gradio": _gradio,
    "engine": _engine,
}
