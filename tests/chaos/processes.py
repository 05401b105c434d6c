"""The stack of a run: two APIs, two interactive workers, an ingest worker, the sweep, on servers of its own."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import redis.asyncio as redis
from psycopg.rows import dict_row

from local.commands import Command, api, sweep, worker
from local.postgres import EmbeddedPostgres
from local.process import die_with_parent
from local.valkey import EmbeddedValkey
from tests.chaos.options import Options
from tests.services import ROOT, Services
from tests.stack import Stack, free_port

APIS = ("api-1", "api-2")
WORKERS = ("interactive-1", "interactive-2", "ingest-1")
SETTINGS = {
    "AUTH_MODE": "proxy",
    "LLM_MODEL": "fake",
    "LLM_FIRST_TOKEN_TIMEOUT": "5",
    "LLM_IDLE_TIMEOUT": "2",
    "STREAM_PING_SECONDS": "5",
    "INGEST_CONCURRENCY": "1",
    "MAX_ATTEMPTS": "5",
}


class ChaosStack(Stack):
    """`Stack` with more of each process. `urls` are the APIs' addresses by name."""

    def __init__(self, services: Services, folder: Path, environment: dict[str, str]) -> None:
        super().__init__(services, folder, environment)
        ports = {APIS[0]: self.settings.api_port, APIS[1]: free_port()}
        self.urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        slots = {"interactive": self.settings.max_concurrent_chat_and_research, "ingest": 1}
        commands = [replace(api(self.settings), name=name, env={"API_PORT": str(port)}) for name, port in ports.items()]
        for name in WORKERS:
            queue = name.split("-")[0]
            commands.append(_named(worker(queue, slots[queue], self.settings), queue, name))
        commands.append(sweep())
        self.commands = {command.name: command for command in commands}


def _named(command: Command, queue: str, name: str) -> Command:
    argv = tuple(f"{name}@%h" if word == f"{queue}@%h" else word for word in command.argv)
    return replace(command, name=name, argv=argv)


@dataclass(slots=True)
class World:
    """All parts of a run. `model`: the fake model server's address without `/v1`."""

    stack: ChaosStack
    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey
    model: str

    async def rows(self, query: str) -> list[dict[str, Any]]:
        """Read the database, however long it is away."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self.postgres.url, row_factory=dict_row, connect_timeout=3
                ) as connection:
                    return await (await connection.execute(query.encode())).fetchall()
            except psycopg.OperationalError:
                await asyncio.sleep(0.05)

    async def running(self) -> list[dict[str, Any]]:
        """The tasks that run, and where."""
        return await self.rows(
            "SELECT id::text, kind, worker_node, worker_pid FROM tasks WHERE status = 'running' ORDER BY started_at"
        )

    def redis(self) -> "redis.Redis":
        """A client of the application's Redis database."""
        return redis.Redis.from_url(self.valkey.url, socket_timeout=5)


@asynccontextmanager
async def running_world(options: Options, folder: Path) -> AsyncIterator[World]:
    """Everything, ready for work, while the block runs."""
    postgres, valkey = EmbeddedPostgres(folder / "postgres"), EmbeddedValkey(folder / "valkey")
    try:
        await asyncio.gather(postgres.start(), valkey.start())
        services = Services(postgres.url, valkey.url, valkey.url.removesuffix("/0") + "/1")
        await _migrate(services)
        with _model_server(folder) as model:
            line = {"MAX_CONCURRENT_CHAT_AND_RESEARCH": str(options.limit), "LLM_BASE_URL": f"{model}/v1"}
            async with ChaosStack(services, folder, {**SETTINGS, **line}) as stack:
                yield World(stack, postgres, valkey, model)
    finally:
        await asyncio.gather(valkey.stop(), postgres.stop())


@contextmanager
def _model_server(folder: Path) -> Iterator[str]:
    """The fake model server as a process of its own, so that what it measures does not wait for the clients."""
    with (folder / "model.log").open("ab") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.upstream", "--behave", json.dumps({"tokens": 15, "rate": 80})],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip().removesuffix("/v1")
    finally:
        process.terminate()
        process.communicate()


async def _migrate(services: Services) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "alembic", "upgrade", "head"), cwd=ROOT, env={**os.environ, **services.environment}
    )
    if await process.wait() != 0:
        raise RuntimeError("the tables could not be made")
