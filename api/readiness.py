"""What a submission needs to be answered: database, tables, Redis, and a worker of each queue."""

from datetime import timedelta

from alembic.script import ScriptDirectory
from sqlalchemy.exc import SQLAlchemyError

from api.clients import Clients
from api.version import ROOT
from db.health import queues_served, schema_revision
from errors import Unavailable

HEARTBEAT_WITHIN = timedelta(seconds=10)
QUEUES = ("interactive", "ingest")


class Readiness:
    """Checks what is missing; knows the migration that this code was written for."""

    def __init__(self) -> None:
        self._revision = ScriptDirectory(str(ROOT / "db" / "migrations")).get_current_head()

    async def missing(self, clients: Clients) -> list[str]:
        """What is not there: `database`, `migrations`, `redis`, `interactive worker`, `ingest worker`."""
        return await self._missing_of_database(clients) + await _missing_of_redis(clients)

    async def _missing_of_database(self, clients: Clients) -> list[str]:
        try:
            async with clients.database.transaction() as tx:
                if await schema_revision(tx) != self._revision:
                    return ["migrations"]
                served = await queues_served(tx, within=HEARTBEAT_WITHIN)
        except (Unavailable, SQLAlchemyError):
            return ["database"]
        return [f"{queue} worker" for queue in QUEUES if queue not in served]


async def _missing_of_redis(clients: Clients) -> list[str]:
    try:
        await clients.check_redis()
    except Unavailable:
        return ["redis"]
    return []
