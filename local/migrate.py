"""`python -m local.migrate`: wait for the database, then bring its tables up to date."""

import sys
import time
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from settings import Settings

ROOT = Path(__file__).resolve().parent.parent
WAIT_SECONDS = 120.0
PAUSE_SECONDS = 0.5


def configuration() -> Config:
    """Alembic's configuration, whatever the working directory is."""
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "db" / "migrations"))
    return config


def wait_for_database(settings: Settings, *, seconds: float = WAIT_SECONDS) -> None:
    """Return once the database takes connections. Raises TimeoutError after `seconds`."""
    url = settings.sqlalchemy_url.replace("postgresql+psycopg://", "postgresql://", 1)
    deadline = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise TimeoutError(f"The database did not answer within {seconds:.0f} s: {error}") from error
            time.sleep(PAUSE_SECONDS)
        else:
            return


def is_current(settings: Settings) -> bool:
    """Whether the tables are those of this version; False too when the database cannot be reached."""
    engine = create_engine(settings.sqlalchemy_url, connect_args={"connect_timeout": 5})
    try:
        with engine.connect() as connection:
            found = set(MigrationContext.configure(connection).get_current_heads())
    except OperationalError:
        return False
    finally:
        engine.dispose()
    return found == set(ScriptDirectory.from_config(configuration()).get_heads())


def main() -> int:
    """Exit code 0 when the tables are up to date."""
    settings = Settings()
    try:
        wait_for_database(settings)
    except TimeoutError as error:
        print(error, file=sys.stderr)
        return 1
    if is_current(settings):
        print("The database is up to date.")
    else:
        command.upgrade(configuration(), "head")
        print("The database was brought up to date.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
