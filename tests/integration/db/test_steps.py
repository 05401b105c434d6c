"""Several statements in one round trip are one transaction, whatever happens to it."""

import asyncio

import psycopg
import pytest

from db import Database
from db.passing import LOCK
from db.steps import Step
from errors import Unavailable
from tests.conftest import MakeSettings

ADD = Step("INSERT INTO audit (who, action, details) VALUES (:who, 'test', '{}') RETURNING who")
COUNT = Step("SELECT count(*) AS found FROM audit")
BREAK = Step("SELECT 1 / (SELECT count(*) FROM audit WHERE who = 'nobody')")
SLEEP = Step("SELECT pg_sleep(:seconds)")
MYSELF = Step("SELECT pg_backend_pid() AS pid")


async def _found(database: Database) -> int:
    [[row]] = await database.batch(COUNT)
    return int(row.found)


async def test_each_step_sees_those_before_it(database: Database) -> None:
    added, [counted] = await database.batch(ADD, COUNT, who="ann")
    assert (added[0].who, counted.found) == ("ann", 1)


async def test_what_one_step_raises_undoes_them_all(database: Database) -> None:
    for steps in ((ADD, BREAK), (BREAK, ADD), (ADD, BREAK, ADD)):
        with pytest.raises(psycopg.errors.DivisionByZero):
            await database.batch(*steps, who="ann")
        assert await _found(database) == 0


async def test_a_missing_value_is_an_error(database: Database) -> None:
    with pytest.raises(KeyError):
        await database.batch(ADD)


async def test_a_batch_that_is_cancelled_leaves_nothing_and_blocks_nobody(make_settings: MakeSettings) -> None:
    database = Database(make_settings(), pool_size=1)
    for _ in range(5):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await database.batch(ADD, SLEEP, who="ann", seconds=30)
        assert await _found(database) == 0
    await database.close()


async def test_a_connection_whose_server_went_away_is_replaced(make_settings: MakeSettings) -> None:
    database, other = Database(make_settings(), pool_size=1), Database(make_settings(), pool_size=1)
    kill = Step("SELECT pg_terminate_backend(:pid, 5000)")
    for use in (database.batch(MYSELF), _in_a_session(database)):
        [[row]] = await database.batch(MYSELF)
        await other.batch(kill, pid=row.pid)
        await use
    await database.close()
    await other.close()


async def _in_a_session(database: Database) -> None:
    async with database.transaction() as tx:
        await COUNT.within(tx)


async def test_a_connection_that_is_cut_in_mid_batch_is_unavailable_and_then_replaced(
    make_settings: MakeSettings,
) -> None:
    database, other = Database(make_settings(), pool_size=1), Database(make_settings(), pool_size=1)
    sleeping = asyncio.create_task(database.batch(ADD, SLEEP, who="ann", seconds=30))
    find = Step("""
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE query LIKE '%pg_sleep($1)%' AND pid <> pg_backend_pid()
    """)
    async with asyncio.timeout(10):
        while not sleeping.done():
            await other.batch(find)
            await asyncio.sleep(0.05)
    with pytest.raises(Unavailable):
        await sleeping
    assert await _found(database) == 0
    await database.close()
    await other.close()


async def test_a_table_that_changes_under_prepared_statements_breaks_nothing(make_settings: MakeSettings) -> None:
    database, other = Database(make_settings(), pool_size=1), Database(make_settings(), pool_size=1)
    everything = Step("SELECT * FROM audit")
    await database.batch(ADD, everything, who="ann")
    await other.batch(Step("ALTER TABLE audit ADD COLUMN why text"))
    _, rows = await database.batch(ADD, everything, who="bob")
    assert [row.why for row in rows] == [None, None]
    await database.close()
    await other.close()


async def test_a_server_that_cuts_every_connection_is_unavailable(make_settings: MakeSettings) -> None:
    database, other = Database(make_settings(), pool_size=2), Database(make_settings(), pool_size=1)
    cut = Step("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query <> ''")

    async def use() -> None:
        for _ in range(60):
            try:
                await database.batch(ADD, COUNT, who="ann")
            except Unavailable:
                await asyncio.sleep(0.005)

    using = [asyncio.create_task(use()) for _ in range(2)]
    while not all(task.done() for task in using):
        await other.batch(cut)
        await asyncio.sleep(0)
    await asyncio.gather(*using)
    await database.close()
    await other.close()


async def test_a_client_that_is_frozen_between_two_statements_lets_go_of_the_line(make_settings: MakeSettings) -> None:
    frozen, other = Database(make_settings(), pool_size=1), Database(make_settings(), pool_size=1)
    async with frozen.engine.connect() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        assert isinstance(raw, psycopg.AsyncConnection)
        await raw.set_autocommit(True)
        with pytest.raises(psycopg.Error):
            async with raw.pipeline():
                await raw.cursor().execute(LOCK.sql, prepare=True)
                await other.batch(LOCK)  # would give up after ten seconds
        await connection.invalidate()
    with pytest.raises(Unavailable):
        await frozen.batch(LOCK, Step("SELECT pg_sleep(30)"))
    await frozen.close()
    await other.close()
