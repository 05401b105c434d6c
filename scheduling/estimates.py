"""How long a waiting task still waits: measured, or unknown, never invented."""

from collections.abc import Sequence
from datetime import datetime
from heapq import heapify, heappop, heapreplace
from math import inf, isfinite

from db.line import QueuedRow

OVERDUE_SECONDS = 5.0

Means = dict[tuple[str, str | None], float]
"""Recent mean run time in seconds by (kind, model)."""


def estimate(
    active: Sequence[QueuedRow], waiting: Sequence[QueuedRow], means: Means, limit: int, now: datetime
) -> list[float | None]:
    """Seconds until each waiting task starts, in its order; None where something ahead of it is unknown.

    Plays the line forward: each slot frees when its task has run its mean, the next task takes the first free one.
    Of a task that has run for twice its mean and `OVERDUE_SECONDS` more, nobody knows when it ends.
    """
    slots = [_remaining(task, means, now) for task in active]
    slots += [0.0] * (limit - len(slots))
    heapify(slots)
    for _ in range(len(slots) - limit):
        heappop(slots)
    starts: list[float | None] = []
    for task in waiting:
        start = slots[0]
        starts.append(start if isfinite(start) else None)
        heapreplace(slots, start + means.get((task.kind, task.model), inf))
    return starts


def _remaining(task: QueuedRow, means: Means, now: datetime) -> float:
    mean = means.get((task.kind, task.model), inf)
    elapsed = (now - task.started_at).total_seconds() if task.started_at else 0.0
    return max(0.0, mean - elapsed) if elapsed < 2 * mean + OVERDUE_SECONDS else inf
