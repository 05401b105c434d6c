"""PostgreSQL and Valkey for all systems of a run, with databases of one's own in them."""

from itertools import count
from urllib.parse import urlsplit, urlunsplit

import psycopg

from local.postgres import EmbeddedPostgres
from local.valkey import EmbeddedValkey


class Servers:
    """The running servers. They are shared, since only one system is at work at a time.

    Args:
        postgres: writes to disk, as `make up` has it.
        valkey: likewise.
    """

    def __init__(self, postgres: EmbeddedPostgres, valkey: EmbeddedValkey) -> None:
        self._postgres = postgres
        self._valkey = valkey
        self._numbers = count()

    def database(self) -> str:
        """The URL of a new, empty PostgreSQL database."""
        name = f"line_{next(self._numbers)}"
        with psycopg.connect(self._postgres.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return _with_path(self._postgres.url, name)

    def redis(self) -> str:
        """The URL of a Valkey database that nobody else uses."""
        return _with_path(self._valkey.url, str(next(self._numbers)))

    def processes(self) -> dict[str, int]:
        """Their process ids."""
        return {"postgres": self._postgres.process.pid, "valkey": self._valkey.process.pid}


def _with_path(url: str, path: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{path}"))
