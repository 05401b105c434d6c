"""Fakes at our own small seams: a library of a few passages, an engine that follows a script, a journal in memory."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from typing import Any
from uuid import UUID, uuid5

from pydantic import JsonValue

from assistant.context import estimate_tokens
from assistant.relevance import Question
from errors import ModelError
from library.search import Hit
from llm.engine import Message, Piece
from streaming.events import Answer, Citation, Delta, Progress

SPACE = UUID(int=7)


def hit(content: str, title: str = "Handbook", score: float = 0.4, **locator: Any) -> Hit:
    return Hit(uuid5(SPACE, title), uuid5(SPACE, title + content), title, content, locator, score)


class FakeLibrary:
    """Finds passages by shared words, as the real one does."""

    def __init__(self, *hits: Hit) -> None:
        self.hits = hits
        self.queries: list[str] = []

    async def search(self, query: str, *, limit: int = 8) -> list[Hit]:
        self.queries.append(query)
        asked = Question(query)
        scored = [(asked.weight_in(f"{h.title} {h.locator.get('heading', '')} {h.content}"), h) for h in self.hits]
        found = sorted((pair for pair in scored if pair[0]), key=lambda pair: -pair[0])
        return [h for _, h in found][:limit]


class FakeEngine:
    """Answers by the first rule whose part occurs in the prompt; records every call.

    One that continues writes the rest of its answer after a last message by the assistant; `refuses` is what such a
    request gets instead.
    """

    def __init__(
        self,
        *rules: tuple[str, str | ModelError | list[Piece]],
        continues: bool = False,
        refuses: ModelError | None = None,
    ) -> None:
        self.model = "fake"
        self.continues = continues
        self.refuses = refuses
        self.rules = rules
        self.calls: list[list[Message]] = []
        self.limits: list[int | None] = []
        self.models: list[str | None] = []
        self.open = 0

    async def stream(
        self, messages: Sequence[Message], *, model: str | None = None, max_tokens: int | None = None
    ) -> AsyncGenerator[Piece, None]:
        self.calls.append(list(messages))
        self.limits.append(max_tokens)
        self.models.append(model)
        prompt = "\n".join(message.content for message in messages)
        said = next((answer for part, answer in self.rules if part in prompt), "An answer.")
        if isinstance(said, ModelError):
            raise said
        if messages[-1].role == "assistant" and isinstance(said, str):
            if self.refuses is not None:
                raise self.refuses
            assert said.startswith(messages[-1].content), "a beginning that is not mine"
            said = said.removeprefix(messages[-1].content)
        self.open += 1
        try:
            for piece in [Piece(char) for char in said] if isinstance(said, str) else said:
                yield piece
                await asyncio.sleep(0)
        finally:
            self.open -= 1

    async def close(self) -> None:
        pass


class Crash(BaseException):
    """The process dies."""


class FakeJournal:
    """Keeps results; dies right after recording step number `dies_after`, or in the middle of `dies_in`."""

    def __init__(self, recorded: dict[str, JsonValue] | None = None, *, dies_after: str | None = None) -> None:
        self.recorded = {} if recorded is None else recorded
        self.dies_after = dies_after
        self.ran: list[str] = []

    async def step(self, key: str, run: Callable[[], Awaitable[JsonValue]]) -> JsonValue:
        if key not in self.recorded:
            self.ran.append(key)
            self.recorded[key] = await run()
            if key == self.dies_after:
                raise Crash
        return self.recorded[key]


def text_of(events: Iterable[Answer], channel: str = "text") -> str:
    return "".join(event.text for event in events if isinstance(event, Delta) and event.channel == channel)


def citations(events: Iterable[Answer]) -> list[Citation]:
    return [event for event in events if isinstance(event, Citation)]


def progress(events: Iterable[Answer]) -> list[Progress]:
    return [event for event in events if isinstance(event, Progress)]


def prompt_tokens(messages: Sequence[Message]) -> int:
    return sum(estimate_tokens(message.content) for message in messages)
