"""How long a waiting task still waits: measured, or unknown, never invented."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from heapq import heapify, heappop, heappush
from math import inf, isfinite
from typing import Protocol
from uuid import UUID

from db.line import QueuedRow
from scheduling.turns import InTurn, Turns

OVERDUE_SECONDS = 5.0

Means = dict[tuple[str, str | None], float]
"""Recent mean run time in seconds by (kind, model)."""


def estimate(
    active: Sequence[QueuedRow],
    waiting: Sequence[QueuedRow],
    means: Means,
    limit: int,
    now: datetime,
    turns: Turns | None = None,
) -> list[float | None]:
    """Seconds until each waiting task starts, in its order; None where something ahead of it is unknown.

    Plays the line forward: each slot frees when its task has run its mean, and goes to the first in line whose session
    does not hold it back, with `turns` to whose turn it is. Of a task that has run for twice its mean and
    `OVERDUE_SECONDS` more, nobody knows when it ends; of what waits in a paused session, when it may start.
    """
    busy = [(_remaining(task, means, now), task.owner) for task in active]
    line = _Line(waiting, {task.session_id: end for task, (end, _) in zip(active, busy, strict=True)})
    ready: _Ready = _InOrder() if turns is None else InTurn(turns, active, waiting)
    heapify(busy)
    starts: list[float | None] = [None] * len(waiting)
    time = 0.0
    while isfinite(time):
        while busy and busy[0][0] <= time:
            ready.ended(heappop(busy)[1])
        for index in line.may_start(time):
            ready.add(index)
        while ready and len(busy) < limit:
            index = ready.pop()
            task, starts[index] = waiting[index], time
            end = time + means.get((task.kind, task.model), inf)
            line.ends(task.session_id, end)
            heappush(busy, (end, task.owner))
        time = min(busy[0][0] if busy else inf, line.next_at)
    return starts


def _remaining(task: QueuedRow, means: Means, now: datetime) -> float:
    mean = means.get((task.kind, task.model), inf)
    elapsed = (now - task.started_at).total_seconds() if task.started_at else 0.0
    return max(0.0, mean - elapsed) if elapsed < 2 * mean + OVERDUE_SECONDS else inf


def is_held(task: QueuedRow) -> bool:
    """Whether a waiting message is held back by its session's pause, which stops nothing that had begun."""
    return bool(task.paused and task.attempt == 0)


class _Ready(Protocol):
    """Those who may start, by their index among all that wait."""

    def __len__(self) -> int: ...

    def add(self, index: int) -> None:
        """One more may start."""

    def pop(self) -> int:
        """The next to start, which does."""

    def ended(self, owner: str) -> None:
        """A task of this owner gave its slot back."""


class _InOrder:
    """First come, first served."""

    def __init__(self) -> None:
        self._indices: list[int] = []

    def __len__(self) -> int:
        return len(self._indices)

    def add(self, index: int) -> None:
        heappush(self._indices, index)

    def pop(self) -> int:
        return heappop(self._indices)

    def ended(self, owner: str) -> None:
        """Nobody's turn depends on it."""


class _Line:
    """Those who wait, by their index: when their sessions let them start.

    Args:
        waiting: in their order.
        busy: until when a session's running message keeps the next one from starting.
    """

    def __init__(self, waiting: Sequence[QueuedRow], busy: dict[UUID | None, float]) -> None:
        self._waiting = waiting
        self._later: list[tuple[float, int]] = []
        self._behind: dict[UUID, deque[int]] = {}
        for index, task in enumerate(waiting):
            session = task.session_id
            if session is None:
                self._later.append((0.0, index))
            elif session in self._behind:
                self._behind[session].append(index)
            else:
                self._behind[session] = deque()
                if not is_held(task):
                    self._later.append((busy.get(session, 0.0), index))
        heapify(self._later)

    @property
    def next_at(self) -> float:
        """When the next one may start."""
        return self._later[0][0] if self._later else inf

    def may_start(self, time: float) -> list[int]:
        """Who may start by then, each told once."""
        found = []
        while self.next_at <= time:
            found.append(heappop(self._later)[1])
        return found

    def ends(self, session: UUID | None, at: float) -> None:
        """The message of a session that was started ends then, and the next of it may start."""
        if session is None or not self._behind[session]:
            return
        index = self._behind[session].popleft()
        if not is_held(self._waiting[index]):
            heappush(self._later, (at, index))
