"""Queries on task rows: one task, its lease, its messages and its end."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, bindparam, exists, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on

from db.database import UNSEEN, Transaction
from db.models import DocumentRow, SessionRow, TaskRow
from db.steps import Step

INTERACTIVE = ("chat", "research")
UNFINISHED = ("queued", "running")


async def get_task(tx: Transaction, task_id: UUID) -> TaskRow | None:
    """One task row as it stands now, or None."""
    return await tx.get(TaskRow, task_id, populate_existing=True)


async def owned(tx: Transaction, task: TaskRow) -> TaskRow | None:
    """A running task as it stands now, if it is still the attempt's that claimed it as `task`."""
    row = await get_task(tx, task.id)
    return row if row is not None and row.status == "running" and row.attempt == task.attempt else None


_state = select(TaskRow.status, TaskRow.kind).where(TaskRow.id == bindparam("task_id"))


async def task_state(tx: Transaction, task_id: UUID) -> tuple[str | None, str]:
    """A task's status and kind; a status of None when there is no such task."""
    row = (await tx.execute(_state, {"task_id": task_id})).one_or_none()
    return (row.status, row.kind) if row is not None else (None, "")


async def owned_task(tx: Transaction, task_id: UUID, owner: str) -> TaskRow | None:
    """A person's own task, or None; also when what it belongs to was deleted."""
    query = select(TaskRow).where(TaskRow.id == task_id, TaskRow.owner == owner, not_hidden())
    return (await tx.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()


def not_hidden() -> ColumnElement[bool]:
    """The condition that neither a task's session nor its document was deleted."""
    return and_(
        ~exists().where(SessionRow.id == TaskRow.session_id, SessionRow.deleted_at.is_not(None)),
        ~exists().where(DocumentRow.id == TaskRow.document_id, DocumentRow.deleted_at.is_not(None)),
    )


async def unfinished_tasks(
    tx: Transaction, *, session_id: UUID | None = None, document_id: UUID | None = None
) -> Sequence[TaskRow]:
    """The queued and running tasks of a session or of a document, by ticket."""
    query = select(TaskRow).where(TaskRow.status.in_(UNFINISHED)).order_by(TaskRow.ticket)
    of = TaskRow.session_id == session_id if session_id is not None else TaskRow.document_id == document_id
    return (await tx.execute(query.where(of).execution_options(populate_existing=True))).scalars().all()


PlaceRow: TypeAlias = Row[tuple[UUID, int, UUID | None, str]]
"""Where a task stands in the line: its `id`, `ticket`, `session_id` and `status`."""

# In two parts, each with an index of its own.
_places_of_owner = text("""
    SELECT id, ticket, session_id, status FROM tasks
    WHERE status = 'queued' AND owner = :owner AND kind = ANY(CAST(:kinds AS text[]))
    UNION ALL
    SELECT id, ticket, session_id, status FROM tasks
    WHERE status = 'running' AND owner = :owner AND kind = ANY(CAST(:kinds AS text[]))
    ORDER BY ticket
""")


async def places_of_owner(tx: Transaction, owner: str, kinds: Collection[str]) -> Sequence[PlaceRow]:
    """Where one person's queued and running tasks of these kinds stand, by ticket."""
    return (await tx.execute(_places_of_owner, {"owner": owner, "kinds": list(kinds)})).all()


_deal = text("""
    UPDATE tasks SET ticket = dealt.ticket
    FROM unnest(CAST(:ids AS uuid[]), CAST(:tickets AS bigint[])) AS dealt (id, ticket) WHERE tasks.id = dealt.id
""")


async def deal_tickets(tx: Transaction, tickets: Mapping[UUID, int]) -> None:
    """Give tasks other tickets, by id; objects that the transaction has of them stay as they were."""
    await tx.execute(_deal, {"ids": list(tickets), "tickets": list(tickets.values())})


RENEW = Step("""
    UPDATE tasks SET lease_expires_at = clock_timestamp() + make_interval(secs => :lease_seconds)
    WHERE id = :task_id AND attempt = :attempt AND status = 'running' RETURNING cancel_requested
""")
"""Move a running task's lease forward. No row when this attempt does not own it any more."""


async def renew_and_note(
    tx: Transaction, task_id: UUID, attempt: int, seconds: float, values: Mapping[str, Any]
) -> bool | None:
    """Move a running task's lease forward, and write what else there is to note of it.

    Returns:
        Whether a cancel is requested; None when this attempt does not own the task any more.
    """
    statement = (
        update(TaskRow)
        .where(TaskRow.id == task_id, TaskRow.attempt == attempt, TaskRow.status == "running")
        .values(lease_expires_at=func.clock_timestamp() + timedelta(seconds=seconds), **values)
        .returning(TaskRow.cancel_requested)
    )
    return (await tx.execute(statement, execution_options=UNSEEN)).scalar_one_or_none()


async def running(tx: Transaction, *, pid: int | None = None) -> Sequence[TaskRow]:
    """Everything that runs, by ticket; with `pid` only in processes with this number, wherever they are."""
    query = select(TaskRow).where(TaskRow.status == "running").order_by(TaskRow.ticket)
    if pid is not None:
        query = query.where(TaskRow.worker_pid == pid)
    return (await tx.execute(query)).scalars().all()


async def expired(tx: Transaction) -> Sequence[TaskRow]:
    """Running tasks whose lease has ended by the database's clock."""
    query = select(TaskRow).where(TaskRow.status == "running", TaskRow.lease_expires_at < func.clock_timestamp())
    return (await tx.execute(query.order_by(TaskRow.ticket))).scalars().all()


async def count_running_ingest(tx: Transaction) -> int:
    """How many documents are being read."""
    query = select(func.count()).where(TaskRow.status == "running", TaskRow.kind == "ingest")
    return (await tx.execute(query)).scalar_one()


async def other_lease(tx: Transaction, task: TaskRow) -> datetime | None:
    """Until when the process that runs a task holds the lease of another one, the longest; None when it holds none."""
    query = select(func.max(TaskRow.lease_expires_at)).where(
        TaskRow.id != task.id,
        TaskRow.status == "running",
        TaskRow.worker_host == task.worker_host,
        TaskRow.worker_pid == task.worker_pid,
        TaskRow.worker_started_at == task.worker_started_at,
        TaskRow.lease_expires_at >= func.clock_timestamp(),
    )
    return (await tx.execute(query)).scalar_one()


async def extend_all_leases(tx: Transaction, seconds: float) -> None:
    """Give every running task a whole lease from now, after nobody could renew for a while."""
    statement = update(TaskRow).where(TaskRow.status == "running")
    await tx.execute(statement.values(lease_expires_at=func.clock_timestamp() + timedelta(seconds=seconds)))


async def unsent(tx: Transaction, older_than: timedelta) -> Sequence[TaskRow]:
    """Ended tasks whose terminal event was not confirmed."""
    query = select(TaskRow).where(
        TaskRow.status.not_in(UNFINISHED),
        TaskRow.terminal_seq.is_(None),
        TaskRow.finished_at < func.clock_timestamp() - older_than,
    )
    return (await tx.execute(query.order_by(TaskRow.finished_at).limit(200))).scalars().all()


async def stale_queued(
    tx: Transaction,
    kinds: Sequence[str],
    older_than: timedelta,
    *,
    among: Collection[UUID] | None = None,
    limit: int | None = None,
) -> Sequence[TaskRow]:
    """Queued tasks of these kinds, by ticket, that are not parked and were woken longer ago than `older_than`.

    With `among`, only those of them with these ids.
    """
    query = select(TaskRow).where(
        TaskRow.status == "queued",
        TaskRow.kind.in_(kinds),
        TaskRow.parked.is_(None),
        TaskRow.woken_at < func.clock_timestamp() - older_than,
    )
    if among is not None:
        query = query.where(TaskRow.id.in_(among))
    return (await tx.execute(query.order_by(TaskRow.ticket).limit(limit))).scalars().all()


async def mark_woken(tx: Transaction, ids: Sequence[UUID]) -> None:
    """Note that the messages of these tasks are being published now; they are parked no more."""
    statement = update(TaskRow).where(TaskRow.id.in_(ids), TaskRow.status == "queued")
    await tx.execute(statement.values(woken_at=func.clock_timestamp(), parked=None))


async def unpark(tx: Transaction, kind: str) -> Sequence[UUID]:
    """Mark all parked tasks of a kind as woken; their ids."""
    statement = update(TaskRow).where(TaskRow.status == "queued", TaskRow.kind == kind, TaskRow.parked.is_not(None))
    woken = statement.values(woken_at=func.clock_timestamp(), parked=None).returning(TaskRow.id)
    return (await tx.execute(woken, execution_options=UNSEEN)).scalars().all()


TERMINAL = Step("UPDATE tasks SET terminal_seq = :seq WHERE id = :task_id")
"""Note that a task's stream has its last event, under this id."""


async def list_tasks(
    tx: Transaction,
    owner: str,
    *,
    statuses: Sequence[str] = (),
    kind: str | None = None,
    before_ticket: int | None = None,
    limit: int = 50,
) -> Sequence[TaskRow]:
    """One person's tasks, newest first."""
    query = select(TaskRow).where(TaskRow.owner == owner, not_hidden()).order_by(TaskRow.ticket.desc()).limit(limit)
    if statuses:
        # One condition for each, so that each may have its own index.
        query = query.where(or_(*(TaskRow.status == status for status in statuses)))
    if kind is not None:
        query = query.where(TaskRow.kind == kind)
    if before_ticket is not None:
        query = query.where(TaskRow.ticket < before_ticket)
    return (await tx.execute(query)).scalars().all()


async def latest_task_of_documents(tx: Transaction, document_ids: Sequence[UUID]) -> dict[UUID, TaskRow]:
    """The newest ingest task of each document."""
    query = (
        select(TaskRow)
        .ext(distinct_on(TaskRow.document_id))
        .where(TaskRow.document_id.in_(document_ids))
        .order_by(TaskRow.document_id, TaskRow.ticket.desc())
    )
    return {task.document_id: task for task in (await tx.execute(query)).scalars() if task.document_id is not None}
