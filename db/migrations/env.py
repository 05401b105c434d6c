"""Alembic's entry: runs the migrations on `DATABASE_URL`, one process at a time."""

from alembic import context
from sqlalchemy import create_engine, text

from db.models import Base
from settings import Settings

MIGRATION_LOCK = 0x51_01CE_01


def run() -> None:
    """Migrate under an advisory lock, so that several starting processes do not race."""
    engine = create_engine(Settings().sqlalchemy_url, connect_args={"connect_timeout": 5})
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        connection.commit()
        context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
        connection.commit()
    engine.dispose()


run()
