"""A research: plan, search, notes, gaps, report. Every finished step is in the journal."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import cast

from pydantic import JsonValue

from assistant import report
from assistant.extractive import PACE, in_pieces
from assistant.findings import Findings, search
from assistant.journal import Journal, streamed_step
from assistant.language import language_of
from assistant.markers import Markers
from assistant.questions import MOST_FURTHER
from assistant.researcher import Desk, Note, Researcher
from assistant.sources import one_line
from assistant.web import SearchWeb, WebSearch
from library.search import SearchLibrary
from llm.engine import Engine, Piece
from streaming.events import Answer, Delta, Progress

__all__ = ["Journal", "WebSearch", "research"]


async def research(
    topic: str,
    *,
    engine: Engine | None,
    library: SearchLibrary | None,
    web: SearchWeb | None,
    journal: Journal,
    sources: frozenset[str],
    depth: int,
    context_tokens: int,
    answer_tokens: int,
    model: str | None = None,
    partial: str = "",
    pace: float = PACE,
) -> AsyncGenerator[Answer, None]:
    """Research `topic` and write a report on it, in its language, as Markdown.

    It is always the whole report that is yielded, also when it begins with `partial`.

    Args:
        topic: what to find out.
        engine: None for a report made of quotes.
        library: where to search when `sources` has `library`.
        web: where to search when `sources` has `web`; snippets only, no page is fetched.
        journal: keeps every step's result, so that a second run repeats no finished step.
        sources: `library`, `web` or both.
        depth: how many rounds of searching, from 1.
        context_tokens: what the model can hold.
        answer_tokens: how much of it stays free for what the model writes.
        model: another model than the engine's own.
        partial: what an earlier attempt wrote of the report; see `assistant.answer.answer`.
        pace: seconds between two pieces of a report without a model.

    Yields:
        Progress of each step; the report as deltas; each citation once, when the report first uses it.

    Raises:
        ModelError: the model server did not give an answer.
        InvalidInput: code `message_too_long`.
    """
    desk = Desk(topic, engine, language_of(topic), context_tokens, answer_tokens, model)
    run = _Research(
        Researcher(desk),
        library if "library" in sources else None,
        web if "web" in sources else None,
        journal,
        web_missing="web" in sources and web is None,
        partial=partial,
        pace=pace,
    )
    async with aclosing(run.events(depth)) as events:
        async for event in events:
            yield event


class _Research:
    """One run over the steps; what it knows comes from their results only, so that every run knows the same."""

    def __init__(
        self,
        researcher: Researcher,
        library: SearchLibrary | None,
        web: SearchWeb | None,
        journal: Journal,
        *,
        web_missing: bool,
        partial: str,
        pace: float,
    ) -> None:
        self._researcher = researcher
        self._desk = researcher.desk
        self._library, self._web, self._journal = library, web, journal
        self._web_missing, self._partial, self._pace = web_missing, partial, pace
        self._findings = Findings()
        self._notes: list[Note] = []
        self._asked: list[str] = []
        self._done = 0
        self._total: int | None = None

    async def events(self, depth: int) -> AsyncGenerator[Answer, None]:
        yield self._progress("plan", "plan")
        questions = await self._questions("plan", self._plan)
        self._total = 1 + 2 * len(questions) + (depth - 1) + 1
        for gap_round in range(1, depth + 1):
            for question in questions:
                async for event in self._look_into(question):
                    yield event
            if gap_round == depth:
                break
            yield self._progress(f"gaps-{gap_round}", "gaps")
            questions = await self._questions(f"gaps-{gap_round}", self._gaps)
            self._total += 2 * len(questions)
            if not questions:
                # Asking once more would give the same answer.
                self._total -= depth - 1 - gap_round
                break
        yield self._progress("report", "report")
        async with aclosing(self._report()) as events:
            async for report_event in events:
                yield report_event
        self._done += 1
        yield self._progress("report", "report")

    async def _look_into(self, question: str) -> AsyncGenerator[Answer, None]:
        self._asked.append(question)
        number = len(self._asked)
        yield self._progress(f"search-{number}", "search", question)
        result = await self._journal.step(f"search-{number}", lambda: search(question, self._library, self._web))
        numbers = self._findings.add(result)
        self._done += 1
        yield self._progress(f"notes-{number}", "notes", len(numbers), question)

        async def note() -> JsonValue:
            return await self._researcher.note(question, numbers, self._findings, self._notes)

        text = cast("str", await self._journal.step(f"notes-{number}", note))
        self._notes.append(Note(question, numbers, text))
        self._done += 1

    async def _plan(self) -> JsonValue:
        return cast("list[JsonValue]", await self._researcher.plan(self._library))

    async def _gaps(self) -> JsonValue:
        further = await self._researcher.gaps(self._notes, self._asked, self._findings)
        return cast("list[JsonValue]", further[:MOST_FURTHER])

    async def _questions(self, key: str, find: Callable[[], Awaitable[JsonValue]]) -> list[str]:
        questions = cast("list[str]", await self._journal.step(key, find))
        self._done += 1
        return questions

    async def _report(self) -> AsyncGenerator[Answer, None]:
        markers = Markers(set(range(1, len(self._findings.sources) + 1)))
        async with aclosing(streamed_step(self._journal, "report", self._write)) as pieces:
            async for piece in pieces:
                yield Delta(text=piece.text, channel=piece.channel)
                if piece.channel == "text":
                    for n in markers.feed(piece.text):
                        yield self._findings[n].citation(n)
        # Without any marker in the text, the list below is what uses the numbers.
        useful = [note for note in self._notes if note.text]
        noted = sorted({n for note in useful for n in note.numbers})
        for part in (
            report.source_list(self._findings, markers.seen, noted, self._desk.language),
            report.remarks(
                self._findings,
                web_missing=self._web_missing,
                quotes_only=self._desk.engine is None and bool(useful),
                language=self._desk.language,
            ),
        ):
            if part:
                yield Delta(text="\n\n" + part)
                for n in markers.feed(part):
                    yield self._findings[n].citation(n)

    async def _write(self) -> AsyncGenerator[Piece, None]:
        title = report.title(self._desk.topic)
        yield Piece(title)
        useful = [note for note in self._notes if note.text]
        if useful and self._desk.engine is not None:
            begun = self._partial.removeprefix(title) if self._partial.startswith(title) else ""
            async with aclosing(self._researcher.write(useful, begun)) as pieces:
                async for piece in pieces:
                    yield piece
            return
        text = self._researcher.quoted_report(useful) if useful else self._nothing()
        async for delta in in_pieces(text, self._pace):
            yield Piece(delta.text)

    def _nothing(self) -> str:
        searched = {"library": self._library, "web": self._web}
        places = [name for name, place in searched.items() if place is not None]
        return report.nothing(self._findings, places, self._desk.language)

    def _progress(self, step: str, kind: str, *values: object) -> Progress:
        label = one_line(report.label(kind, self._desk.language, *values))
        return Progress(step=step, label=label, done=self._done, total=self._total)
