"""Estimates play the line forward from measured means."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from db.models import TaskRow
from scheduling.estimates import estimate
from scheduling.submit import shorten, title_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CHAT, RESEARCH = ("chat", None), ("research", None)


def _task(kind: str = "chat", elapsed: float | None = None) -> TaskRow:
    started = NOW - timedelta(seconds=elapsed) if elapsed is not None else None
    return TaskRow(kind=kind, owner="ann", model=None, started_at=started)


def test_the_next_slot_and_then_one_after_the_other() -> None:
    active = [_task(elapsed=4), _task(elapsed=9)]
    waiting = [_task() for _ in range(4)]
    assert estimate(active, waiting, {CHAT: 10}, limit=2, now=NOW) == [1, 6, 11, 16]


def test_a_task_that_takes_longer_than_the_mean_is_expected_any_moment() -> None:
    assert estimate([_task(elapsed=24)], [_task()], {CHAT: 10}, limit=1, now=NOW) == [0]


def test_when_a_task_ends_that_takes_much_longer_than_the_mean_is_unknown() -> None:
    overdue = [_task(elapsed=26)]
    assert estimate(overdue, [_task()], {CHAT: 10}, limit=1, now=NOW) == [None]
    assert estimate([*overdue, _task(elapsed=2)], [_task(), _task()], {CHAT: 10}, limit=2, now=NOW) == [8, 18]


def test_free_slots_start_at_once() -> None:
    assert estimate([], [_task(), _task(), _task()], {CHAT: 5}, limit=2, now=NOW) == [0, 0, 5]


def test_what_was_never_measured_is_unknown_and_so_is_all_that_only_it_stands_before() -> None:
    waiting = [_task("chat"), _task("research"), _task("chat")]
    assert estimate([_task(elapsed=1)], waiting, {CHAT: 5}, limit=1, now=NOW) == [4, 9, None]
    assert estimate([_task("research", 1)], waiting[:1], {CHAT: 5}, limit=1, now=NOW) == [None]


def _message(session: UUID, elapsed: float | None = None, *, paused: bool = False) -> Any:
    started = NOW - timedelta(seconds=elapsed) if elapsed is not None else None
    facts = {"kind": "chat", "owner": "ann", "model": None, "attempt": 0}
    return SimpleNamespace(started_at=started, session_id=session, paused=paused, **facts)


def test_messages_of_one_session_start_one_after_the_other_and_others_go_before_them() -> None:
    one, other = uuid4(), uuid4()
    waiting = [_message(one), _message(one), _message(other), _task()]
    assert estimate([], waiting, {CHAT: 10}, limit=2, now=NOW) == [0, 10, 0, 10]
    assert estimate([_message(one, 4)], waiting, {CHAT: 10}, limit=2, now=NOW) == [6, 16, 0, 10]


def test_a_message_behind_one_that_was_never_measured_is_unknown_and_takes_no_slot() -> None:
    one = uuid4()
    running = SimpleNamespace(kind="research", owner="ann", model=None, started_at=NOW, session_id=one, paused=False)
    assert estimate([running], [_message(one), _task()], {CHAT: 5}, limit=2, now=NOW) == [None, 0]


def test_a_paused_session_takes_no_slot() -> None:
    held = [_message(uuid4(), paused=True)] * 2
    assert estimate([_task(elapsed=1)], [*held, _task()], {CHAT: 5}, limit=1, now=NOW) == [None, None, 4]


def test_a_pause_holds_nothing_that_had_begun() -> None:
    one = uuid4()
    lost, behind = _message(one, paused=True), _message(one, paused=True)
    lost.attempt = 1
    assert estimate([], [lost, behind], {CHAT: 5}, limit=2, now=NOW) == [0, None]


def test_a_lowered_limit_frees_no_slot_until_enough_have_ended() -> None:
    active = [_task(elapsed=9), _task(elapsed=5), _task(elapsed=0)]
    assert estimate(active, [_task()], {CHAT: 10}, limit=1, now=NOW) == [10]


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("\n\n# Hello there\nmore", "Hello there"),
        ("请问怎么升级整个系统？", "请问怎么升级整个系统？"),
        ("x" * 100, "x" * 59 + "…"),
        ("###", "###"),
    ],
)
def test_a_title_is_the_first_line_that_says_something(content: str, title: str) -> None:
    assert title_of(content) == title
    assert shorten("a \n b", 10) == "a b"
