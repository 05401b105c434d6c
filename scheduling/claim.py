"""The only door to running."""

from dataclasses import replace
from datetime import timedelta
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import func, update

from db.database import UNSEEN, Transaction
from db.line import lock_line, slots
from db.models import DocumentRow, TaskRow, TurnRow
from db.tasks import mark_woken, task_state
from scheduling.wake import next_up, wake
from scheduling.work import Claimed, Wakeup, WorkerIdentity
from settings import Settings

Parked: TypeAlias = list[Wakeup]
"""The task may not start; these wake-ups are to be published, if any."""


async def claim(tx: Transaction, task_id: UUID, worker: WorkerIdentity, settings: Settings) -> Claimed | Parked:
    """Start a task that may start, under the line lock; step aside otherwise.

    A task that is not queued (a duplicate delivery, a cancelled task) is refused with an empty list.
    """
    await lock_line(tx)
    status, kind = await task_state(tx, task_id)
    if status != "queued":
        return []
    if kind not in settings.kinds_with_slot:
        return await _start(tx, task_id, worker, settings)
    ready = await next_up(tx, settings)
    if task_id not in [other.id for other in ready]:
        return await _park(tx, task_id, settings)
    # There is a slot for each of these; who goes first is settled among those that wait for the same workers.
    first = next(each for each in ready if (each.kind == "ingest") == (kind == "ingest"))
    if first.id != task_id:
        await mark_woken(tx, [first.id, task_id])
        return [Wakeup(first.id, first.kind, front=True), Wakeup(task_id, kind, front=True)]
    claimed = await _start(tx, task_id, worker, settings)
    if first.id != ready[0].id:
        # Those before it were chosen with this slot free; now others may be next.
        return replace(claimed, wakeups=await wake(tx, settings))
    return claimed


async def _park(tx: Transaction, task_id: UUID, settings: Settings) -> Parked:
    now = await slots(tx, settings.kinds_with_slot)
    reason = "paused" if now.paused else "limit" if now.free <= 0 else "order"
    await tx.execute(update(TaskRow).where(TaskRow.id == task_id).values(parked=reason), execution_options=UNSEEN)
    return []


async def _start(tx: Transaction, task_id: UUID, worker: WorkerIdentity, settings: Settings) -> Claimed:
    now = func.clock_timestamp()
    values = {
        "status": "running",
        "attempt": TaskRow.attempt + 1,
        "parked": None,
        "worker_node": worker.node,
        "worker_host": worker.host,
        "worker_pid": worker.pid,
        "worker_started_at": worker.process_started_at,
        "started_at": now,
        "lease_expires_at": now + timedelta(seconds=settings.lease_seconds),
    }
    started = update(TaskRow).where(TaskRow.id == task_id).values(values).returning(TaskRow)
    task = (await tx.execute(started.execution_options(populate_existing=True))).scalar_one()
    await set_status_of_result(tx, task)
    assert task.started_at is not None
    waited = task.started_at - task.created_at
    return Claimed(task, waited_ms=max(0, round(waited.total_seconds() * 1000)))


async def set_status_of_result(tx: Transaction, task: TaskRow) -> None:
    """Let the answer's turn, or the document, follow its task's status."""
    if task.kind == "chat":
        answer = update(TurnRow).where(TurnRow.task_id == task.id, TurnRow.role == "assistant")
        await tx.execute(answer.values(status=task.status), execution_options=UNSEEN)
    elif task.kind == "ingest":
        document = update(DocumentRow).where(DocumentRow.id == task.document_id)
        await tx.execute(document.values(status=task.status), execution_options=UNSEEN)
