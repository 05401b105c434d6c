"""Folding events gives the same as folding a part of them into a snapshot first."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.events import (
    Cancelled,
    Citation,
    Completed,
    Delta,
    Failed,
    Logged,
    Progress,
    Reset,
    Started,
    frame,
)
from streaming.fold import Folded, fold, parse_frames

TASK = UUID(int=7)

texts = st.text(max_size=5)
events: st.SearchStrategy[Logged] = st.one_of(
    st.builds(Delta, text=texts, channel=st.sampled_from(["text", "reasoning"])),
    st.builds(Progress, step=st.sampled_from("abc"), label=texts, done=st.integers(0, 9), total=st.none()),
    st.builds(Citation, n=st.integers(1, 9), title=texts, passage=texts),
    st.builds(Started, model=st.none(), waited_ms=st.integers(0, 9)),
    st.builds(Reset, keep=st.integers(0, 6), reason=texts),
)


def _frames(logged: list[Logged]) -> list[bytes]:
    return [frame(event, task_id=TASK, seq=n + 1, attempt=1) for n, event in enumerate(logged)]


def _sum(data: bytes) -> dict[str, Any]:
    folded = Folded()
    for event, fields in parse_frames(data):
        folded.apply(event, fields)
    return {name: getattr(folded, name) for name in ("text", "reasoning", "steps", "citations", "last", "terminal")}


@given(st.lists(events, min_size=1, max_size=12), st.booleans(), st.data())
def test_a_snapshot_of_any_beginning_changes_nothing(logged: list[Logged], ended: bool, data: st.DataObject) -> None:
    if ended:
        logged = [*logged, Completed(result={})]
    frames = _frames(logged)
    cut = data.draw(st.integers(1, len(frames)))
    whole = b"".join(frames)
    assert _sum(fold(b"".join(frames[:cut])) + b"".join(frames[cut:])) == _sum(whole)


@pytest.mark.parametrize("end", [Completed(result={}), Failed(error={}), Cancelled(by="ann")])
def test_a_task_that_never_wrote_folds_into_its_end_alone(end: Logged) -> None:
    [alone] = _frames([end])
    assert fold(alone) == alone


def test_citations_stand_in_the_order_of_their_numbers_and_the_same_number_replaces() -> None:
    numbers = [(2, "b"), (1, "a"), (3, "c"), (2, "B")]
    folded = _sum(b"".join(_frames([Citation(n=n, title=title, passage="") for n, title in numbers])))
    assert [(each["n"], each["title"]) for each in folded["citations"]] == [(1, "a"), (2, "B"), (3, "c")]


def test_frames_survive_line_breaks_and_every_script() -> None:
    text = "line\nbreak\r\n\r\n 汉字 \u2028 data: x\n\nevent: y"
    [(event, data)] = parse_frames(frame(Delta(text=text), task_id=TASK, seq=1, attempt=1))
    assert (event, data["text"], data["seq"]) == ("task.delta", text, 1)


def test_the_end_is_found_whatever_the_text_says() -> None:
    result = {"turn": {"content": "it was paid: id: 5\nid: 6\n\nid: 7"}}
    frames = _frames([Delta(text="paid: id: 5\n\nid: 6"), Completed(result=result)])
    events = parse_frames(fold(b"".join(frames)))
    assert [(kind, data["seq"]) for kind, data in events] == [("stream.snapshot", 1), ("task.completed", 2)]
    assert events[1][1]["result"] == result


def test_a_reset_keeps_code_points_and_with_them_reasoning_and_citations() -> None:
    folded = Folded()
    for event in (
        Delta(text="hm", channel="reasoning"),
        Delta(text="It was 🌊 noon [1] "),
        Citation(n=1, title="x", passage=""),
        Reset(keep=17, reason="lost"),
        Delta(text=" in May 🌊"),
    ):
        folded.apply(event.type, event.model_dump(mode="json"))
    assert (folded.text, folded.reasoning) == ("It was 🌊 noon [1] in May 🌊", "hm")
    assert [citation["n"] for citation in folded.citations] == [1]
    folded.apply("task.reset", {"keep": 0})
    assert (folded.text, folded.reasoning, folded.citations) == ("", "", [])
