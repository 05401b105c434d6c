"""Steps that are done once, however often their task is started again."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Protocol

from pydantic import JsonValue

from llm.engine import Piece
from llm.settle import settle


class Journal(Protocol):
    """Remembers the results of finished steps of one task."""

    async def step(self, key: str, run: Callable[[], Awaitable[JsonValue]]) -> JsonValue:
        """The recorded result of `key`, else that of `run`, recorded."""
        ...


async def streamed_step(
    journal: Journal, key: str, write: Callable[[], AsyncGenerator[Piece, None]]
) -> AsyncGenerator[Piece, None]:
    """A step whose result is a text that is passed on while it is written; a recorded one comes whole.

    Closing the generator stops the writing, and returns once it has stopped.
    """
    written: asyncio.Queue[Piece | None] = asyncio.Queue()
    began = False

    async def run() -> JsonValue:
        nonlocal began
        began = True
        text: list[str] = []
        async with aclosing(write()) as pieces:
            async for piece in pieces:
                written.put_nowait(piece)
                if piece.channel == "text":
                    text.append(piece.text)
        return "".join(text)

    async def step() -> JsonValue:
        try:
            return await journal.step(key, run)
        finally:
            written.put_nowait(None)

    stepping = asyncio.ensure_future(step())
    try:
        while (piece := await written.get()) is not None:
            yield piece
        text = await stepping
        if not began and isinstance(text, str) and text:
            yield Piece(text)
    finally:
        await settle(_stop(stepping))


async def _stop(task: "asyncio.Future[JsonValue]") -> None:
    task.cancel()
    await asyncio.wait([task])
