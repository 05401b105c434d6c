"""Removing what was deleted, once nothing works on it any more, and what has outlived its use."""

from datetime import timedelta

from sqlalchemy import ColumnElement, Insert, delete, exists, func, insert, or_, select

from db.database import Transaction
from db.models import DocumentRow, IdempotencyRow, PurgedTaskRow, SessionRow, TaskRow, TaskStepRow, WorkerRow
from db.tasks import UNFINISHED

IDEMPOTENCY_KEPT = timedelta(hours=24)
WORKER_KEPT = timedelta(hours=1)


async def purge(tx: Transaction) -> None:
    """Delete what nobody needs any more.

    That is hidden sessions and documents whose tasks all ended, the journals of ended tasks, old idempotency keys and
    silent workers.
    """
    now = func.clock_timestamp()
    for row, reference in ((SessionRow, TaskRow.session_id), (DocumentRow, TaskRow.document_id)):
        busy = exists().where(reference == row.id, _has_more_to_do())
        finished = select(row.id).where(row.deleted_at.is_not(None), ~busy).with_for_update()
        ids = (await tx.execute(finished)).scalars().all()
        if ids:
            await tx.execute(_remember(reference.in_(ids)))
            await tx.execute(delete(row).where(row.id.in_(ids)))
    ended = exists().where(TaskRow.id == TaskStepRow.task_id, TaskRow.status.not_in(UNFINISHED))
    await tx.execute(delete(TaskStepRow).where(ended))
    await tx.execute(delete(IdempotencyRow).where(IdempotencyRow.created_at < now - IDEMPOTENCY_KEPT))
    await tx.execute(delete(WorkerRow).where(WorkerRow.heartbeat_at < now - WORKER_KEPT))


def _remember(purged: ColumnElement[bool]) -> Insert:
    """Keep of each task what the counters need; their rows go with what they belong to."""
    names = [column.name for column in PurgedTaskRow.__table__.columns]
    tasks = select(*(getattr(TaskRow, name) for name in names)).where(purged)
    return insert(PurgedTaskRow).from_select(names, tasks)


def _has_more_to_do() -> ColumnElement[bool]:
    return or_(TaskRow.status.in_(UNFINISHED), TaskRow.terminal_seq.is_(None))
