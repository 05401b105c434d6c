"""The database counts who waits, whatever changes it."""

from uuid import uuid4

import psycopg

from tests.services import Services, migrate

INSERT = b"""
INSERT INTO tasks (id, kind, owner, status, payload, summary, lease_expires_at)
SELECT gen_random_uuid(), 'research', 'ann', of.status, '{}', '', CASE WHEN of.status = 'running' THEN now() END
FROM unnest(%s::text[]) AS of (status)
"""


def _waiting(connection: psycopg.Connection) -> dict[str, int]:
    return dict(connection.execute("SELECT kind, tasks FROM waiting"))


def test_every_change_is_counted_and_what_is_undone_is_not(services: Services) -> None:
    with psycopg.connect(services.database_url) as connection:
        assert _waiting(connection) == {"chat": 0, "research": 0, "ingest": 0}
        connection.execute(INSERT, [["queued", "queued", "queued", "running", "completed"]])
        assert _waiting(connection)["research"] == 3
        connection.commit()
        connection.execute("UPDATE tasks SET status = 'cancelled' WHERE status = 'queued'")
        assert _waiting(connection)["research"] == 0
        connection.rollback()
        connection.execute("UPDATE tasks SET status = 'queued', lease_expires_at = NULL WHERE status = 'running'")
        connection.execute("UPDATE tasks SET summary = 'x', status = status, woken_at = now()")
        assert _waiting(connection) == {"chat": 0, "research": 4, "ingest": 0}
        connection.execute("DELETE FROM tasks WHERE id IN (SELECT id FROM tasks WHERE status = 'queued' LIMIT 3)")
        connection.execute("DELETE FROM tasks WHERE status = 'completed'")
        assert _waiting(connection) == {"chat": 0, "research": 1, "ingest": 0}


def test_messages_go_with_their_session(services: Services) -> None:
    with psycopg.connect(services.database_url) as connection:
        session = uuid4()
        connection.execute("INSERT INTO sessions (id, owner) VALUES (%s, 'ann')", [session])
        for _ in range(3):
            connection.execute(
                "INSERT INTO tasks (id, kind, owner, session_id, payload, summary)"
                " VALUES (%s, 'chat', 'ann', %s, '{}', '')",
                [uuid4(), session],
            )
        assert _waiting(connection)["chat"] == 3
        connection.execute("DELETE FROM sessions")
        assert _waiting(connection)["chat"] == 0


def test_an_older_database_is_counted_when_it_is_migrated(services: Services) -> None:
    migrate(services.database_url, "downgrade", "0003")
    with psycopg.connect(services.database_url) as connection:
        connection.execute(INSERT, [["queued", "queued", "running", "failed"]])
    migrate(services.database_url, "upgrade", "head")
    with psycopg.connect(services.database_url) as connection:
        assert _waiting(connection) == {"chat": 0, "research": 2, "ingest": 0}
        connection.execute(INSERT, [["queued"]])
        assert _waiting(connection)["research"] == 3
