"""The thinking in a research: with a model where there is one, else by rules."""

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from assistant import prompts
from assistant.asking import ask
from assistant.context import Budget, estimate_tokens, shortened
from assistant.extractive import chosen, quoted
from assistant.findings import Findings
from assistant.language import Language
from assistant.questions import (
    MOST,
    distinct,
    further_without_model,
    heading_of,
    parsed_questions,
    planned_without_model,
)
from assistant.relevance import fitting
from assistant.sources import of_hits, plain
from library.search import SearchLibrary
from llm.engine import Engine, Message, Piece

QUOTES_PER_NOTE = 3
PLANNING_HITS = 12

_NONE = re.compile(r"\W*none\W*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Desk:
    """What a researcher works with."""

    topic: str
    engine: Engine | None
    language: Language
    context_tokens: int
    answer_tokens: int
    model: str | None


@dataclass(frozen=True, slots=True)
class Note:
    """What the sources `numbers` say about a question; empty text when nothing."""

    question: str
    numbers: list[int]
    text: str


class Researcher:
    """Plans, takes notes, finds gaps and writes. One call of the model for each, one at a time."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def plan(self, library: SearchLibrary | None) -> list[str]:
        """The search questions, the topic itself first."""
        topic = self.desk.topic
        if self.desk.engine is not None:
            written = await self._ask(prompts.PLAN, self._about())
            if questions := parsed_questions(written):
                return distinct([topic, *questions])[:MOST]
        hits = await library.search(topic, limit=PLANNING_HITS) if library is not None else []
        return planned_without_model(topic, of_hits(fitting(topic, hits)))

    async def note(self, question: str, numbers: Sequence[int], findings: Findings, before: Sequence[Note]) -> str:
        """What the sources say about the question, with their numbers; empty when nothing."""
        if not numbers:
            return ""
        language = self.desk.language
        if self.desk.engine is None:
            used = {n for note in before for n in note.numbers}
            fresh = {findings[n].key: n for n in numbers if n not in used}
            best = chosen(question, [findings[n] for n in fresh.values()], QUOTES_PER_NOTE)
            return "".join(quoted(source, quote, fresh[source.key], language) for source, quote in best).strip()
        asked = f"{self._about()}\n{prompts.QUESTION[language]}: {question}\n\n{prompts.PASSAGES_HEAD[language]}:\n\n"
        budget = self._budget(prompts.NOTES, asked)
        shown = [findings[n].for_prompt(n, language) for n in numbers]
        kept = [passage for passage in shown if budget.take(estimate_tokens(passage) + 2)]
        if not kept:
            return ""
        written = await self._ask(prompts.NOTES, asked + "\n\n".join(kept))
        return "" if _NONE.fullmatch(written) else written

    async def gaps(self, notes: Sequence[Note], asked: Sequence[str], findings: Findings) -> list[str]:
        """Further questions; none when nothing is missing."""
        if self.desk.engine is None:
            return further_without_model(self.desk.topic, findings.sources, asked)
        language = self.desk.language
        questions = "\n".join(f"- {question}" for question in asked)
        head = f"{self._about()}\n\n{prompts.ASKED[language]}:\n{questions}\n\n"
        written = await self._ask(prompts.GAPS, head + self._joined(notes, prompts.GAPS, head))
        return distinct(parsed_questions(written), asked)

    async def write(self, notes: Sequence[Note], partial: str = "") -> AsyncGenerator[Piece, None]:
        """The body of the report, by the model, while it is written; `partial` as in `assistant.asking.ask`."""
        head = f"{self._about()}\n\n"
        asked = head + self._joined(notes, prompts.REPORT, head)
        async with aclosing(self._stream(prompts.REPORT, asked, partial)) as pieces:
            async for piece in pieces:
                yield piece

    def quoted_report(self, notes: Sequence[Note]) -> str:
        """The body of the report, of quotes."""
        sections = [f"## {plain(heading_of(note.question, self.desk.topic))}\n\n{note.text}" for note in notes]
        return "\n\n".join(sections)

    def _about(self) -> str:
        return f"{prompts.TOPIC[self.desk.language]}: {self.desk.topic}"

    def _joined(self, notes: Sequence[Note], system: prompts.Texts, head: str) -> str:
        """The notes below each other; when they are too long together, each is cut to its share."""
        texts = [f"### {note.question}\n{note.text}" for note in notes if note.text]
        title = f"{prompts.NOTES_HEAD[self.desk.language]}:\n\n"
        left = self._budget(system, head + title).left
        needed = sum(estimate_tokens(text) + 2 for text in texts)
        if needed > left:
            share = max(0, left - 4 * len(texts)) / needed
            texts = [shortened(text, int(estimate_tokens(text) * share)) for text in texts]
        return title + "\n\n".join(texts)

    def _budget(self, system: prompts.Texts, user: str) -> Budget:
        budget = Budget.of(self.desk.context_tokens, self.desk.answer_tokens)
        budget.require(Message("system", system[self.desk.language]))
        budget.require(Message("user", user))
        return budget

    async def _ask(self, system: prompts.Texts, user: str) -> str:
        async with aclosing(self._stream(system, user)) as pieces:
            return "".join([piece.text async for piece in pieces if piece.channel == "text"]).strip()

    async def _stream(self, system: prompts.Texts, user: str, partial: str = "") -> AsyncGenerator[Piece, None]:
        desk = self.desk
        assert desk.engine is not None
        self._budget(system, user)
        messages = [Message("system", system[desk.language]), Message("user", user)]
        limits = {"context_tokens": desk.context_tokens, "answer_tokens": desk.answer_tokens}
        async with aclosing(ask(desk.engine, messages, partial, **limits, model=desk.model)) as pieces:
            async for piece in pieces:
                yield piece
