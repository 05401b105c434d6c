"""An answer to one message of a session."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import asdict
from typing import Any, cast

from pydantic import JsonValue

from assistant.asking import ask
from assistant.context import Budget, PastTurn, estimate_tokens, recent_history
from assistant.extractive import PACE, quotes
from assistant.journal import Journal
from assistant.language import Language, language_of
from assistant.markers import Markers
from assistant.prompts import CHAT, PASSAGES
from assistant.relevance import fitting
from assistant.sources import Source, of_hits
from library.search import Hit, SearchLibrary
from library.terms import query_terms
from llm.engine import Engine, Message
from streaming.events import Answer, Delta

__all__ = ["PastTurn", "answer"]

HITS = 8
PASSAGES_SHARE = 3
"""At most one part in so many of the prompt is for passages, so that history keeps its place."""


async def answer(
    question: str,
    history: Sequence[PastTurn],
    *,
    engine: Engine | None,
    library: SearchLibrary | None,
    context_tokens: int,
    answer_tokens: int,
    model: str | None = None,
    partial: str = "",
    journal: Journal | None = None,
    pace: float = PACE,
) -> AsyncGenerator[Answer, None]:
    """Answer `question`, piece by piece, with one call of the model.

    It is always the whole answer that is yielded, also when it begins with `partial`.

    Args:
        question: the message; the model sees it verbatim as the last one.
        history: earlier turns, oldest first; empty ones do not count.
        engine: None for the answer without a model, which quotes the library.
        library: None leaves the library out.
        context_tokens: what the model can hold, `answer_tokens` of which stay free for the answer.
        answer_tokens: see `context_tokens`.
        model: another model than the engine's own.
        partial: what an earlier attempt wrote. An engine that can continue goes on from there, unless its server
            refuses; for others it is nothing.
        journal: remembers the passages that the model is shown, so that their numbers still mean the same in a later
            attempt, whatever became of the library.
        pace: seconds between two pieces of an answer without a model.

    Yields:
        Deltas, and each citation once, when the text first uses its number.

    Raises:
        InvalidInput: code `message_too_long`, when the question does not fit the context.
        ModelError: the model server did not give an answer.
    """
    if engine is None:
        hits = await _search(question, history, library)
        async with aclosing(quotes(question, hits, searched=library is not None, pace=pace)) as events:
            async for event in events:
                yield event
        return
    language = language_of(question)
    budget = Budget.of(context_tokens, answer_tokens)
    last = Message("user", question)
    budget.require(last)
    budget.require(Message("system", CHAT[language]))

    async def find() -> JsonValue:
        found = _affordable(of_hits(await _search(question, history, library)), budget.left, language)
        return [cast("dict[str, JsonValue]", asdict(source)) for source in found]

    shown = await (journal.step("passages", find) if journal is not None and library is not None else find())
    sources = [Source(**source) for source in cast("list[dict[str, Any]]", shown)]
    budget.left -= _tokens(sources, language)
    messages = [Message("system", _system(sources, language)), *recent_history(history, budget), last]
    markers = Markers(set(range(1, len(sources) + 1)))
    asked = ask(engine, messages, partial, context_tokens=context_tokens, answer_tokens=answer_tokens, model=model)
    async with aclosing(asked) as pieces:
        async for piece in pieces:
            yield Delta(text=piece.text, channel=piece.channel)
            if piece.channel == "text":
                for n in markers.feed(piece.text):
                    yield sources[n - 1].citation(n)


async def _search(question: str, history: Sequence[PastTurn], library: SearchLibrary | None) -> list[Hit]:
    """What the library has on the question; "and how long?" is looked up together with what it follows."""
    if library is None:
        return []
    earlier = [turn.content for turn in history if turn.role == "user" and turn.content.strip()]
    if earlier and len(query_terms(question)) < 2:
        question = f"{earlier[-1]}\n{question}"
    return fitting(question, await library.search(question, limit=HITS))


def _affordable(sources: list[Source], left: int, language: Language) -> list[Source]:
    """The first sources that fit their part of the `left` tokens."""
    part = left // PASSAGES_SHARE
    taken: list[Source] = []
    for source in sources:
        if _tokens([*taken, source], language) <= part:
            taken.append(source)
    return taken


def _tokens(sources: Sequence[Source], language: Language) -> int:
    """About how many tokens the sources take in the prompt."""
    if not sources:
        return 0
    texts = [PASSAGES[language], *(source.for_prompt(n, language) for n, source in enumerate(sources, 1))]
    return sum(estimate_tokens(text) + 2 for text in texts)


def _system(sources: Sequence[Source], language: Language) -> str:
    if not sources:
        return CHAT[language]
    passages = [source.for_prompt(n, language) for n, source in enumerate(sources, 1)]
    return "\n\n".join([CHAT[language], PASSAGES[language], *passages])
