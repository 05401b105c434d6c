"""The API as a process of its own, and the test in the place of a worker."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Self
from uuid import UUID

import httpx2

from db.models import TaskRow
from local.commands import api
from scheduling.work import Outcome, WorkerIdentity
from settings import Settings
from streaming.events import Logged, frame
from streaming.fold import parse_frames
from tasks.wiring import Core, build_core
from tests.services import ROOT, Services
from tests.stack import free_port, until

Event = tuple[str, dict[str, Any]]


class Server:
    """One API process on the test's own services, run by the command that `make up` uses."""

    def __init__(self, services: Services, **environment: str) -> None:
        given = {**services.environment, "API_PORT": str(free_port()), **environment}
        ours = {name.upper() for name in Settings.model_fields}
        clean = {name: value for name, value in os.environ.items() if name not in ours}
        values: dict[str, Any] = {name.lower(): value for name, value in given.items()}
        self.settings = Settings(_env_file=None, **values)  # type: ignore[call-arg]
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - a pipe that nobody reads would stop the process
        self.process = subprocess.Popen(
            [sys.executable, *api(self.settings).argv[1:]],
            cwd=ROOT,
            env={**clean, **given, **api(self.settings).env},
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )
        anew = httpx2.Limits(max_keepalive_connections=0)  # a kept connection may just be closed
        self.http = httpx2.AsyncClient(base_url=f"http://127.0.0.1:{self.settings.api_port}", timeout=60, limits=anew)

    async def __aenter__(self) -> Self:
        try:
            await until(self._started, seconds=120)
        except TimeoutError:
            self.process.kill()
            self.process.wait()
            print(self.output())
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()
        self.process.kill()
        self.process.wait()
        self._output.close()

    async def _started(self) -> bool:
        assert self.process.poll() is None, self.output()
        try:
            return (await self.http.get("/queue")).status_code in (200, 401)
        except httpx2.TransportError:
            return False

    async def stop(self) -> str:
        """Ask it to end; what it printed."""
        self.process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(self.process.wait, timeout=20)
        return self.output()

    def output(self) -> str:
        """What it printed."""
        self._output.seek(0)
        return self._output.read().decode(errors="replace")

    async def message(self, content: str = "hello") -> UUID:
        """The task of a message to a new session."""
        session = (await self.http.post("/sessions", json={})).json()
        answer = await self.http.post(f"/sessions/{session['id']}/messages", json={"content": content})
        return UUID(answer.json()["task_id"])

    @asynccontextmanager
    async def stream(self, path: str, **headers: str) -> AsyncIterator["Frames"]:
        """An open stream."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        async with asyncio.timeout(30), self.http.stream("GET", path, headers=names) as response:
            yield Frames(response)


class Frames:
    """Reads an open stream event by event, and keeps its raw lines."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self.raw = b""
        self._chunks = response.aiter_bytes()
        self._pending = b""
        self._events: list[Event] = []

    async def next(self) -> Event | None:
        """The next event; None at the end of the stream."""
        while not self._events:
            try:
                chunk = await anext(self._chunks)
            except StopAsyncIteration:
                return None
            self.raw += chunk
            *whole, self._pending = (self._pending + chunk).split(b"\n\n")
            for each in whole:
                self._events += parse_frames(each + b"\n\n")
        return self._events.pop(0)

    async def rest(self) -> list[Event]:
        """Every event to the end."""
        events = []
        while (event := await self.next()) is not None:
            events.append(event)
        return events


class Published:
    """Takes wake-ups and does nothing with them: the test decides what runs."""

    async def publish(self, wakeups: object) -> None:
        return

    async def pending(self, queue: str) -> set[UUID] | None:
        return None


@dataclass
class Worker:
    """The test as a worker: claims, writes and finishes by hand."""

    core: Core
    task: TaskRow | None = None
    seq: int = 0

    async def claim(self, task_id: UUID) -> None:
        """Start a task and take its log over."""
        claimed = await self.core.line.claim(task_id, WorkerIdentity("test@host", "host", os.getpid(), 1.0))
        assert claimed is not None
        self.task, self.seq = claimed.task, 0
        await self.core.log.open(task_id, claimed.task.attempt, floor=0)

    async def write(self, *events: Logged) -> None:
        """Append events to the task's log."""
        assert self.task is not None
        frames = []
        for event in events:
            self.seq += 1
            frames.append((self.seq, frame(event, task_id=self.task.id, seq=self.seq, attempt=self.task.attempt)))
        await self.core.log.append(self.task.id, self.task.attempt, frames)

    async def finish(self, text: str = "", **more: Any) -> None:
        """End the task as completed, or as `status` says."""
        assert self.task is not None
        outcome = Outcome(**{"status": "completed", "text": text, **more})
        await self.core.line.finish(self.task, outcome, last_seq=self.seq, written=self.seq)


@asynccontextmanager
async def worker(settings: Settings) -> AsyncIterator[Worker]:
    """A worker on the same services."""
    core = build_core(settings)
    core = replace(core, line=replace(core.line, publisher=Published()))
    await core.configure()
    try:
        yield Worker(core)
    finally:
        await core.close()
