"""`make up`: the whole of Sluice on this machine, until Ctrl-C or SIGTERM."""

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path

import psutil
from httpx2 import AsyncClient, HTTPError

from local.checks import choose_ports, data_folder, read_settings
from local.commands import Command, applications, migrate
from local.console import Console
from local.leftovers import MARK, end_leftovers
from local.postgres import EmbeddedPostgres
from local.problem import StartError
from local.process import follow_parent
from local.supervisor import CommandService, Service, Supervisor, child_environment, ending
from local.valkey import EmbeddedValkey
from settings import Settings

ROOT = Path(__file__).resolve().parent.parent
TELL_EVERY = 10.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stack:
    """Everything `make up` runs.

    Args:
        settings: with ports that are known to be free.
        folder: the data folder, held by this process.
        commands: what runs on top of the database and Redis.
    """

    def __init__(self, settings: Settings, folder: Path, commands: list[Command]) -> None:
        self._settings = settings
        self._folder = folder
        self._commands = commands
        self.console = Console(max(len(command.name) for command in commands))
        self.supervisor = Supervisor(self.console.say)

    async def start(self) -> None:
        """Start stage after stage, then say where to look. Raises StartError."""
        began = time.monotonic()
        if count := await end_leftovers(self._folder):
            self.console.say(f"Ended {count} processes that an earlier run had left behind.")
        environment = child_environment(await self._start_services())
        await self._run_to_end(migrate(), environment)
        self.console.say(f"Starting {', '.join(command.name for command in self._commands)} …")
        await self.supervisor.start([self._service(command, environment) for command in self._commands])
        await self._until_ready()
        self._say_where_to_look(time.monotonic() - began)

    async def _start_services(self) -> dict[str, str]:
        """Embed what no URL was given for; the environment that tells the children."""
        embedded: dict[str, Service] = {}
        if self._settings.database_url is None:
            server = EmbeddedPostgres(self._folder / "postgres", emit=self.console.emit_as("postgres"))
            embedded["PostgreSQL"] = server
        if self._settings.redis_url is None:
            valkey = EmbeddedValkey(self._folder / "valkey", emit=self.console.emit_as("valkey"))
            embedded["Valkey"] = valkey
        if embedded:
            self.console.say(f"Starting {' and '.join(embedded)} …")
            await self.supervisor.start(list(embedded.values()))
        return {
            "DATABASE_URL": self._settings.database_url or server.url,
            "REDIS_URL": self._settings.redis_url or valkey.url,
            "DATA_DIR": str(self._folder),
            "API_PORT": str(self._settings.api_port),
            "FLOWER_PORT": str(self._settings.flower_port),
            MARK: str(self._folder),
        }

    def _service(self, command: Command, environment: dict[str, str]) -> CommandService:
        return CommandService(command, env=environment, cwd=ROOT, emit=self.console.emit_as(command.name))

    async def _run_to_end(self, command: Command, environment: dict[str, str]) -> None:
        self.console.say("Bringing the database up to date …")
        service = self._service(command, environment)
        try:
            await service.start()
            code = await service.wait()
        finally:
            await service.hurry()
        if code != 0:
            raise StartError(f"The database could not be brought up to date ({ending(code)}); the reason is above.")

    async def _until_ready(self) -> None:
        """Wait for `/readyz`; what is missing is told now and then. Without an end: a dead child comes again."""
        next_word = time.monotonic() + TELL_EVERY
        async with AsyncClient(trust_env=False, timeout=5.0) as client:
            while True:
                missing = await self._missing(client)
                if missing is None:
                    return
                if time.monotonic() > next_word:
                    self.console.say(f"Not ready yet: {missing}")
                    next_word += TELL_EVERY
                await asyncio.sleep(0.1)

    async def _missing(self, client: AsyncClient) -> str | None:
        """None once everything answers, else what does not."""
        try:
            answer = await client.get(f"{self.address}/readyz")
        except (HTTPError, OSError):
            return "the API does not answer"
        if answer.status_code == 200:
            return None
        try:
            return str(answer.json()["detail"])
        except (json.JSONDecodeError, KeyError, TypeError):
            return f"the API answers {answer.status_code}"

    @property
    def address(self) -> str:
        """Where a browser on this machine finds the API."""
        return f"http://{_reachable(self._settings.api_host)}:{self._settings.api_port}"

    def _say_where_to_look(self, seconds: float) -> None:
        flower = f"http://{_reachable(self._settings.flower_host)}:{self._settings.flower_port}"
        say = self.console.say
        say("")
        say(f"Sluice is ready ({seconds:.1f} s).")
        say(f"  page          {self.address}")
        say(f"  API           {self.address}/openapi.json")
        say(f"  Flower        {flower}")
        say(f"  data          {self._folder}")
        say("  to stop       Ctrl-C")
        say("")


def _reachable(host: str) -> str:
    """An address to put into a URL for a host that may be a wildcard."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"[{host}]" if ":" in host else host


async def run(stack: Stack) -> None:
    """Start, stay until a signal, stop in order; Ctrl-C then hurries. Raises StartError after having stopped."""
    asked: asyncio.Queue[int] = asyncio.Queue()
    for signum in STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(signum, asked.put_nowait, signum)
    signalled = asyncio.create_task(asked.get())
    starting = asyncio.create_task(stack.start())
    try:
        await asyncio.wait({signalled, starting}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
        await signalled
        stack.console.say("Stopping … (Ctrl-C to hurry)")
    finally:
        signalled.cancel()
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await stop(stack, asked)


async def stop(stack: Stack, asked: asyncio.Queue[int]) -> None:
    """In reverse order; fast and by force when Ctrl-C comes, which nobody but a person sends."""
    stopping = asyncio.create_task(stack.supervisor.stop())
    hurry = asyncio.create_task(_interrupted(asked))
    await asyncio.wait({stopping, hurry}, return_when=asyncio.FIRST_COMPLETED)
    if not stopping.done():
        stack.console.say("Hurrying: ending what still runs by force.")
        stopping.cancel()
        await asyncio.gather(stopping, return_exceptions=True)
        await stack.supervisor.hurry()
    hurry.cancel()
    stack.console.say("Stopped.")


async def _interrupted(asked: asyncio.Queue[int]) -> None:
    while await asked.get() != signal.SIGINT:
        continue


def main() -> int:
    """Exit code 0 after an orderly stop, 1 when something stood in the way of starting."""
    if psutil.Process().parent() is not None and "make" in psutil.Process(os.getppid()).name():
        follow_parent(signal.SIGTERM)
    try:
        settings = read_settings()
        with data_folder(settings) as folder:
            settings = choose_ports(settings)
            asyncio.run(run(Stack(settings, folder, applications(settings))))
    except StartError as error:
        print(f"Sluice cannot start: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
