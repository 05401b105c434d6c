"""Going on from what an earlier attempt wrote: answers and reports."""

from typing import Any

import pytest
from pydantic import JsonValue

from assistant.answer import PastTurn, answer
from assistant.context import estimate_tokens
from errors import ModelBadResponse, ModelCut, ModelRefused
from llm.engine import Message, Piece
from streaming.events import Answer, Delta
from tests.unit.assistant.fakes import Crash, FakeEngine, FakeJournal, FakeLibrary, citations, hit, text_of
from tests.unit.assistant.investigation import RULES, run

QUESTION = "How long is a lease?"
LEASE = hit("A lease lasts three seconds and is renewed every second by workers.", "Design", page=3, heading="Leases")
SWEEP = hit("The lease of a lost worker ends, and the sweep gives its task on.", "Design", page=4)
WHOLE = "Three seconds [1], then it is given on [2]. 完"
BEGUN = "Three seconds [1], then"


async def ask(**options: Any) -> list[Answer]:
    given: dict[str, Any] = {"library": None, "context_tokens": 8192, "answer_tokens": 1024}
    return [event async for event in answer(QUESTION, [], **{**given, **options})]


async def test_the_model_is_shown_the_beginning_and_the_answer_is_whole() -> None:
    engine = FakeEngine(("lease", WHOLE), continues=True)
    events = await ask(engine=engine, library=FakeLibrary(LEASE, SWEEP), partial=BEGUN)
    assert engine.calls[0][-2:] == [Message("user", QUESTION), Message("assistant", BEGUN)]
    assert events[0] == Delta(text=BEGUN), "the beginning comes in one piece"
    assert text_of(events) == WHOLE
    assert [citation.n for citation in citations(events)] == [1, 2]


async def test_an_engine_that_cannot_continue_is_not_shown_the_beginning() -> None:
    engine = FakeEngine(("lease", WHOLE))
    events = await ask(engine=engine, library=FakeLibrary(LEASE, SWEEP), partial=BEGUN)
    assert engine.calls[0][-1] == Message("user", QUESTION)
    assert text_of(events) == WHOLE


async def test_a_beginning_that_was_the_whole_answer_is_the_answer() -> None:
    engine = FakeEngine(("lease", WHOLE), continues=True)
    events = await ask(engine=engine, library=FakeLibrary(LEASE, SWEEP), partial=WHOLE)
    assert (text_of(events), len(engine.calls)) == (WHOLE, 1)
    assert [citation.n for citation in citations(events)] == [1, 2]


@pytest.mark.parametrize("refusal", [ModelRefused("No prefill."), ModelBadResponse("It only reasoned.")])
async def test_a_refused_beginning_is_followed_by_a_new_answer(refusal: ModelRefused) -> None:
    engine = FakeEngine(("lease", WHOLE), continues=True, refuses=refusal)
    assert text_of(await ask(engine=engine, partial="Something else entirely")) == WHOLE
    assert [call[-1].role for call in engine.calls] == ["assistant", "user"]


async def test_an_answer_that_broke_off_is_not_asked_for_again() -> None:
    engine = FakeEngine(("lease", WHOLE), continues=True, refuses=ModelCut("It broke off."))
    with pytest.raises(ModelCut):
        await ask(engine=engine, partial=BEGUN)
    assert len(engine.calls) == 1


async def test_a_later_attempt_shows_the_same_passages_whatever_became_of_the_library() -> None:
    recorded: dict[str, JsonValue] = {}
    first = FakeEngine(("lease", WHOLE), continues=True)
    before = await ask(engine=first, library=FakeLibrary(LEASE, SWEEP), journal=FakeJournal(recorded))
    changed = FakeLibrary(hit("A new text on the lease, which is found first.", "Aaa"))
    second = FakeEngine(("lease", WHOLE), continues=True)
    after = await ask(engine=second, library=changed, journal=FakeJournal(recorded), partial=BEGUN)
    assert second.calls[0][0] == first.calls[0][0]
    assert citations(after) == citations(before)
    assert changed.queries == []


@pytest.mark.parametrize("length", [10, 300, 900, 3000])
async def test_the_beginning_counts_as_a_part_of_the_answer(length: int) -> None:
    begun = "word " * length
    engine = FakeEngine(("lease", [Piece("end")]), continues=True)
    await ask(engine=engine, partial=begun, context_tokens=2048, answer_tokens=1024)
    [limit] = engine.limits
    assert limit is not None
    assert limit >= 64
    assert limit == 64 or limit + estimate_tokens(begun) <= 2048


async def test_earlier_turns_stay_as_they_were_beside_the_beginning() -> None:
    history = [PastTurn("user", "Hi"), PastTurn("assistant", "Hello!")]
    engine = FakeEngine(("lease", WHOLE), continues=True)
    options: dict[str, Any] = {"library": None, "context_tokens": 8192, "answer_tokens": 1024}
    async for _ in answer(QUESTION, history, engine=engine, partial=BEGUN, **options):
        pass
    assert [message.content for message in engine.calls[0][1:]] == ["Hi", "Hello!", QUESTION, BEGUN]


BODY = RULES[3][1]
TITLE = "# leases of the sweep\n\n"


@pytest.mark.parametrize("written", [TITLE.rstrip(), TITLE + BODY[:20], TITLE + BODY])
async def test_a_report_goes_on_from_its_beginning(written: str) -> None:
    expected = await run(depth=2)
    recorded: dict[str, JsonValue] = {}
    with pytest.raises(Crash):
        await run(depth=2, journal=FakeJournal(recorded, dies_after="notes-4"))
    engine = FakeEngine(*RULES, continues=True)
    events = await run(depth=2, engine=engine, journal=FakeJournal(recorded), partial=written)
    assert (text_of(events), citations(events)) == (text_of(expected), citations(expected))
    [call] = engine.calls
    begun = written.removeprefix(TITLE)
    assert call[-1].content == begun if begun != written else call[-1].role == "user"
    assert recorded["report"] == TITLE + BODY


async def test_a_report_that_was_finished_is_not_asked_for_again() -> None:
    recorded: dict[str, JsonValue] = {}
    expected = await run(journal=FakeJournal(recorded))
    engine = FakeEngine(*RULES, continues=True)
    partial = text_of(expected)[:-10]
    events = await run(engine=engine, journal=FakeJournal(recorded), partial=partial)
    assert (text_of(events), engine.calls) == (text_of(expected), [])


async def test_a_refused_report_is_written_anew() -> None:
    engine = FakeEngine(*RULES, continues=True, refuses=ModelRefused("No prefill."))
    events = await run(engine=engine, partial=TITLE + "## Another beginning")
    assert text_of(events) == text_of(await run())
