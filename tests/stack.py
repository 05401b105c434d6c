"""The real processes for tests: the same commands as `make up`, on the test's own services."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Self, TypeVar

import httpx2

from local.commands import Command, api, sweep, worker
from settings import Settings
from streaming.fold import parse_frames
from tests.services import ROOT, Services

T = TypeVar("T")
Event = tuple[str, dict[str, Any]]


async def until(what: Callable[[], Awaitable[T | None]], *, seconds: float = 20.0) -> T:
    """Wait for a condition: the first value that is neither None nor False."""
    end = time.monotonic() + seconds
    while True:
        value = await what()
        if value is not None and value is not False:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s in vain for {what}")
        await asyncio.sleep(0.02)


def free_port() -> int:
    """A port that nobody listens to now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Stack:
    """API, both workers and the sweep, as processes.

    Args:
        services: the test's own services.
        folder: where their output goes, a file each.
        environment: more settings.
        apis: how many API processes; `api`, `api-2` and so on, at `addresses`.
    """

    def __init__(self, services: Services, folder: Path, environment: Mapping[str, str], *, apis: int = 1) -> None:
        self._folder = folder
        self._given = {
            **services.environment,
            "API_PORT": str(free_port()),
            "DATABASE_POOL_SIZE": "5",
            **environment,
        }
        settings = Settings(_env_file=None, **{k.lower(): v for k, v in self._given.items()})  # type: ignore[arg-type]
        self.settings = settings
        self.commands: dict[str, Command] = {
            command.name: command
            for command in (
                api(settings),
                worker("interactive", settings.max_concurrent_chat_and_research, settings),
                worker("ingest", settings.ingest_concurrency, settings),
                sweep(),
            )
        }
        ports = [settings.api_port, *(free_port() for _ in range(apis - 1))]
        for number, port in enumerate(ports[1:], start=2):
            another = api(settings)
            env = {**another.env, "API_PORT": str(port)}
            self.commands[f"api-{number}"] = replace(another, name=f"api-{number}", env=env)
        self.addresses = [f"http://127.0.0.1:{port}" for port in ports]
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        anew = httpx2.Limits(max_keepalive_connections=0)  # a kept connection may just be closed
        self.http = httpx2.AsyncClient(base_url=f"http://127.0.0.1:{settings.api_port}", timeout=60, limits=anew)

    def start(self, name: str) -> None:
        """Start one process, in a group of its own."""
        command = self.commands[name]
        with (self._folder / f"{name}.log").open("ab") as output:
            self._spawn(name, command, output)

    def _spawn(self, name: str, command: Command, output: IO[bytes]) -> None:
        self.processes[name] = subprocess.Popen(
            [sys.executable, *command.argv[1:]],
            cwd=ROOT,
            env={**_clean_environment(), **self._given, **command.env},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def signal(self, name: str, number: int) -> None:
        """Send a signal to a process alone."""
        self.processes[name].send_signal(number)

    def kill_group(self, name: str) -> None:
        """Kill a process with all it forked, at once."""
        os.killpg(self.processes[name].pid, signal.SIGKILL)
        self.processes[name].wait()

    async def stop(self, name: str, *, seconds: float = 20.0) -> None:
        """Ask a process to end, and wait for it."""
        process = self.processes.pop(name)
        process.terminate()
        await until(lambda: _value(process.poll() is not None), seconds=seconds)

    def output(self, name: str) -> str:
        """What a process printed."""
        return (self._folder / f"{name}.log").read_text(errors="replace")

    async def ready(self) -> None:
        """Wait until `/readyz` of every API process says so."""

        async def probe() -> bool:
            try:
                return all([(await self.http.get(f"{url}/readyz")).status_code == 200 for url in self.addresses])
            except httpx2.TransportError:
                return False

        await until(probe, seconds=120)

    async def __aenter__(self) -> Self:
        for name in self.commands:
            self.start(name)
        try:
            await self.ready()
        except BaseException:
            for name in self.commands:
                print(f"--- {name}\n{self.output(name)[-3000:]}")
            self._kill_all()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()
        self._kill_all()

    def _kill_all(self) -> None:
        for process in self.processes.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    # What a person does

    async def call(self, method: str, path: str, *, expect: int, **options: Any) -> Any:
        """One call; its JSON, after a look at the status."""
        response = await self.http.request(method, path, **options)
        assert response.status_code == expect, (response.status_code, response.text)
        return response.json() if response.content else None

    async def new_session(self) -> str:
        """The id of a new session."""
        return str((await self.call("POST", "/sessions", json={}, expect=201))["id"])

    async def say(self, session_id: str, content: str, **more: Any) -> dict[str, Any]:
        """Send a message; the receipt."""
        body = {"content": content, **more}
        receipt: dict[str, Any] = await self.call("POST", f"/sessions/{session_id}/messages", json=body, expect=202)
        return receipt

    async def task(self, task_id: str) -> dict[str, Any]:
        """One task."""
        task: dict[str, Any] = await self.call("GET", f"/tasks/{task_id}", expect=200)
        return task

    async def queue(self) -> dict[str, Any]:
        """The queue."""
        queue: dict[str, Any] = await self.call("GET", "/queue", expect=200)
        return queue

    async def turns(self, session_id: str) -> list[dict[str, Any]]:
        """A session's turns."""
        items: list[dict[str, Any]] = (await self.call("GET", f"/sessions/{session_id}/turns", expect=200))["items"]
        return items

    async def status_becomes(self, task_id: str, *statuses: str, seconds: float = 20.0) -> dict[str, Any]:
        """Wait until a task has one of these statuses."""

        async def look() -> dict[str, Any] | None:
            task = await self.task(task_id)
            return task if task["status"] in statuses else None

        return await until(look, seconds=seconds)

    async def follow(self, task_id: str, *, after: int = 0, seconds: float = 60.0, **query: str) -> list[Event]:
        """All events of a stream until the server closes it."""
        return [event async for event in self.events(task_id, after=after, seconds=seconds, **query)]

    async def events(
        self, task_id: str, *, after: int = 0, seconds: float = 60.0, **query: str
    ) -> AsyncIterator[Event]:
        """The events of a stream as they come."""
        path = f"/stream/{task_id}"
        async with asyncio.timeout(seconds):
            async with self.http.stream("GET", path, params={"after": str(after), **query}) as response:
                if response.status_code == 204:
                    return
                assert response.status_code == 200, response.status_code
                pending = b""
                async for chunk in response.aiter_bytes():
                    *whole, pending = (pending + chunk).split(b"\n\n")
                    for frame in whole:
                        for event in parse_frames(frame + b"\n\n"):
                            yield event


async def _value(value: T) -> T:
    return value


def _clean_environment() -> dict[str, str]:
    ours = {name.upper() for name in Settings.model_fields}
    return {name: value for name, value in os.environ.items() if name not in ours}


@asynccontextmanager
async def running_stack(services: Services, folder: Path, *, apis: int = 1, **environment: str) -> AsyncIterator[Stack]:
    """The whole stack while the block runs; settings in capitals."""
    async with Stack(services, folder, environment, apis=apis) as stack:
        yield stack
