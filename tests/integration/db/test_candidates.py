"""Who is next is found by walking the line in its order, however long it has become since the server last looked."""

import re
from collections.abc import Sequence

import psycopg
import pytest
from sqlalchemy import text

from db.candidates import HEADS, NEXT_UP, next_up, unsorted
from db.database import Database, Transaction
from db.line import configure_line, lock_line
from db.passing import LOCK
from db.steps import Step
from db.tasks import expired, list_tasks
from tests.services import Services, migrate

HISTORY = """
    WITH session AS (INSERT INTO sessions (id, owner) VALUES (gen_random_uuid(), 'ann') RETURNING id)
    INSERT INTO tasks (id, kind, owner, session_id, payload, summary, status, finished_at, ended_ticket, terminal_seq)
    SELECT gen_random_uuid(), 'chat', 'ann', id, '{}', '', 'completed', now(), nextval('task_ticket'), 1
    FROM session, generate_series(1, :ended)
"""
WAITING = """
    WITH session AS (
        INSERT INTO sessions (id, owner) SELECT gen_random_uuid(), 'o' || n % 40 FROM generate_series(1, 400) AS n
        RETURNING id, owner
    )
    INSERT INTO tasks (id, kind, owner, session_id, payload, summary)
    SELECT gen_random_uuid(), 'chat', owner, id, '{}', '' FROM session, generate_series(1, 5)
"""
KINDS = ["chat", "research"]
OF_THE_LINE = {
    "task": "ix_tasks_queued",  # those who wait
    "tasks": "ix_tasks_running",  # those who hold a slot
    "earlier": "ix_tasks_unfinished_of_session",
}


@pytest.fixture(params=[0, 20_000], ids=["new", "long in use"])
async def grown(request: pytest.FixtureRequest, database: Database) -> Database:
    """A line of 2,000 that was empty when the server made its statistics, without and with many that had ended."""
    async with database.transaction() as tx:
        await configure_line(tx, 2)
        await tx.execute(text(HISTORY), {"ended": request.param})
        await tx.execute(text("ANALYZE tasks"))
        await tx.execute(text(WAITING))
    return database


async def _plan(tx: Transaction, query: str, **values: object) -> str:
    rows = await tx.execute(text(f"EXPLAIN {query}"), {"kinds": KINDS, **values})
    return "\n".join(rows.scalars())


def _indexes(plan: str) -> dict[str, str]:
    """By which index each of a plan's tables is read, by its name there, numbers left off."""
    found = re.findall(r"Index Scan using (\w+) on (tasks(?: [a-z]+)?)", plan)
    maps = re.findall(r"Bitmap Heap Scan on (tasks(?: [a-z]+)?).*?Bitmap Index Scan on (\w+)", plan, re.DOTALL)
    return {name.split()[-1]: index for index, name in [*found, *((index, name) for name, index in maps)]}


async def _shown(tx: Transaction) -> str:
    return str((await tx.execute(text("SHOW enable_sort"))).scalar_one())


async def _rows_read(tx: Transaction) -> int:
    """How many rows of `tasks` this transaction has read."""
    query = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'tasks'"
    return int((await tx.execute(text(query))).scalar_one())


async def test_who_is_next_is_found_without_sorting_those_who_wait(grown: Database) -> None:
    async with grown.transaction() as tx, unsorted(tx):
        plan = await _plan(tx, NEXT_UP)
    assert "Sort" not in plan
    assert _indexes(plan) == OF_THE_LINE


async def test_the_statements_that_start_tasks_find_them_in_the_same_way(grown: Database) -> None:
    _, rows = await grown.batch(LOCK, Step(f"EXPLAIN {NEXT_UP}"), kinds=KINDS)
    plan = "\n".join(row[0] for row in rows)
    assert "Sort" not in plan
    assert _indexes(plan) == OF_THE_LINE
    [[row]] = await grown.batch(Step("SHOW enable_sort"))
    assert row == ("on",)


async def test_each_owners_first_is_found_by_walking_from_owner_to_owner(grown: Database) -> None:
    async with grown.transaction() as tx, unsorted(tx):
        plan = await _plan(tx, HEADS, taken=[])
    assert "Sort" not in plan
    assert _indexes(plan) == {"task": "ix_tasks_queued_of_owner", "earlier": "ix_tasks_unfinished_of_session"}


@pytest.mark.parametrize("most", [None, 1])
async def test_a_search_reads_few_and_leaves_other_queries_as_they_are(grown: Database, most: int | None) -> None:
    async with grown.transaction() as tx:
        await lock_line(tx)
        assert await _shown(tx) == "on"
        found = await next_up(tx, KINDS, max_active_per_user=most, ingest_concurrency=1)
        assert len({task.owner for task in found}) == 2
        assert await _rows_read(tx) < 500
        assert await _shown(tx) == "on"


async def test_what_else_is_read_under_the_lock_is_not_read_in_the_order_of_all_history(grown: Database) -> None:
    async with grown.transaction() as tx:
        await lock_line(tx)
        assert await expired(tx) == []
        assert await _rows_read(tx) < 10


async def test_ones_own_that_wait_are_listed_without_reading_all_that_ended(grown: Database) -> None:
    async with grown.transaction() as tx:
        assert await list_tasks(tx, "ann", statuses=("queued", "running")) == []
        assert await _rows_read(tx) < 2500, "at most all who wait"


async def test_no_search_is_compiled_first(database: Database) -> None:
    async with database.transaction() as tx:
        source = await tx.execute(text("SELECT source FROM pg_settings WHERE name = 'jit' AND setting = 'off'"))
    assert source.scalar_one() == "client", "whatever the server is set to"


def test_statistics_are_made_anew_whenever_a_thousand_tasks_changed(services: Services) -> None:
    often = ["autovacuum_analyze_scale_factor=0", "autovacuum_analyze_threshold=1000"]
    assert _options(services) == often
    migrate(services.database_url, "downgrade", "0004")
    assert _options(services) is None
    migrate(services.database_url, "upgrade", "head")
    assert _options(services) == often


def _options(services: Services) -> Sequence[str] | None:
    with psycopg.connect(services.database_url) as connection:
        [options] = connection.execute("SELECT reloptions FROM pg_class WHERE relname = 'tasks'").fetchone() or ()
        return options  # type: ignore[no-any-return]
