"""Queries on the waiting line: its lock, its limit, who holds a slot, who waits and who may start.

They run with every change and under the line's lock, so their statements are built once, and none of them reads more
of a long line than it must.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Row, Text, Uuid, all_, and_, bindparam, case, exists, func, select, text
from sqlalchemy.orm import aliased

from db.database import Transaction
from db.models import LineRow, SessionRow, TaskRow
from db.tasks import INTERACTIVE, UNFINISHED

LINE_LOCK = 0x51_01CE_00
BLOCK = 500
"""How many rows of a long line are taken at once, so that a reading never holds up its process for long."""

_lock = select(func.pg_advisory_xact_lock(LINE_LOCK))


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


_running = and_(TaskRow.status == "running", TaskRow.kind.in_(INTERACTIVE))
_queued = and_(TaskRow.status == "queued", TaskRow.kind.in_(INTERACTIVE))
_slots = select(
    LineRow.slot_limit, LineRow.paused, select(func.count()).select_from(TaskRow).where(_running).scalar_subquery()
)


async def slots(tx: Transaction) -> Slots:
    """The slots as they stand."""
    return Slots(*(await tx.execute(_slots)).one())


_waiting = select(func.count()).select_from(TaskRow).where(_queued)
_waiting_of_owner = _waiting.where(TaskRow.owner == bindparam("of_owner"))
_waiting_up_to = _waiting.where(TaskRow.ticket <= bindparam("up_to"))


async def count_waiting(tx: Transaction, *, owner: str | None = None, up_to_ticket: int | None = None) -> int:
    """How many chat and research tasks are queued: all, one owner's, or those up to a ticket."""
    if owner is not None:
        return int((await tx.execute(_waiting_of_owner, {"of_owner": owner})).scalar_one())
    if up_to_ticket is not None:
        return int((await tx.execute(_waiting_up_to, {"up_to": up_to_ticket})).scalar_one())
    return int((await tx.execute(_waiting)).scalar_one())


@dataclass(frozen=True, slots=True)
class Candidate:
    """A task that may start. `parked`: it stepped aside and needs a new message."""

    id: UUID
    kind: str
    owner: str
    parked: str | None


def _first_of_its_session() -> ColumnElement[bool]:
    """True where no earlier task of the same session is unfinished and the session is not paused."""
    earlier = aliased(TaskRow)
    return and_(
        ~exists().where(
            earlier.session_id == TaskRow.session_id,
            earlier.status.in_(UNFINISHED),
            earlier.ticket < TaskRow.ticket,
        ),
        ~exists().where(SessionRow.id == TaskRow.session_id, SessionRow.paused),
    )


_startable = (
    select(TaskRow.id, TaskRow.kind, TaskRow.owner, TaskRow.parked)
    .where(_queued, _first_of_its_session())
    .order_by(TaskRow.ticket)
)
_held = select(func.count()).select_from(TaskRow).where(_running).scalar_subquery()
_free = select(case((LineRow.paused, 0), else_=func.greatest(0, LineRow.slot_limit - _held))).scalar_subquery()
_next_up = _startable.limit(_free)
_next_of_others = _startable.where(
    TaskRow.owner != all_(bindparam("full", type_=ARRAY(Text))),
    TaskRow.id != all_(bindparam("taken", type_=ARRAY(Uuid))),
).limit(1)
_active_by_owner = select(TaskRow.owner, func.count().label("held")).where(_running).group_by(TaskRow.owner)


async def next_up(tx: Transaction, *, max_active_per_user: int | None) -> Sequence[Candidate]:
    """The tasks that the free slots are for, lowest ticket first; none while the line is paused.

    A task may not start while an earlier one of its session is unfinished or its session is paused. Owners
    at `max_active_per_user` come after everybody else: their tasks fill a slot only when nobody else could.
    """
    if max_active_per_user is None:
        return [Candidate(*row) for row in await tx.execute(_next_up)]
    now = await slots(tx)
    return [] if now.paused else await _next_up_by_owner(tx, now.free, max_active_per_user)


