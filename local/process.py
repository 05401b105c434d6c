"""One child process in a session of its own: started, watched, and ended together with all it forked."""

import asyncio
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

import psutil

Emit = Callable[[str], None]
"""Takes one line of a child's output, without its line end."""

LINE_LIMIT = 64 * 1024
KILL_WAIT = 5.0
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(signum: int) -> Callable[[], None]:
    """What a child runs between fork and exec so that `signum` reaches it when its parent dies (Linux only)."""
    parent = os.getpid()

    def ask_the_kernel() -> None:
        if _libc is None:
            return
        _libc.prctl(_PR_SET_PDEATHSIG, signum, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask_the_kernel


def follow_parent(signum: int) -> None:
    """Have `signum` sent to this very process when its parent dies (Linux only)."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signum, 0, 0, 0)


def session_members(leader: int) -> list[psutil.Process]:
    """Every living process of the session that `leader` opened, itself included; zombies are not living."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == leader and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (OSError, psutil.Error):
            continue
    return found


def signal_all(processes: Sequence[psutil.Process], signum: int) -> None:
    """Send `signum` to each; those that are gone are passed over."""
    for process in processes:
        try:
            process.send_signal(signum)
        except psutil.Error:
            continue


class Process:
    """A child that leads its own session.

    Args:
        argv, env, cwd: what is run; `env` is the whole environment.
        user: (uid, gid) to become, or None to stay.
        emit: gets each line of its output. Without it the output is appended to `log`, else thrown away.
        death_signal: what the kernel sends it when this process dies without having stopped it.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path | None = None,
        user: tuple[int, int] | None = None,
        emit: Emit | None = None,
        log: Path | None = None,
        death_signal: int = signal.SIGTERM,
    ) -> None:
        self.argv = tuple(argv)
        self._env = dict(env)
        self._cwd = cwd
        self._user = user
        self._emit = emit
        self._log = log
        self._death_signal = death_signal
        self._child: asyncio.subprocess.Process | None = None
        self._pump: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """The child's pid, which is its session's id too."""
        if self._child is None:
            raise RuntimeError(f"{self.argv[0]} was not started")
        return self._child.pid

    @property
    def running(self) -> bool:
        """Whether the child itself lives; what it forked may outlive it."""
        return self._child is not None and self._child.returncode is None

    async def start(self) -> None:
        """Fork and exec. Raises OSError when the program cannot be run."""
        if self._emit is not None:
            reading, writing = os.pipe()
            try:
                await self._spawn(writing)
            except BaseException:
                os.close(reading)
                raise
            finally:
                os.close(writing)
            self._pump = asyncio.create_task(_pump(reading, self._emit))
        elif self._log is not None:
            with self._log.open("ab") as output:
                await self._spawn(output)
        else:
            await self._spawn(asyncio.subprocess.DEVNULL)

    async def _spawn(self, output: int | IO[bytes]) -> None:
        uid, gid = self._user if self._user is not None else (None, None)
        self._child = await asyncio.create_subprocess_exec(
            *self.argv,
            env=self._env,
            cwd=self._cwd,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            user=uid,
            group=gid,
            extra_groups=[] if self._user is not None else None,
            preexec_fn=die_with_parent(self._death_signal),
        )

    async def wait(self) -> int:
        """Wait for the child's end; its return code, negative for a signal."""
        if self._child is None:
            raise RuntimeError(f"{self.argv[0]} was not started")
        return await self._child.wait()

    def send_signal(self, signum: int) -> None:
        """To the child alone, if it still lives."""
        if self._child is not None and self._child.returncode is None:
            self._child.send_signal(signum)

    async def stop(self, signum: int, grace: float) -> bool:
        """Ask the child to end, and after `grace` seconds end its whole session by force.

        Returns whether it went by itself. Whatever it forked is gone afterwards.
        """
        went = True
        if self.running:
            self.send_signal(signum)
            try:
                await asyncio.wait_for(self.wait(), grace)
            except TimeoutError:
                went = False
        await self.kill()
        return went

    async def kill(self) -> None:
        """SIGKILL to the child and all of its session; returns when none of them lives."""
        if self._child is None:
            return
        if self.running or not psutil.pid_exists(self._child.pid):  # else the pid is somebody else's by now
            await end_session(self._child.pid)
        await self._child.wait()
        if self._pump is not None:
            await asyncio.wait([self._pump], timeout=1.0)
            self._pump.cancel()
            self._pump = None


def without(noise: Sequence[str], emit: Emit) -> Emit:
    """`emit`, but for lines that hold one of these."""
    return lambda line: None if any(words in line for words in noise) else emit(line)


async def end_session(leader: int) -> None:
    """SIGKILL everything in the session that `leader` opened, until nothing of it lives (5 s at most)."""
    deadline = time.monotonic() + KILL_WAIT
    while (members := session_members(leader)) and time.monotonic() < deadline:
        signal_all(members, signal.SIGKILL)
        await asyncio.sleep(0.01)


async def _pump(reading: int, emit: Emit) -> None:
    """Hand on line by line what comes out of the pipe, until its last writer has gone."""
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(reading, "rb", buffering=0)
    )
    rest = b""
    try:
        while chunk := await reader.read(LINE_LIMIT):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                emit(line.decode("utf-8", "replace").rstrip("\r"))
            if len(rest) > LINE_LIMIT:
                emit(rest.decode("utf-8", "replace"))
                rest = b""
    finally:
        if rest:
            emit(rest.decode("utf-8", "replace"))
        transport.close()
