"""Asking the fake model server through the real engine."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing

from llm import Message
from llm.engine import Continuing
from llm.openai_engine import OpenAIEngine

SECRET = "sk-very-secret-key-0123456789"
ASK = [Message("system", "Be brief."), Message("user", "Hello there, 你好吗")]


def build(url: str, *, first: float = 5.0, idle: float = 5.0, continuing: Continuing = "off") -> OpenAIEngine:
    return OpenAIEngine(
        url, "fake", api_key=SECRET, continuing=continuing, first_token_timeout=first, idle_timeout=idle
    )


async def collect(engine: OpenAIEngine, **options: object) -> tuple[str, str]:
    """The text and the reasoning of one answer."""
    said = {"text": "", "reasoning": ""}
    async for piece in engine.stream(ASK, **options):  # type: ignore[arg-type]
        assert piece.text
        said[piece.channel] += piece.text
    return said["text"], said["reasoning"]


async def watch(engine: OpenAIEngine, seen: list[str]) -> None:
    """Put the pieces of one answer into `seen` as they come."""
    async with aclosing(engine.stream(ASK)) as pieces:
        async for piece in pieces:
            seen.append(piece.text)  # noqa: PERF401


async def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.002)
