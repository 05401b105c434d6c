"""Sluice under test: the processes of `make up`, on a durable PostgreSQL and Valkey of their own."""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2

from bench.line.lane import ModelLane
from bench.line.model import Exchange
from bench.line.processes import ROOT, clean_environment, cpu_seconds, send_all
from bench.line.servers import Servers
from bench.line.systems import PEOPLE, POLL_SECONDS, CannotError, Records, answering, note_moments
from tests.services import Services
from tests.stack import Stack, until

AT_ONCE = 8
OPENING_SECONDS = 60.0
KEEPALIVE_SECONDS = 2.0
"""Less than the server keeps an idle connection for."""
RENEWAL_SECONDS = 1.3
"""After a freeze: leases are renewed in that time, before the sweep looks at them."""
SETTINGS = {
    "AUTH_MODE": "proxy",
    "ADMIN_USERS": "operator",
    "LLM_MODEL": "bench",
    "LLM_FIRST_TOKEN_TIMEOUT": "3600",
    "LLM_IDLE_TIMEOUT": "3600",
    "MAX_ATTEMPTS": "1000",
}


class Sluice:
    """See `System`. `servers`: the processes of PostgreSQL and Valkey."""

    name = "sluice"

    def __init__(self, stack: Stack, lane: ModelLane, servers: dict[str, int]) -> None:
        self.lane = lane
        self._stack = stack
        self._servers = servers
        limits = httpx2.Limits(max_connections=None, keepalive_expiry=KEEPALIVE_SECONDS)
        self._http = httpx2.AsyncClient(base_url=stack.http.base_url, timeout=60, limits=limits)
        self._sessions: list[tuple[str, str]] = []
        self._tasks: dict[str, tuple[str, str]] = {}
        self._listening: list[asyncio.Task[None]] = []
        self._news: list[list[float]] = []

    async def make_sessions(self, count: int) -> None:
        """Sessions, each of another person."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def make(number: int) -> tuple[str, str]:
            person = f"person-{number}"
            async with gate:
                response = await self._http.post("/sessions", json={}, headers=_by(person))
            return person, str(_json(response, 201)["id"])

        self._sessions = await asyncio.gather(*(make(number) for number in range(count)))

    async def submit(self, marker: str, number: int) -> float:
        """See `System`."""
        person, session = self._sessions[number % len(self._sessions)]
        return await self._submit(marker, person, f"/sessions/{session}/messages", {"content": f"What is {marker}?"})

    async def submit_research(self, marker: str, number: int) -> float | None:
        """See `System`."""
        person = self._sessions[number % len(self._sessions)][0]
        seconds = await self._submit(marker, person, "/research", {"topic": f"What is {marker}?"})
        task_id = self._tasks.pop(marker)[1]
        _json(await self._http.post(f"/tasks/{task_id}/cancel", headers=_by(person)), 200)
        return seconds

    async def _submit(self, marker: str, person: str, path: str, body: dict[str, str]) -> float:
        begun = time.perf_counter()
        response = await self._http.post(path, json=body, headers=_by(person))
        seconds = time.perf_counter() - begun
        self._tasks[marker] = (person, _json(response, 202)["task_id"])
        return seconds

    async def follow(self, followers: int) -> None:
        """See `System`: pages on `/events`."""
        for number in range(followers):
            moments: list[float] = []
            self._news.append(moments)
            self._listening.append(asyncio.create_task(self._listen(f"person-{number}", moments)))

        async def opened() -> bool:
            return all(self._news)

        await until(opened, seconds=OPENING_SECONDS)

    async def _listen(self, person: str, moments: list[float]) -> None:
        """As a page does: when the stream ends, it is opened again."""
        while True:
            with suppress(httpx2.TransportError):
                async with self._http.stream("GET", "/events", headers=_by(person), timeout=None) as response:
                    await note_moments(response, moments, lambda line: line == "event: queue.changed")
            await asyncio.sleep(POLL_SECONDS)

    def news(self) -> list[list[float]]:
        """See `System`."""
        return self._news

    async def place(self, marker: str) -> float | None:
        """See `System`: `GET /stream/{id}` until `queue.position`."""
        person, task_id = self._tasks[marker]
        begun = time.perf_counter()
        async with self._http.stream("GET", f"/stream/{task_id}", headers=_by(person)) as response:
            async for line in response.aiter_lines():
                if line == "event: queue.position":
                    return time.perf_counter() - begun
        raise CannotError(f"the stream of a waiting task ended: {response.status_code}")

    async def records(self, exchanges: Sequence[Exchange]) -> Records | None:
        """See `System`: `started_at` and `finished_at` of `GET /tasks/{id}`."""
        offset = time.time() - time.monotonic()
        started: dict[str, float] = {}
        ended: dict[str, float] = {}
        for exchange in exchanges:
            person, task_id = self._tasks[exchange.marker]
            task = _json(await self._http.get(f"/tasks/{task_id}", headers=_by(person)), 200)
            for name, moments in (("started_at", started), ("finished_at", ended)):
                if task[name] is not None:
                    moments[exchange.marker] = datetime.fromisoformat(task[name]).timestamp() - offset
        return Records(started, ended)

    def cpu(self) -> dict[str, float]:
        """See `System`."""
        ours = {name: process.pid for name, process in self._stack.processes.items()}
        return cpu_seconds({**ours, **self._servers})

    async def resume(self) -> None:
        """See `System`. The sweep comes last: it ends processes that let their lease run out."""
        for name in ("worker-interactive", "worker-ingest", "api"):
            send_all(signal.SIGCONT, self._stack.processes[name].pid)
        await answering(self._http, "/readyz")
        await asyncio.sleep(RENEWAL_SECONDS)
        send_all(signal.SIGCONT, self._stack.processes["sweep"].pid)

    def freeze(self) -> None:
        """See `System`."""
        for name in ("sweep", "api", "worker-ingest", "worker-interactive"):
            send_all(signal.SIGSTOP, self._stack.processes[name].pid)

    async def close(self) -> None:
        """Let the pages go."""
        for task in self._listening:
            task.cancel()
        await asyncio.gather(*self._listening, return_exceptions=True)
        await self._http.aclose()


def _by(person: str) -> dict[str, str]:
    return {"X-Forwarded-User": person}


def _json(response: httpx2.Response, expected: int) -> Any:
    if response.status_code != expected:
        raise CannotError(f"{response.request.url.path}: {response.status_code} {response.text[:200]}")
    return response.json()


@asynccontextmanager
async def running_sluice(servers: Servers, folder: Path, lane: ModelLane) -> AsyncIterator[Sluice]:
    """Sluice with many people's sessions, while the block runs."""
    services = Services(servers.database(), servers.redis(), servers.redis())
    await _migrate(services)
    environment = {**SETTINGS, "LLM_BASE_URL": lane.url, "DATABASE_POOL_SIZE": "10"}
    async with Stack(services, folder, environment) as stack:
        sluice = Sluice(stack, lane, servers.processes())
        try:
            await sluice.make_sessions(PEOPLE)
            yield sluice
        finally:
            await sluice.close()


async def _migrate(services: Services) -> None:
    environment = {**clean_environment(), **services.environment}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "alembic", "upgrade", "head"), cwd=ROOT, env=environment
    )
    if await process.wait() != 0:
        raise RuntimeError("the tables could not be made")
