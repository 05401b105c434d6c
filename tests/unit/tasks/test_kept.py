"""What comes after the text that stands."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.events import Answer, Citation, Delta, Progress, Reset
from streaming.fold import Folded
from tasks.kept import beyond, worth_keeping

STEP = Progress(step="report", label="Writing", done=1, total=2)


def cite(n: int) -> Citation:
    return Citation(n=n, title=f"source {n}", passage="…")


async def whole(*events: Answer) -> AsyncIterator[Answer]:
    for event in events:
        yield event


async def after(kept: str, *events: Answer, cited: tuple[int, ...] = ()) -> list[Answer | Reset]:
    return [event async for event in beyond(whole(*events), kept, cited)]


def said(*texts: str) -> list[Delta]:
    return [Delta(text=text) for text in texts]


@pytest.mark.parametrize("pieces", [("Once upon", " a time"), ("Once", " up", "on a", " time"), ("Once upon a time",)])
async def test_what_stands_is_not_written_again(pieces: tuple[str, ...]) -> None:
    events = await after("Once upon", *said(*pieces))
    assert "".join(event.text for event in events if isinstance(event, Delta)) == " a time"
    assert not any(isinstance(event, Reset) for event in events)


async def test_other_events_pass_and_a_citation_comes_once() -> None:
    thought = Delta(text="hm", channel="reasoning")
    events = await after("A [1] B [2]", STEP, thought, *said("A [1] B [2]"), cite(1), cite(2), *said(" C"), cited=(1,))
    assert events == [STEP, thought, cite(2), Delta(text=" C")]


async def test_an_answer_that_begins_otherwise_replaces_what_stands() -> None:
    events = await after("A [1] B [2]", *said("A [1]"), cite(1), *said(" X"), cite(2), *said(" [2]"), cited=(1, 2))
    assert isinstance(events[0], Reset)
    assert events[0].keep == 0
    assert events[1:] == [Delta(text="A [1] X"), cite(1), cite(2), Delta(text=" [2]")]


@pytest.mark.parametrize("short", ["", "Once"])
async def test_an_answer_that_is_shorter_replaces_what_stands(short: str) -> None:
    events = await after("Once upon", *said(short))
    assert isinstance(events[0], Reset)
    assert events[1:] == ([Delta(text=short)] if short else [])


async def test_an_answer_that_fails_before_it_goes_on_leaves_what_stands() -> None:
    async def fails() -> AsyncIterator[Answer]:
        raise ConnectionError
        yield Delta(text="")

    seen = []
    with pytest.raises(ConnectionError):
        async for event in beyond(fails(), "Once upon", ()):
            seen.append(event)  # noqa: PERF401
    assert seen == []


@given(st.text(max_size=12), st.lists(st.text(min_size=1, max_size=4), max_size=6))
async def test_clients_always_end_with_the_whole_answer(kept: str, pieces: list[str]) -> None:
    folded = Folded(text=kept)
    for event in await after(kept, *said(*pieces)):
        folded.apply(event.type, event.model_dump(mode="json"))
    assert folded.text == "".join(pieces)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", ""),
        ("Too short.", ""),
        ("Fifteen and a bi", "Fifteen and a bi"),
        ("It ends with space. \n\n", "It ends with space."),
        ("  Space before it stays", "  Space before it stays"),
        ("🌊" * 16 + " ", "🌊" * 16),
    ],
)
def test_space_at_the_end_is_left_to_the_model_and_very_little_is_not_kept(text: str, kept: str) -> None:
    assert worth_keeping(text) == kept
