"""The checks themselves: what must not be is found, and nothing else."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from tests.chaos.book import Book
from tests.chaos.checks import check
from tests.chaos.evidence import Evidence
from tests.chaos.findings import Findings

TASK = str(uuid4())


def _event(seq: int, kind: str = "task.delta", **more: Any) -> tuple[str, dict[str, Any]]:
    return kind, {"task_id": TASK, "seq": seq, "attempt": 1, "text": "a", "channel": "text", **more}


SNAPSHOT = {"reasoning": "", "steps": [], "citations": []}


@pytest.mark.parametrize(
    ("events", "found"),
    [
        ([_event(1), _event(2), _event(3, "task.completed", result=None)], None),
        ([_event(1), _event(9, "stream.snapshot", **SNAPSHOT), _event(10)], None),
        ([_event(1), _event(3)], "gaps"),
        ([_event(1), _event(1)], "doubled"),
        ([_event(2, "stream.snapshot", **SNAPSHOT), _event(2, "stream.snapshot", **SNAPSHOT)], "doubled"),
        ([_event(1, "task.completed", result=None), _event(2)], "doubled"),
        ([_event(1, attempt=2), _event(2)], "out of order"),
        ([_event(1, task_id="another")], "seen by others"),
    ],
)
def test_a_client_notices(events: list[tuple[str, dict[str, Any]]], found: str | None) -> None:
    findings = Findings()
    book = Book("somebody", TASK, findings)
    for kind, data in events:
        book.take(kind, data)
    assert {kind for kind, sentences in findings.by_kind.items() if sentences} == ({found} if found else set())


def _task(number: int, *, began: int, ended: int, session: str | None = None) -> dict[str, Any]:
    finished = datetime.fromtimestamp(1000 + ended, UTC)
    return {
        "id": str(number),
        "ticket": number,
        "kind": "chat",
        "owner": "ann",
        "status": "completed",
        "attempt": 1,
        "session_id": session or f"session {number}",
        "started_at": datetime.fromtimestamp(1000 + began, UTC),
        "finished_at": finished,
        "finished": finished.timestamp(),
        "terminal_seq": 3,
        "error": None,
        "words": f"job-{number:05d}",
    }


def _call(number: int, job: int, at: float, *sent: str, beside: tuple[int, ...] = ()) -> dict[str, Any]:
    messages = [{"role": "user", "content": text} for text in (*sent, f"job-{job:05d}")]
    return {"number": number, "body": {"messages": messages}, "opened_at": at, "beside": list(beside)}


def _found(
    tasks: list[dict[str, Any]], calls: list[dict[str, Any]], turns: list[dict[str, Any]] | None = None
) -> set[str]:
    findings = Findings()
    evidence = Evidence(
        limit=2,
        cases=[],
        paused=set(),
        tasks={task["id"]: task for task in tasks},
        sessions={"s": turns or []},
        exchanges={call["number"]: call for call in calls},
        still_open=0,
        clock=1000.0,
    )
    check(evidence, findings)
    return {kind for kind, sentences in findings.by_kind.items() if sentences}


def _turns(*tasks: int) -> list[dict[str, Any]]:
    turns = []
    for task in tasks:
        for role, content in (("user", f"job-{task:05d}"), ("assistant", f"answer {task}")):
            common = {"session_id": "s", "turn_index": len(turns), "role": role, "status": "completed"}
            turns.append({**common, "content": content, "task_id": str(task)})
    return turns


def test_one_more_than_the_limit_is_found() -> None:
    tasks = [_task(n, began=n, ended=9) for n in (1, 2, 3)]
    calls = [_call(1, 1, 1), _call(2, 2, 2, beside=(1,)), _call(3, 3, 3, beside=(1, 2))]
    assert _found(tasks, calls[:2]) == set()
    assert _found(tasks, calls) == {"over the limit"}


def test_a_task_that_runs_twice_at_a_time_is_found() -> None:
    assert _found([_task(1, began=1, ended=9)], [_call(1, 1, 1), _call(2, 1, 2, beside=(1,))]) == {"doubled"}


def test_whoever_overtakes_is_found() -> None:
    assert _found([_task(1, began=1, ended=3), _task(2, began=2, ended=4)], []) == set()
    assert _found([_task(1, began=2, ended=3), _task(2, began=1, ended=4)], []) == {"out of order"}


def test_a_message_taken_up_before_the_one_before_it_ended_is_found() -> None:
    first = _task(1, began=1, ended=5, session="s")
    assert _found([first, _task(2, began=6, ended=7, session="s")], []) == set()
    assert _found([first, _task(2, began=4, ended=7, session="s")], []) == {"out of order"}


def test_an_earlier_turn_that_was_not_seen_is_found() -> None:
    tasks = [_task(1, began=1, ended=2, session="s"), _task(2, began=3, ended=4, session="s")]
    seen = [_call(1, 1, 1), _call(2, 2, 3, "job-00001", "answer 1")]
    assert _found(tasks, seen, _turns(1, 2)) == set()
    assert _found(tasks, [seen[0], _call(2, 2, 3)], _turns(1, 2)) == {"unseen earlier turns"}


def test_a_hole_in_a_session_is_found() -> None:
    turns = _turns(1, 2)
    assert _found([_task(1, began=1, ended=2), _task(2, began=3, ended=4)], [], turns[:2] + turns[4:]) == set()
    turns[3]["turn_index"] = 4
    assert "gaps" in _found([_task(1, began=1, ended=2), _task(2, began=3, ended=4)], [], turns)
