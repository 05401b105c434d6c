"""how many tasks of each kind wait, counted by the database itself"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Rows that come or go together are counted once: many new versions of one row within a transaction would be slow.
COUNT_TOGETHER = """
CREATE OR REPLACE FUNCTION count_together() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE waiting SET tasks = waiting.tasks + CASE TG_OP WHEN 'INSERT' THEN queued.tasks ELSE -queued.tasks END
    FROM (SELECT kind, count(*) AS tasks FROM changed WHERE status = 'queued' GROUP BY kind) AS queued
    WHERE waiting.kind = queued.kind;
    RETURN NULL;
END $$
"""
COUNT_CHANGED = """
CREATE OR REPLACE FUNCTION count_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE waiting SET tasks = tasks + CASE WHEN NEW.status = 'queued' THEN 1 ELSE -1 END WHERE kind = NEW.kind;
    RETURN NULL;
END $$
"""
TRIGGERS = (
    """
    CREATE TRIGGER count_entered AFTER INSERT ON tasks
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_together()
    """,
    """
    CREATE TRIGGER count_removed AFTER DELETE ON tasks
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_together()
    """,
    """
    CREATE TRIGGER count_changed AFTER UPDATE OF status ON tasks FOR EACH ROW
    WHEN ((OLD.status = 'queued') <> (NEW.status = 'queued')) EXECUTE FUNCTION count_changed()
    """,
)
FILL = """
INSERT INTO waiting (kind, tasks)
SELECT kinds.kind, (SELECT count(*) FROM tasks WHERE tasks.kind = kinds.kind AND status = 'queued')
FROM (VALUES ('chat'), ('research'), ('ingest')) AS kinds (kind)
"""


def upgrade() -> None:
    # A backup of an older version that is restored over a newer one brings `tasks` back, and leaves these behind.
    op.execute("DROP TABLE IF EXISTS waiting")
    op.create_table(
        "waiting",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("tasks", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind"),
    )
    # The triggers take a lock that lets no task change until all of this is committed: then they are filled exactly.
    for statement in (COUNT_TOGETHER, COUNT_CHANGED, *TRIGGERS, FILL):
        op.execute(statement)


def downgrade() -> None:
    for name in ("count_entered", "count_removed", "count_changed"):
        op.execute(f"DROP TRIGGER {name} ON tasks")
    for name in ("count_together", "count_changed"):
        op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("waiting")
