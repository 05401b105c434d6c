"""How long a waiting task still waits: measured, or unknown, never invented."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from heapq import heapify, heappop, heappush
from math import inf, isfinite
from uuid import UUID

from db.line import QueuedRow

OVERDUE_SECONDS = 5.0

Means = dict[tuple[str, str | None], float]
"""Recent mean run time in seconds by (kind, model)."""


def estimate(
    active: Sequence[QueuedRow], waiting: Sequence[QueuedRow], means: Means, limit: int, now: datetime
) -> list[float | None]:
    """Seconds until each waiting task starts, in its order; None where something ahead of it is unknown.

    Plays the line forward: each slot frees when its task has run its mean, and goes to the first in line whose session
    does not hold it back. Of a task that has run for twice its mean and `OVERDUE_SECONDS` more, nobody knows when it
    ends; of what waits in a paused session, when it may start.
    """
    slots = [_remaining(task, means, now) for task in active]
    line = _Line(waiting, {task.session_id: left for task, left in zip(active, slots, strict=True)})
    slots += [0.0] * (limit - len(slots))
    heapify(slots)
    for _ in range(len(slots) - limit):
        heappop(slots)
    starts: list[float | None] = [None] * len(waiting)
    while slots:
        free_at = heappop(slots)
        found = line.first(free_at)
        if found is None:
            break
        index, start = found
        starts[index] = start
        end = start + means.get((waiting[index].kind, waiting[index].model), inf)
        line.ends(waiting[index].session_id, end)
        heappush(slots, end)
    return starts


def _remaining(task: QueuedRow, means: Means, now: datetime) -> float:
    mean = means.get((task.kind, task.model), inf)
    elapsed = (now - task.started_at).total_seconds() if task.started_at else 0.0
    return max(0.0, mean - elapsed) if elapsed < 2 * mean + OVERDUE_SECONDS else inf


class _Line:
    """Those who wait, by their index: who may start now, and who may when.

    Args:
        waiting: in their order.
        busy: until when a session's running message keeps the next one from starting.
    """

    def __init__(self, waiting: Sequence[QueuedRow], busy: dict[UUID | None, float]) -> None:
        self._ready: list[int] = []
        self._later: list[tuple[float, int]] = []
        self._behind: dict[UUID, deque[int]] = {}
        for index, task in enumerate(waiting):
            session = task.session_id
            if session is None:
                self._ready.append(index)
            elif session in self._behind:
                self._behind[session].append(index)
            else:
                self._behind[session] = deque()
                if not task.paused:
                    self._later.append((busy.get(session, 0.0), index))
        heapify(self._later)

    def first(self, free_at: float) -> tuple[int, float] | None:
        """Who takes a slot that is free from then on, and when; None when nobody known does."""
        if not self._ready and self._later:
            free_at = max(free_at, self._later[0][0])
        while self._later and self._later[0][0] <= free_at:
            heappush(self._ready, heappop(self._later)[1])
        if not self._ready or not isfinite(free_at):
            return None
        return heappop(self._ready), free_at

    def ends(self, session: UUID | None, at: float) -> None:
        """The message of a session that was started ends then, and the next of it may start."""
        if session is not None and self._behind[session]:
            heappush(self._later, (at, self._behind[session].popleft()))