async def _next_up_by_owner(tx: Transaction, count: int, most: int) -> Sequence[Candidate]:
    """One start after the other, so that an owner's next task counts the ones before it."""
    active = {str(row.owner): int(row.held) for row in await tx.execute(_active_by_owner)}
    found: list[Candidate] = []
    while len(found) < count:
        full = [owner for owner, held in active.items() if held >= most]
        candidate = await _next_after(tx, found, full)
        if candidate is None:
            break
        active[candidate.owner] = active.get(candidate.owner, 0) + 1
        found.append(candidate)
    while len(found) < count:
        candidate = await _next_after(tx, found, [])
        if candidate is None:
            break
        found.append(candidate)
    return found


async def _next_after(tx: Transaction, found: Sequence[Candidate], full: Sequence[str]) -> Candidate | None:
    values = {"full": full, "taken": [each.id for each in found]}
    row = (await tx.execute(_next_of_others, values)).one_or_none()
    return Candidate(*row) if row is not None else None


QueuedRow: TypeAlias = Row[Any]
"""What the queue shows of an unfinished task: the columns of `_unfinished`, by name."""

_unfinished = (
    select(
        TaskRow.id,
        TaskRow.kind,
        TaskRow.status,
        TaskRow.owner,
        TaskRow.model,
        TaskRow.session_id,
        TaskRow.document_id,
        TaskRow.summary,
        TaskRow.progress,
        TaskRow.cancel_requested,
        TaskRow.attempt,
        TaskRow.created_at,
        TaskRow.started_at,
        SessionRow.title,
        SessionRow.paused,
    )
    .outerjoin(SessionRow, SessionRow.id == TaskRow.session_id)
    .where(TaskRow.status.in_(UNFINISHED))
    .order_by(TaskRow.ticket)
)
_unfinished_up_to = _unfinished.where(TaskRow.kind.in_(INTERACTIVE), TaskRow.ticket <= bindparam("up_to"))


async def unfinished(tx: Transaction, *, up_to_ticket: int | None = None) -> Sequence[QueuedRow]:
    """Everything that runs or waits, by ticket; with `up_to_ticket` only chat and research up to that one."""
    if up_to_ticket is not None:
        return (await tx.execute(_unfinished_up_to, {"up_to": up_to_ticket})).all()
    rows: list[QueuedRow] = []
    async for block in (await tx.stream(_unfinished)).partitions(BLOCK):
        rows += block
    return rows


_line_now = select(LineRow.slot_limit, LineRow.paused, func.clock_timestamp())


async def line_now(tx: Transaction) -> tuple[int, bool, datetime]:
    """The limit, whether the line is paused, and the time by the database's clock, which all waiting is measured by."""
    limit, paused, now = (await tx.execute(_line_now)).one()
    return limit, paused, now


_means = text("""
    SELECT pair.kind, pair.model, avg(recent.seconds)
    FROM unnest(CAST(:kinds AS text[]), CAST(:models AS text[])) AS pair (kind, model),
    LATERAL (
        SELECT extract(epoch FROM finished_at - started_at) AS seconds
        FROM tasks
        WHERE tasks.kind = pair.kind AND status = 'completed' AND tasks.model IS NOT DISTINCT FROM pair.model
        ORDER BY finished_at DESC
        LIMIT 20
    ) AS recent
    GROUP BY pair.kind, pair.model
""")


async def mean_run_seconds(
    tx: Transaction, pairs: Sequence[tuple[str, str | None]]
) -> dict[tuple[str, str | None], float]:
    """The mean run time of the last 20 completed tasks of each (kind, model); pairs without any are left out."""
    values = {"kinds": [kind for kind, _ in pairs], "models": [model for _, model in pairs]}
    return {(kind, model): float(mean) for kind, model, mean in await tx.execute(_means, values)}
