"""The one way to the database: an async engine, and transactions that are short."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from psycopg.errors import IdleInTransactionSessionTimeout
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import NullPool

from errors import Unavailable
from settings import Settings

CONNECTION = {
    "application_name": "sluice",
    "connect_timeout": 5,
    # A frozen client must not hold the line's lock, and nobody waits for it for ever.
    "options": "-c TimeZone=UTC -c idle_in_transaction_session_timeout=5s -c lock_timeout=10s",
    # A server that went away without a word is noticed in seconds.
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}

CUT_OFF = IdleInTransactionSessionTimeout
"""What a client is told that was frozen for too long; not an `OperationalError`, though it is like one."""

Transaction = AsyncSession
"""A running transaction, always named `tx`."""

UNSEEN = {"synchronize_session": False}
"""Execution options of an UPDATE whose rows no object of the transaction stands for: it looks for none."""


class Database:
    """Opens transactions on a pool of connections.

    Args:
        settings: where the database is, and how many connections this process may hold.
        pool_size: fewer than the settings say, for processes that need only one or two; 0 keeps none open.
    """

    def __init__(self, settings: Settings, *, pool_size: int | None = None) -> None:
        pool: dict[str, Any] = {"poolclass": NullPool}
        if pool_size != 0:
            size = pool_size or settings.database_pool_size
            pool = {"pool_size": size, "max_overflow": 0, "pool_pre_ping": True, "pool_timeout": 10}
        self.engine = create_async_engine(
            settings.sqlalchemy_url,
            **pool,
            hide_parameters=True,  # they hold people's messages, and errors are logged
            connect_args=CONNECTION,
        )
        self._maker = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """One unit of work: committed at the end of the block, rolled back by an exception.

        Raises:
            Unavailable: the database cannot be reached, or went away.
        """
        try:
            async with self._maker.begin() as tx:
                yield tx
        except (PoolTimeoutError, OSError) as error:
            raise Unavailable("The database cannot be reached.") from error
        except DBAPIError as error:
            if not isinstance(error, OperationalError | InterfaceError) and not isinstance(error.orig, CUT_OFF):
                raise
            raise Unavailable("The database cannot be reached.") from error

    async def close(self) -> None:
        """Close every connection of the pool."""
        await self.engine.dispose()
