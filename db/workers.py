"""Queries on workers' heartbeats."""

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert

from db.database import Transaction
from db.models import WorkerRow


async def beat(tx: Transaction, node: str, queue: str, host: str, pid: int, concurrency: int) -> None:
    """Note that a worker lives."""
    now = func.clock_timestamp()
    values = {"queue": queue, "host": host, "pid": pid, "concurrency": concurrency, "heartbeat_at": now}
    statement = insert(WorkerRow).values(node=node, **values)
    await tx.execute(statement.on_conflict_do_update(index_elements=["node"], set_=values))


async def retire(tx: Transaction, node: str) -> None:
    """Forget a worker that stops."""
    await tx.execute(delete(WorkerRow).where(WorkerRow.node == node))
