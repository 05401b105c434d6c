"""The one way to the database: an async engine, and transactions that are short."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from select import POLLIN, poll
from typing import Any

import psycopg
from psycopg.errors import IdleInTransactionSessionTimeout, TransactionTimeout
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import NullPool

from db.steps import Rows, Step, Values, run_steps
from errors import Unavailable
from settings import Settings

CONNECTION = {
    "application_name": "sluice",
    "connect_timeout": 5,
    # A frozen client must not hold the line's lock, and nobody waits for it for ever. Walking a long line looks dear to
    # the server when it plans, and compiling for that (`jit`) takes a hundred times as long as the few rows it reads.
    "options": "-c TimeZone=UTC -c idle_in_transaction_session_timeout=5s -c lock_timeout=10s -c jit=off",
    # A server that went away without a word is noticed in seconds.
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}

CUT_OFF = (IdleInTransactionSessionTimeout, TransactionTimeout)
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
            # The connection used last has its statements prepared and planned.
            pool = {"pool_size": size, "max_overflow": 0, "pool_timeout": 10, "pool_use_lifo": True}
        self.engine = create_async_engine(
            settings.sqlalchemy_url,
            **pool,
            hide_parameters=True,  # they hold people's messages, and errors are logged
            connect_args=CONNECTION,
        )
        event.listen(self.engine.sync_engine, "checkout", _refuse_closed)
        self._maker = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """One unit of work: committed at the end of the block, rolled back by an exception.

        Raises:
            Unavailable: the database cannot be reached, or went away.
        """
        with _translated():
            async with self._maker.begin() as tx:
                yield tx

    async def batch(self, *steps: Step, **values: Any) -> list[Rows]:
        """Run prepared statements as one unit of work, in one round trip.

        Args:
            steps: in their order; each sees what those before it did.
            values: the parameters of all of them, by name.

        Returns:
            The rows of each step.

        Raises:
            Unavailable: the database cannot be reached, or went away; whether it did the work is not known.
        """
        with _translated():
            try:
                return await self._batch(steps, values)
            except psycopg.errors.FeatureNotSupported:
                # A table was changed since the statement was prepared; nothing was done yet.
                return await self._batch(steps, values)

    async def _batch(self, steps: Sequence[Step], values: Values) -> list[Rows]:
        async with self.engine.connect() as connection:
            raw = (await connection.get_raw_connection()).driver_connection
            assert isinstance(raw, psycopg.AsyncConnection)
            try:
                return await run_steps(raw, steps, values)
            except BaseException:
                # Stopped halfway, nobody knows what it would answer next.
                await connection.invalidate()
                raise

    async def close(self) -> None:
        """Close every connection of the pool."""
        await self.engine.dispose()


def _refuse_closed(connection: Any, record: Any, _: Any) -> None:
    """Let the pool replace a connection whose server has gone: there is something to read where nobody was asked.

    A new one is taken as it is: the pool would give up if that were refused, too.
    """
    if not record.info.setdefault("used", False):
        record.info["used"] = True
        return
    peek = poll()
    peek.register(connection.driver_connection.fileno(), POLLIN)
    if peek.poll(0):
        raise DisconnectionError


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (PoolTimeoutError, psycopg.OperationalError, psycopg.InterfaceError, OSError) as error:
        raise Unavailable("The database cannot be reached.") from error
    except CUT_OFF as error:
        raise Unavailable("The database cannot be reached.") from error
    except DBAPIError as error:
        if not isinstance(error, OperationalError | InterfaceError) and not isinstance(error.orig, CUT_OFF):
            raise
        raise Unavailable("The database cannot be reached.") from error
