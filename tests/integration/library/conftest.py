import os
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from db import Database
from settings import Settings


@pytest.fixture
async def database() -> AsyncIterator[Database]:
    """A migrated database without rows."""
    database = Database(Settings(database_url=os.environ["TEST_DATABASE_URL"]))
    async with database.transaction() as tx:
        await tx.execute(text("TRUNCATE documents, sessions, tasks CASCADE"))
    yield database
    await database.close()
