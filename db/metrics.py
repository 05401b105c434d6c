"""Numbers over all tasks, for `/metrics`: read from the table, so every process tells the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Float, func, or_, select, union_all

from db.database import Transaction
from db.models import LineRow, PurgedTaskRow, TaskRow
from db.tasks import UNFINISHED

TIMES = ("id", "kind", "status", "created_at", "started_at", "first_token_at", "finished_at")
ENDED = union_all(
    select(*(getattr(TaskRow, name) for name in TIMES)).where(TaskRow.status.not_in(UNFINISHED)),
    select(*(getattr(PurgedTaskRow, name) for name in TIMES)),
).subquery()
"""Every task that ever ended, also those whose session or document was deleted since."""


@dataclass(frozen=True, slots=True)
class LineNumbers:
    """How the line stands. `oldest_wait` is in seconds, 0 when nothing waits."""

    limit: int
    active: int
    waiting: int
    oldest_wait: float


@dataclass(frozen=True, slots=True)
class Distribution:
    """Durations of one kind of task: how many are at most each bound, how many in all, and their sum in seconds."""

    kind: str
    within: tuple[int, ...]
    count: int
    total: float


async def line_numbers(tx: Transaction, kinds: Sequence[str]) -> LineNumbers:
    """The line now, of the kinds that take a slot."""
    running, queued = TaskRow.status == "running", TaskRow.status == "queued"
    oldest = func.clock_timestamp() - func.min(TaskRow.created_at).filter(queued)
    query = select(
        func.count().filter(running), func.count().filter(queued), func.coalesce(_seconds(oldest), 0.0)
    ).where(TaskRow.kind.in_(kinds), or_(running, queued))
    active, waiting, oldest_wait = (await tx.execute(query)).one()
    limit = (await tx.execute(select(LineRow.slot_limit))).scalar_one_or_none()
    return LineNumbers(limit or 0, active, waiting, float(oldest_wait))


async def ended_totals(tx: Transaction) -> dict[tuple[str, str], int]:
    """How many tasks ended, by kind and status."""
    rows = await tx.execute(select(ENDED.c.kind, ENDED.c.status, func.count()).group_by(ENDED.c.kind, ENDED.c.status))
    return {(kind, status): count for kind, status, count in rows}


async def wait_seconds(tx: Transaction, bounds: Sequence[float]) -> list[Distribution]:
    """From submission to the start, of tasks that were started and ended."""
    return await _distribution(tx, ENDED.c.started_at - ENDED.c.created_at, bounds)


async def run_seconds(tx: Transaction, bounds: Sequence[float]) -> list[Distribution]:
    """From the start to the end, of tasks that were started and ended."""
    return await _distribution(tx, ENDED.c.finished_at - ENDED.c.started_at, bounds)


async def first_token_seconds(tx: Transaction, bounds: Sequence[float]) -> list[Distribution]:
    """From the start to the first piece of text, of tasks that wrote one and ended."""
    return await _distribution(tx, ENDED.c.first_token_at - ENDED.c.started_at, bounds)


async def _distribution(tx: Transaction, interval: ColumnElement[Any], bounds: Sequence[float]) -> list[Distribution]:
    seconds = (
        select(ENDED.c.kind, func.greatest(_seconds(interval), 0.0).label("seconds"))
        .where(interval.is_not(None))
        .subquery()
    )
    within = [func.count().filter(seconds.c.seconds <= bound) for bound in bounds]
    query = select(seconds.c.kind, *within, func.count(), func.sum(seconds.c.seconds)).group_by(seconds.c.kind)
    return [Distribution(row[0], tuple(row[1:-2]), row[-2], float(row[-1])) for row in await tx.execute(query)]


def _seconds(interval: ColumnElement[Any]) -> ColumnElement[float]:
    return func.extract("epoch", interval).cast(Float)
