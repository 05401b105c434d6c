"""The only door to running."""

from datetime import timedelta
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import func, update

from db.database import Transaction
from db.models import DocumentRow, TaskRow, TurnRow
from db.tasks import count_running, get_task, line_state, lock_line, mark_woken, startable
from scheduling.work import Claimed, Wakeup, WorkerIdentity
from settings import Settings

Parked: TypeAlias = list[Wakeup]
"""The task may not start; these wake-ups are to be published, if any."""


async def claim(tx: Transaction, task_id: UUID, worker: WorkerIdentity, settings: Settings) -> Claimed | Parked:
    """Start a task that may start, under the line lock; step aside otherwise.

    A task that is not queued (a duplicate delivery, a cancelled task) is refused with an empty list.
    """
    await lock_line(tx)
    task = await get_task(tx, task_id)
    if task is None or task.status != "queued":
        return []
    if task.kind == "ingest":
        return await _start(tx, task, worker, settings)
    line = await line_state(tx)
    free = line.slot_limit - await count_running(tx)
    if line.paused:
        return await _park(tx, task, "paused")
    if free <= 0:
        return await _park(tx, task, "limit")
    ready = await startable(tx, free, max_active_per_user=settings.max_active_per_user)
    if task.id not in [other.id for other in ready]:
        return await _park(tx, task, "order")
    if ready[0].id != task.id:
        await mark_woken(tx, [ready[0].id, task.id])
        return [Wakeup(other.id, other.kind, front=True) for other in (ready[0], task)]
    return await _start(tx, task, worker, settings)


async def _park(tx: Transaction, task: TaskRow, reason: str) -> Parked:
    task.parked = reason
    await tx.flush()
    return []


async def _start(tx: Transaction, task: TaskRow, worker: WorkerIdentity, settings: Settings) -> Claimed:
    now = func.clock_timestamp()
    task.status = "running"
    task.attempt += 1
    task.parked = None
    task.worker_node, task.worker_host = worker.node, worker.host
    task.worker_pid, task.worker_started_at = worker.pid, worker.process_started_at
    task.started_at = now
    task.lease_expires_at = now + timedelta(seconds=settings.lease_seconds)
    await tx.flush()
    await tx.refresh(task)
    await set_status_of_result(tx, task)
    assert task.started_at is not None
    waited = task.started_at - task.created_at
    return Claimed(task, waited_ms=max(0, round(waited.total_seconds() * 1000)))


async def set_status_of_result(tx: Transaction, task: TaskRow) -> None:
    """Let the answer's turn, or the document, follow its task's status."""
    if task.kind == "chat":
        answer = (TurnRow.task_id == task.id, TurnRow.role == "assistant")
        await tx.execute(update(TurnRow).where(*answer).values(status=task.status))
    elif task.kind == "ingest":
        await tx.execute(update(DocumentRow).where(DocumentRow.id == task.document_id).values(status=task.status))
