"""Statements that go out several at a time: one round trip, one transaction.

What a task waits for on its way through the line is written like this: a transaction of SQLAlchemy's sessions costs
several times as much processor time as the statements in it. Conditions on a status are literals in them, since the
server takes a partial index only for what it knows when it plans.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from psycopg import AsyncConnection
from psycopg.pq import TransactionStatus
from psycopg.rows import namedtuple_row
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import psycopg as dialects
from sqlalchemy.ext.asyncio import AsyncSession

Rows: TypeAlias = Sequence[Any]
"""A statement's rows, with its columns as attributes; empty for one that returns none."""

Values: TypeAlias = Mapping[str, Any]

_DIALECT = dialects.dialect()  # type: ignore[no-untyped-call]


class Step:
    """A statement, prepared by the server after its first run.

    Args:
        sql: as in `sqlalchemy.text`, parameters as `:name`.
    """

    def __init__(self, sql: str) -> None:
        self._text = text(sql)
        compiled = self._text.compile(dialect=_DIALECT)
        self.sql = str(compiled).encode()
        self._names = tuple(compiled.params)

    def of(self, values: Values) -> dict[str, Any]:
        """Its parameters out of `values`, which may hold more.

        Raises:
            KeyError: one is missing.
        """
        return {name: values[name] for name in self._names}

    async def within(self, tx: AsyncSession, **values: Any) -> Rows:
        """Run one that returns rows as a part of a larger transaction."""
        return (await tx.execute(self._text, self.of(values))).all()


async def run_steps(connection: "AsyncConnection[Any]", steps: Sequence[Step], values: Values) -> list[Rows]:
    """Run the steps in order in one transaction, which is over then; what one raises undoes them all."""
    await connection.set_autocommit(True)
    try:
        if len(steps) == 1:
            return [await _rows(await _execute(connection, steps[0], values))]
        # Between two synchronisations of a pipeline, statements are one transaction by themselves.
        async with connection.pipeline():
            cursors = [await _execute(connection, step, values) for step in steps]
        return [await _rows(cursor) for cursor in cursors]
    finally:
        # One that was lost halfway may not look closed yet; whoever gets the error drops it.
        if not connection.closed and connection.info.transaction_status == TransactionStatus.IDLE:
            await connection.set_autocommit(False)


async def _execute(connection: "AsyncConnection[Any]", step: Step, values: Values) -> Any:
    return await connection.cursor(row_factory=namedtuple_row).execute(step.sql, step.of(values), prepare=True)


async def _rows(cursor: Any) -> Rows:
    return await cursor.fetchall() if cursor.pgresult.nfields else ()
