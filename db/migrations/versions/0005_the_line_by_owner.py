"""each owner's place in the line, and statistics that keep up with it"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

UNFINISHED = "status IN ('queued', 'running')"
# A line comes and goes within minutes, when the history is so long that a tenth of it is a month's work.
ANALYZE_OFTEN = "ALTER TABLE tasks SET (autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 1000)"
ANALYZE_AS_OTHERS = "ALTER TABLE tasks RESET (autovacuum_analyze_scale_factor, autovacuum_analyze_threshold)"


def upgrade() -> None:
    # Not of all that is unfinished: then those that run could be looked for among all who wait.
    op.drop_index("ix_tasks_unfinished_of_session", table_name="tasks")
    _index_of_session(f"session_id IS NOT NULL AND {UNFINISHED}")
    op.drop_index("ix_tasks_unfinished_of_owner", table_name="tasks")
    op.create_index(
        "ix_tasks_queued_of_owner",
        "tasks",
        ["owner", "ticket"],
        postgresql_where=sa.text("status = 'queued'"),
    )
    op.execute(ANALYZE_OFTEN)


def downgrade() -> None:
    op.execute(ANALYZE_AS_OTHERS)
    op.drop_index("ix_tasks_queued_of_owner", table_name="tasks")
    op.create_index("ix_tasks_unfinished_of_owner", "tasks", ["owner"], postgresql_where=sa.text(UNFINISHED))
    op.drop_index("ix_tasks_unfinished_of_session", table_name="tasks")
    _index_of_session(UNFINISHED)


def _index_of_session(where: str) -> None:
    op.create_index(
        "ix_tasks_unfinished_of_session", "tasks", ["session_id", "ticket"], postgresql_where=sa.text(where)
    )
