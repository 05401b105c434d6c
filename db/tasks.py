"""Queries on task rows: what runs, what waits, what may start."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased, defer

from db.database import Transaction
from db.models import DocumentRow, LineRow, SessionRow, TaskRow

INTERACTIVE = ("chat", "research")
UNFINISHED = ("queued", "running")
UNSHOWN = (TaskRow.payload, TaskRow.checkpoint_text, TaskRow.result)
LINE_LOCK = 0x51_01CE_00


async def lock_line(tx: Transaction) -> None:
    """Take the one lock of the waiting line until `tx` ends, so that ticket order is commit order."""
    await tx.execute(select(func.pg_advisory_xact_lock(LINE_LOCK)))


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


async def get_task(tx: Transaction, task_id: UUID) -> TaskRow | None:
    """One task row as it stands now, or None."""
    return await tx.get(TaskRow, task_id, populate_existing=True)


async def owned_task(tx: Transaction, task_id: UUID, owner: str) -> TaskRow | None:
    """A person's own task, or None; also when what it belongs to was deleted."""
    query = select(TaskRow).where(TaskRow.id == task_id, TaskRow.owner == owner, _not_hidden())
    return (await tx.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()


def _not_hidden() -> ColumnElement[bool]:
    return and_(
        ~exists().where(SessionRow.id == TaskRow.session_id, SessionRow.deleted_at.is_not(None)),
        ~exists().where(DocumentRow.id == TaskRow.document_id, DocumentRow.deleted_at.is_not(None)),
    )


async def count_running(tx: Transaction) -> int:
    """How many slots are held."""
    query = select(func.count()).where(TaskRow.status == "running", TaskRow.kind.in_(INTERACTIVE))
    return (await tx.execute(query)).scalar_one()


async def count_waiting(tx: Transaction, *, owner: str | None = None, up_to_ticket: int | None = None) -> int:
    """How many chat and research tasks are queued: all, one owner's, or those up to a ticket."""
    query = select(func.count()).where(TaskRow.status == "queued", TaskRow.kind.in_(INTERACTIVE))
    if owner is not None:
        query = query.where(TaskRow.owner == owner)
    if up_to_ticket is not None:
        query = query.where(TaskRow.ticket <= up_to_ticket)
    return (await tx.execute(query)).scalar_one()


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


async def startable(tx: Transaction, count: int, *, max_active_per_user: int | None) -> Sequence[TaskRow]:
    """The first `count` chat and research tasks, by ticket, that could start if slots were free.

    A task may not start while an earlier one of its session is unfinished or its session is paused. Owners
    at `max_active_per_user` come after everybody else: their tasks fill a slot only when nobody else could.
    """
    query = (
        select(TaskRow)
        .where(TaskRow.status == "queued", TaskRow.kind.in_(INTERACTIVE), _first_of_its_session())
        .order_by(TaskRow.ticket)
        .limit(count)
        .execution_options(populate_existing=True)
    )
    if max_active_per_user is None:
        return (await tx.execute(query)).scalars().all()
    return await _startable_by_owner(tx, count, max_active_per_user)


async def _startable_by_owner(tx: Transaction, count: int, most: int) -> Sequence[TaskRow]:
    """As `startable`, simulating each start so that one owner's next task counts the ones before it."""
    query = select(TaskRow.owner, func.count()).where(TaskRow.status == "running", TaskRow.kind.in_(INTERACTIVE))
    rows = (await tx.execute(query.group_by(TaskRow.owner))).all()
    active: dict[str, int] = dict(rows)
    rank = func.row_number().over(partition_by=TaskRow.owner, order_by=TaskRow.ticket).label("rank")
    ranked = (
        select(TaskRow.id, TaskRow.ticket, rank)
        .where(TaskRow.status == "queued", TaskRow.kind.in_(INTERACTIVE), _first_of_its_session())
        .subquery()
    )
    candidates = select(TaskRow).join(ranked, ranked.c.id == TaskRow.id).where(ranked.c.rank <= count)
    tasks = (await tx.execute(candidates.order_by(TaskRow.ticket).execution_options(populate_existing=True))).scalars()
    within: list[TaskRow] = []
    beyond: list[TaskRow] = []
    for task in tasks:
        free = active.get(task.owner, 0) < most
        (within if free else beyond).append(task)
        if free:
            active[task.owner] = active.get(task.owner, 0) + 1
    return (within + beyond)[:count]


async def unfinished_tasks(
    tx: Transaction, *, session_id: UUID | None = None, document_id: UUID | None = None
) -> Sequence[TaskRow]:
    """The queued and running tasks of a session or of a document, by ticket."""
    query = select(TaskRow).where(TaskRow.status.in_(UNFINISHED)).order_by(TaskRow.ticket)
    of = TaskRow.session_id == session_id if session_id is not None else TaskRow.document_id == document_id
    return (await tx.execute(query.where(of).execution_options(populate_existing=True))).scalars().all()


async def renew_lease(
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
    return (await tx.execute(statement)).scalar_one_or_none()


async def expired(tx: Transaction) -> Sequence[TaskRow]:
    """Running tasks whose lease has ended by the database's clock."""
    query = select(TaskRow).where(TaskRow.status == "running", TaskRow.lease_expires_at < func.clock_timestamp())
    return (await tx.execute(query.order_by(TaskRow.ticket))).scalars().all()


async def count_running_ingest(tx: Transaction) -> int:
    """How many documents are being read."""
    query = select(func.count()).where(TaskRow.status == "running", TaskRow.kind == "ingest")
    return (await tx.execute(query)).scalar_one()


async def went_on(tx: Transaction, task: TaskRow) -> bool:
    """Whether the process that ran a task holds the lease of another one by now: it is neither dead nor frozen."""
    query = exists().where(
        TaskRow.id != task.id,
        TaskRow.status == "running",
        TaskRow.worker_host == task.worker_host,
        TaskRow.worker_pid == task.worker_pid,
        TaskRow.worker_started_at == task.worker_started_at,
        TaskRow.lease_expires_at >= func.clock_timestamp(),
    )
    return bool((await tx.execute(select(query))).scalar_one())


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


async def mark_terminal(tx: Transaction, task_id: UUID, seq: int) -> None:
    """Note that a task's stream has its last event, under this id."""
    await tx.execute(update(TaskRow).where(TaskRow.id == task_id).values(terminal_seq=seq))


async def unfinished(tx: Transaction) -> Sequence[TaskRow]:
    """Everything that runs or waits, by ticket: what the queue shows of it, without its texts."""
    query = select(TaskRow).where(TaskRow.status.in_(UNFINISHED)).order_by(TaskRow.ticket)
    query = query.options(*(defer(column, raiseload=True) for column in UNSHOWN))
    return (await tx.execute(query)).scalars().all()


async def mean_run_seconds(
    tx: Transaction, pairs: Sequence[tuple[str, str | None]]
) -> dict[tuple[str, str | None], float]:
    """The mean run time of the last 20 completed tasks of each (kind, model); pairs without any are left out."""
    means: dict[tuple[str, str | None], float] = {}
    for kind, model in pairs:
        recent = (
            select((func.extract("epoch", TaskRow.finished_at - TaskRow.started_at)).label("seconds"))
            .where(TaskRow.kind == kind, TaskRow.status == "completed", TaskRow.model.is_not_distinct_from(model))
            .order_by(TaskRow.finished_at.desc())
            .limit(20)
            .subquery()
        )
        mean = (await tx.execute(select(func.avg(recent.c.seconds)))).scalar_one()
        if mean is not None:
            means[kind, model] = float(mean)
    return means


async def database_now(tx: Transaction) -> datetime:
    """The database's clock, the only one that leases and waiting times are measured by."""
    now: datetime = (await tx.execute(text("SELECT clock_timestamp()"))).scalar_one()
    return now


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
    query = select(TaskRow).where(TaskRow.owner == owner, _not_hidden()).order_by(TaskRow.ticket.desc()).limit(limit)
    if statuses:
        query = query.where(TaskRow.status.in_(statuses))
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
