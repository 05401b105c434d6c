"""Several API processes on the same services, and the test as a worker that writes with the real pen."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import httpx2
import redis.asyncio as redis

from scheduling.returns import Returns
from scheduling.work import Outcome, WorkerIdentity
from streaming.events import Delta, Logged, Reset, Started
from tasks.wiring import Core, build_core
from tasks.writer import Writer
from tests.integration.api.server import Published, Server
from tests.reader import Reader
from tests.services import Services

PARALLEL = {"MAX_CONCURRENT_CHAT_AND_RESEARCH": "64", "DATABASE_POOL_SIZE": "5"}


@dataclass
class Pen:
    """One attempt after another at one task, written as `tasks.run` does it."""

    core: Core
    task_id: UUID
    log_max_bytes: int
    writer: Writer = field(init=False)

    async def begin(self) -> "Pen":
        """Claim the task and begin to write."""
        claimed = await self.core.line.claim(self.task_id, WorkerIdentity("test@host", "host", os.getpid(), 1.0))
        assert claimed is not None
        self._task = claimed.task
        self.writer = Writer(self.core.log, self.core.line, self._task, log_max_bytes=self.log_max_bytes)
        self._writing = asyncio.create_task(self.writer.run())
        self.writer.emit(Started(model="test", waited_ms=claimed.waited_ms))
        if self._task.attempt > 1:
            self.writer.emit(Reset(keep=0, reason="again"))
        return self

    async def say(self, *texts: str) -> None:
        """Write texts, each as an event of its own."""
        for text in texts:
            await self.emit(Delta(text=text))

    async def emit(self, event: Logged) -> None:
        """Write an event and wait until it is in the log."""
        self.writer.emit(event)
        await self.writer.drain(20)

    async def end(self, status: Any = "completed") -> None:
        """End the task with what was written."""
        await self.writer.drain(20)
        written = self.writer.folded
        outcome = Outcome(status, written.text, written.citations)
        await self.core.line.finish(self._task, outcome, last_seq=self.writer.last_id, written=self.writer.written)
        await self.stop()

    async def die(self) -> None:
        """Stop in the middle, and let the line take the task back."""
        await self.stop()
        await self.core.line.renew(self._task, checkpoint_text=self.writer.folded.text)
        await Returns(self.core.line).lost([self._task])

    async def stop(self) -> None:
        """Write no more, and say nothing to anybody, as a process that died."""
        self._writing.cancel()
        with suppress(asyncio.CancelledError):
            await self._writing


@dataclass
class Cluster:
    """API processes, and the way to them."""

    services: Services
    servers: list[Server]
    core: Core
    http: httpx2.AsyncClient
    redis: "redis.Redis"

    @property
    def urls(self) -> list[str]:
        """Where the API processes listen."""
        return [f"http://127.0.0.1:{server.settings.api_port}" for server in self.servers]

    async def waiting(self, words: str = "hello") -> UUID:
        """A task that waits, from the first of the processes."""
        return await self.servers[0].message(words)

    async def pen(self, task_id: UUID, *, log_max_bytes: int = 4 * 1024 * 1024) -> Pen:
        """Begin to write a task."""
        return await Pen(self.core, task_id, log_max_bytes).begin()

    def reader(self, task_id: UUID, *, at: int | None = None, **options: Any) -> Reader:
        """A reader at one of the processes, or at any."""
        urls = self.urls if at is None else [self.urls[at]]
        return Reader(self.http, urls, task_id, **options)

    async def follow(self, *readers: Reader) -> list["asyncio.Task[Reader]"]:
        """Let readers follow; they have begun when this returns."""
        tasks = [asyncio.create_task(reader.run()) for reader in readers]
        async with asyncio.timeout(20):
            for reader in readers:
                await reader.begun.wait()
        return tasks

    async def assert_exact(self, following: "list[asyncio.Task[Reader]]") -> list[Reader]:
        """All come to the end with the bytes of the database."""
        async with asyncio.timeout(60):
            readers = await asyncio.gather(*following)
        for reader in readers:
            await reader.assert_exact(self.services.database_url)
        return readers


@asynccontextmanager
async def running_cluster(services: Services, count: int = 2, **environment: str) -> AsyncIterator[Cluster]:
    """So many API processes while the block runs; settings in capitals."""
    servers = [Server(services, **{**PARALLEL, **environment}) for _ in range(count)]
    core = build_core(servers[0].settings)
    core = replace(core, line=replace(core.line, publisher=Published()))
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=0)  # a kept one may just be closed
    http = httpx2.AsyncClient(limits=limits, timeout=httpx2.Timeout(60, pool=None))
    client = redis.Redis.from_url(services.redis_url)
    try:
        for server in servers:
            await server.__aenter__()
        yield Cluster(services, servers, core, http, client)
    finally:
        await http.aclose()
        await client.aclose()
        await core.close()
        for server in servers:
            await server.__aexit__()
