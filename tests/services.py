"""A real PostgreSQL and a real Valkey for tests, and databases of one's own in them.

`TEST_DATABASE_URL` and `TEST_REDIS_URL` name servers that run already; else both are started for this run.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import redis

ROOT = Path(__file__).resolve().parent.parent
REDIS_PAIRS = 8


@dataclass(frozen=True, slots=True)
class Services:
    """One test's own database, and its own pair of Redis databases."""

    database_url: str
    redis_url: str
    broker_url: str

    @property
    def environment(self) -> dict[str, str]:
        """What a process of ours needs to use them."""
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url, "BROKER_URL": self.broker_url}


@dataclass(slots=True)
class Servers:
    """The two servers of a run. The first database is migrated once; the others are copies of it."""

    database_url: str
    redis_url: str
    _template: str | None = None
    _free: list[int] = field(default_factory=lambda: list(range(REDIS_PAIRS)))

    @contextmanager
    def own(self) -> Iterator[Services]:
        """Services of one's own while the block runs."""
        name = f"test_{uuid4().hex[:12]}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {self._migrated()}")
        pair = self._free.pop(0)
        services = Services(
            _with_path(self.database_url, name),
            _with_path(self.redis_url, str(2 * pair)),
            _with_path(self.redis_url, str(2 * pair + 1)),
        )
        for url in (services.redis_url, services.broker_url):
            with redis.Redis.from_url(url) as client:
                client.flushdb()
        try:
            yield services
        finally:
            self._free.append(pair)
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _migrated(self) -> str:
        if self._template is None:
            template = f"test_template_{uuid4().hex[:12]}"
            self._run(f"CREATE DATABASE {template}")
            migrate(_with_path(self.database_url, template), "upgrade", "head")
            self._template = template
        return self._template

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(statement.encode())


def migrate(database_url: str, *words: str) -> None:
    """Alembic's words on a database."""
    command = [sys.executable, "-m", "alembic", *words]
    environment = {**os.environ, "DATABASE_URL": database_url}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)


@contextmanager
def running_servers() -> Iterator[Servers]:
    """The servers that the environment names, or new ones while the block runs."""
    if "TEST_DATABASE_URL" in os.environ and "TEST_REDIS_URL" in os.environ:
        yield Servers(os.environ["TEST_DATABASE_URL"], os.environ["TEST_REDIS_URL"])
        return
    command = [sys.executable, "-m", "local.services"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            urls = dict(process.stdout.readline().strip().split("=", 1) for _ in range(2))
            yield Servers(urls["DATABASE_URL"], urls["REDIS_URL"])
        finally:
            process.terminate()
            process.wait(timeout=30)


def _with_path(url: str, path: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{path}"))
