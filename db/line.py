"""Queries on the waiting line: its lock, its limit, who holds a slot and who waits.

They run with every change and under the line's lock, so their statements are built once, and none of them reads more
of a long line than it must. `kinds` are those that take a slot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import (
    ARRAY,
    Row,
    Text,
    and_,
    any_,
    bindparam,
    func,
    select,
    text,
)

from db.database import Transaction
from db.models import LineRow, TaskRow, WaitingRow
from db.steps import Step

LINE_LOCK = 0x51_01CE_00
Kinds: TypeAlias = Sequence[str]
BLOCK = 500
"""How many rows of a long line are taken at once, so that a reading never holds up its process for long."""

LOCK_LINE = f"SELECT pg_advisory_xact_lock({LINE_LOCK})"
_lock = text(LOCK_LINE)


async def lock_line(tx: Transaction) -> None:
    """Take the one lock of the waiting line until `tx` ends, so that ticket order is commit order."""
    await tx.execute(_lock)


async def configure_line(tx: Transaction, configured: int) -> None:
    """Set the limit from the environment at the first start and whenever that value has changed since."""
    await lock_line(tx)
    row = await tx.get(LineRow, 1)
    if row is None:
        tx.add(LineRow(id=1, slot_limit=configured, configured_limit=configured))
    elif row.configured_limit != configured:
        row.slot_limit = row.configured_limit = configured


async def line_state(tx: Transaction) -> LineRow:
    """The line's limit and whether it is paused."""
    return (await tx.execute(select(LineRow))).scalar_one()


@dataclass(frozen=True, slots=True)
class Slots:
    """How many tasks may run, how many do, and whether the line is paused."""

    limit: int
    paused: bool
    held: int

    @property
    def free(self) -> int:
        """How many more may start by the limit alone; negative after it was lowered."""
        return self.limit - self.held


IN_LINE = TaskRow.kind == any_(bindparam("kinds", type_=ARRAY(Text)))
RUNNING = and_(TaskRow.status == "running", IN_LINE)
QUEUED = and_(TaskRow.status == "queued", IN_LINE)
_slots = select(
    LineRow.slot_limit, LineRow.paused, select(func.count()).select_from(TaskRow).where(RUNNING).scalar_subquery()
)


async def slots(tx: Transaction, kinds: Kinds) -> Slots:
    """The slots as they stand."""
    return Slots(*(await tx.execute(_slots, {"kinds": kinds})).one())


_waiting = select(func.sum(WaitingRow.tasks)).where(WaitingRow.kind == any_(bindparam("kinds", type_=ARRAY(Text))))
_waiting_of_owner = select(func.count()).select_from(TaskRow).where(QUEUED, TaskRow.owner == bindparam("of_owner"))


async def count_waiting(tx: Transaction, kinds: Kinds, *, owner: str | None = None) -> int:
    """How many tasks stand in the line: all, or one owner's."""
    if owner is not None:
        return int((await tx.execute(_waiting_of_owner, {"kinds": kinds, "of_owner": owner})).scalar_one())
    return int((await tx.execute(_waiting, {"kinds": kinds})).scalar_one())


QueuedRow: TypeAlias = Row[Any]
"""What the queue shows of an unfinished task: the columns of `_unfinished`, by name."""

# As one condition on two values it would need an index of both, which counting those that run could then choose, too.
_IS_UNFINISHED = "(task.status = 'queued' OR task.status = 'running')"

_UNFINISHED = f"""
    SELECT task.id, task.ticket, task.kind, task.status, task.owner, task.model, task.session_id, task.document_id,
        task.summary, task.progress, task.cancel_requested, task.attempt, task.created_at, task.started_at,
        session.title, session.paused
    FROM tasks AS task LEFT JOIN sessions AS session ON session.id = task.session_id
    WHERE {_IS_UNFINISHED}
"""
_UP_TO = "task.kind = ANY(CAST(:kinds AS text[])) AND task.ticket <= :up_to"
_unfinished = text(f"{_UNFINISHED} ORDER BY task.ticket")


async def unfinished(tx: Transaction) -> Sequence[QueuedRow]:
    """Everything that runs or waits, by ticket."""
    rows: list[QueuedRow] = []
    async for block in (await tx.stream(_unfinished)).partitions(BLOCK):
        rows += block
    return rows


UNFINISHED_UP_TO = Step(f"{_UNFINISHED} AND {_UP_TO} ORDER BY task.ticket")
"""The line up to a ticket, which is all that a place in it depends on."""

LINE_NOW = Step("SELECT slot_limit, paused, clock_timestamp() AS now FROM line")
"""The limit, whether the line is paused, and the time by the database's clock, which all waiting is measured by."""

_MEANS = """
    SELECT pair.kind, pair.model, avg(recent.seconds) AS seconds
    FROM ({pairs}) AS pair,
    LATERAL (
        SELECT extract(epoch FROM finished_at - started_at) AS seconds
        FROM tasks
        WHERE tasks.kind = pair.kind AND status = 'completed' AND tasks.model IS NOT DISTINCT FROM pair.model
        ORDER BY finished_at DESC
        LIMIT 20
    ) AS recent
    GROUP BY pair.kind, pair.model
"""
MEANS = Step(
    _MEANS.format(pairs="SELECT unnest(CAST(:of_kinds AS text[])) AS kind, unnest(CAST(:models AS text[])) AS model")
)
"""The mean run time of the last 20 completed tasks of each (kind, model); pairs without any are left out."""

MEANS_UP_TO = Step(
    _MEANS.format(pairs=f"SELECT DISTINCT kind, model FROM tasks AS task WHERE {_IS_UNFINISHED} AND {_UP_TO}")
)
"""The same for the pairs that stand in the line up to a ticket."""
