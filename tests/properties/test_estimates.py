"""Estimates start tasks in the order, and at the times, in which the line does: with limits of owners and without."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop, heappush
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scheduling.estimates import estimate
from scheduling.turns import Turns
from tests.properties.oracle import Oracle
from tests.properties.state import Entry, Rules

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MEAN = 100.0
OWNERS = ("ann", "bob", "cyd")

submissions = st.lists(st.tuples(st.sampled_from(OWNERS), st.sampled_from([None, None, 0, 1])), max_size=14)


class Played:
    """The oracle's line, in which every task takes `MEAN` seconds."""

    def __init__(self, most: int | None, limit: int) -> None:
        self.oracle = Oracle(Rules(most, 3, None, None), limit)
        self.ends: list[tuple[float, UUID]] = []
        self.starts: dict[UUID, float] = {}
        self._numbers = 0

    def submit(self, owner: str, place: int | None) -> None:
        session = self.id_of(owner, place) if place is not None else None
        if session is not None:
            self.oracle.sessions[session] = owner
        self._numbers += 1
        kind = "chat" if session is not None else "research"
        self.oracle.submit(UUID(int=self._numbers), kind, owner, session, "")

    @staticmethod
    def id_of(owner: str, place: int) -> UUID:
        return UUID(int=10_000 + 100 * OWNERS.index(owner) + place)

    def start(self, time: float) -> None:
        while ready := self.oracle.ready():
            self.oracle.claim(ready[0].id)
            self.starts[ready[0].id] = time
            heappush(self.ends, (time + MEAN, ready[0].id))

    def end_one(self) -> float:
        time, task_id = heappop(self.ends)
        self.oracle.finish(task_id, self.oracle.entries[task_id].attempt, "completed", "")
        return time


def _row(played: Played, entry: Entry, elapsed: float | None = None) -> Any:
    return SimpleNamespace(
        id=entry.id,
        kind=entry.kind,
        owner=entry.owner,
        ticket=played.oracle.tickets[entry.id],
        session_id=entry.session,
        paused=entry.session in played.oracle.held,
        model=None,
        attempt=entry.attempt,
        started_at=NOW - timedelta(seconds=elapsed) if elapsed is not None else None,
    )


@given(
    most=st.sampled_from([None, 1, 1, 2]),
    limit=st.integers(1, 3),
    before=submissions,
    ended=st.integers(0, 8),
    now=submissions,
    lost=st.sets(st.integers(0, 8)),
    held=st.lists(st.sampled_from([(owner, place) for owner in OWNERS for place in (0, 1)]), max_size=2),
)
@settings(max_examples=300, deadline=None)
def test_estimates_are_what_the_line_does(
    most: int | None, limit: int, before: list[Any], ended: int, now: list[Any], lost: set[int], held: list[Any]
) -> None:
    played = Played(most, limit)
    for each in before:
        played.submit(*each)
    played.start(0.0)
    for _ in range(min(ended, len(played.ends))):
        played.start(played.end_one())
    for each in now:
        played.submit(*each)
    played.start(0.0)
    oracle = played.oracle
    active = oracle.having("running")
    assume(len(active) == limit)
    for n, entry in enumerate(oracle.having("queued")):
        oracle.entries[entry.id] = replace(entry, attempt=int(n in lost))
    oracle.held = frozenset(played.id_of(*each) for each in held)

    elapsed = {entry.id: float(n) for n, entry in enumerate(active)}
    rows = [_row(played, entry, elapsed[entry.id]) for entry in active]
    waiting = [_row(played, entry) for entry in oracle.having("queued")]
    means = {(kind, None): MEAN for kind in ("chat", "research")}
    told = estimate(rows, waiting, means, limit, NOW, _turns(oracle, most))

    played.ends = [(MEAN - elapsed[entry.id], entry.id) for entry in active]
    heapify(played.ends)
    played.starts.clear()
    while played.ends:
        played.start(played.end_one())
    assert told == [played.starts.get(row.id) for row in waiting]


def _turns(oracle: Oracle, most: int | None) -> Turns | None:
    if most is None:
        return None
    ends: dict[str, list[int]] = {owner: [] for owner in OWNERS}
    for entry in oracle.entries.values():
        if entry.ended_at:
            ends[entry.owner].append(entry.ended_at)
    return Turns(most, {owner: sorted(found, reverse=True)[:most] for owner, found in ends.items()})
