"""Removing what was deleted, once nothing works on it any more, and what has outlived its use."""

from datetime import timedelta

from sqlalchemy import ColumnElement, delete, exists, func, or_

from db.database import Transaction
from db.models import DocumentRow, IdempotencyRow, SessionRow, TaskRow, WorkerRow
from db.tasks import UNFINISHED

IDEMPOTENCY_KEPT = timedelta(hours=24)
WORKER_KEPT = timedelta(hours=1)


async def purge(tx: Transaction) -> None:
    """Delete hidden sessions and documents whose tasks all ended, old idempotency keys and silent workers."""
    now = func.clock_timestamp()
    for row, reference in ((SessionRow, TaskRow.session_id), (DocumentRow, TaskRow.document_id)):
        busy = exists().where(reference == row.id, _has_more_to_do())
        await tx.execute(delete(row).where(row.deleted_at.is_not(None), ~busy))
    await tx.execute(delete(IdempotencyRow).where(IdempotencyRow.created_at < now - IDEMPOTENCY_KEPT))
    await tx.execute(delete(WorkerRow).where(WorkerRow.heartbeat_at < now - WORKER_KEPT))


def _has_more_to_do() -> ColumnElement[bool]:
    return or_(TaskRow.status.in_(UNFINISHED), TaskRow.terminal_seq.is_(None))
