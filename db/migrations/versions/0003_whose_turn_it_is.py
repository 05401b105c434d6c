"""when a task gave its slot back, in the order of tickets"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tasks", sa.Column("ended_ticket", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_tasks_ended_of_owner",
        "tasks",
        ["owner", "ended_ticket"],
        postgresql_where=sa.text("ended_ticket IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_tasks_ended_of_owner", table_name="tasks")
    op.drop_column("tasks", "ended_ticket")
