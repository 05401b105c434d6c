"""`python -m local.heartbeat`: exit code 0 when a worker of this very host gave a sign of life just now."""

import asyncio
import socket
import sys
from datetime import timedelta

from sqlalchemy import func, select

from db import Database
from db.models import WorkerRow
from errors import Unavailable
from settings import Settings

WITHIN = timedelta(seconds=15)


async def beats(settings: Settings, host: str) -> bool:
    """Whether a worker on `host` has written its heartbeat within `WITHIN`."""
    database = Database(settings, pool_size=1)
    recent = WorkerRow.heartbeat_at > func.clock_timestamp() - WITHIN
    try:
        async with database.transaction() as tx:
            found = await tx.execute(select(WorkerRow.node).where(WorkerRow.host == host, recent).limit(1))
            return found.first() is not None
    except Unavailable:
        return False
    finally:
        await database.close()


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(beats(Settings(), socket.gethostname())) else 1)
