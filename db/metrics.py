"""Numbers over all tasks, for `/metrics`: read from the table, so every process tells the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Float, func, select

from db.database import Transaction
from db.models import LineRow, TaskRow
from db.tasks import INTERACTIVE, UNFINISHED


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


async def line_numbers(tx: Transaction) -> LineNumbers:
    """The line now."""
    running, queued = TaskRow.status == "running", TaskRow.status == "queued"
    oldest = func.clock_timestamp() - func.min(TaskRow.created_at).filter(queued)
    query = select(
        func.count().filter(running), func.count().filter(queued), func.coalesce(_seconds(oldest), 0.0)
    ).where(TaskRow.kind.in_(INTERACTIVE), TaskRow.status.in_(UNFINISHED))
    active, waiting, oldest_wait = (await tx.execute(query)).one()
    limit = (await tx.execute(select(LineRow.slot_limit))).scalar_one_or_none()
    return LineNumbers(limit or 0, active, waiting, float(oldest_wait))


async def ended_totals(tx: Transaction) -> dict[tuple[str, str], int]:
    """How many tasks ended, by kind and status."""
    query = select(TaskRow.kind, TaskRow.status, func.count()).where(TaskRow.status.not_in(UNFINISHED))
    rows = await tx.execute(query.group_by(TaskRow.kind, TaskRow.status))
    return {(kind, status): count for kind, status, count in rows}


async def wait_seconds(tx: Transaction, bounds: Sequence[float]) -> list[Distribution]:
    """From submission to the start, of tasks that were started and ended."""
    return await _distribution(tx, TaskRow.started_at - TaskRow.created_at, bounds)


async def run_seconds(tx: Transaction, bounds: Sequence[float]) -> list[Distribution]:
    """From the start to the end, of tasks that were started and ended."""
    return await _distribution(tx, TaskRow.finished_at - TaskRow.started_at, bounds)


async def first_token_seconds(tx: Transaction, bounds: Sequence[float]) -> list[Distribution]:
    """From the start to the first piece of text, of tasks that wrote one and ended."""
    return await _distribution(tx, TaskRow.first_token_at - TaskRow.started_at, bounds)


async def _distribution(tx: Transaction, interval: ColumnElement[Any], bounds: Sequence[float]) -> list[Distribution]:
    seconds = (
        select(TaskRow.kind, func.greatest(_seconds(interval), 0.0).label("seconds"))
        .where(TaskRow.status.not_in(UNFINISHED), interval.is_not(None))
        .subquery()
    )
    within = [func.count().filter(seconds.c.seconds <= bound) for bound in bounds]
    query = select(seconds.c.kind, *within, func.count(), func.sum(seconds.c.seconds)).group_by(seconds.c.kind)
    return [Distribution(row[0], tuple(row[1:-2]), row[-2], float(row[-1])) for row in await tx.execute(query)]


def _seconds(interval: ColumnElement[Any]) -> ColumnElement[float]:
    return func.extract("epoch", interval).cast(Float)
