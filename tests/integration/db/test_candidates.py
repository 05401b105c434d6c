"""Who is next is found by walking the line in its order, however long it has become since the server last looked."""

from sqlalchemy import text

from db.candidates import NEXT_UP
from db.database import Database, Transaction
from db.line import configure_line, lock_line

FILL = """
    INSERT INTO tasks (id, kind, owner, payload, summary)
    SELECT gen_random_uuid(), 'research', 'ann', '{}', 'topic' FROM generate_series(1, 2000)
"""


async def _plan(tx: Transaction) -> str:
    rows = await tx.execute(text(f"EXPLAIN {NEXT_UP}"), {"kinds": ["chat", "research"]})
    return "\n".join(rows.scalars())


async def test_a_line_that_grew_since_its_statistics_were_made_is_not_sorted(database: Database) -> None:
    async with database.transaction() as tx:
        await configure_line(tx, 2)
        await tx.execute(text("ANALYZE tasks"))
        await tx.execute(text(FILL))
    async with database.transaction() as tx:
        assert "Sort" in await _plan(tx), "it would be, without the lock's own setting"
        await lock_line(tx)
        plan = await _plan(tx)
        assert "Sort" not in plan
        assert "Index Scan using ix_tasks_queued" in plan
