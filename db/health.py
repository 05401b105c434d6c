"""Queries that tell whether the whole is ready to work."""

from datetime import timedelta

from sqlalchemy import func, select, text

from db.database import Transaction
from db.models import WorkerRow


async def schema_revision(tx: Transaction) -> str | None:
    """The migration that the database stands at; None before the first."""
    if (await tx.execute(text("SELECT to_regclass('alembic_version')"))).scalar_one() is None:
        return None
    revision: str | None = (await tx.execute(text("SELECT version_num FROM alembic_version"))).scalar_one_or_none()
    return revision


async def queues_served(tx: Transaction, *, within: timedelta) -> set[str]:
    """The queues of which some worker gave a sign of life within a time."""
    query = select(WorkerRow.queue).where(WorkerRow.heartbeat_at > func.clock_timestamp() - within).distinct()
    return set((await tx.execute(query)).scalars())
