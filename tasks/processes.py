"""Processes of this machine, told apart from later ones with the same number by when they began."""

import socket
from functools import cache
from pathlib import Path

import psutil

BOOT = Path("/proc/sys/kernel/random/boot_id")
NUMBERS = Path("/proc/self/ns/pid")


@cache
def place() -> str:
    """Where process numbers mean what they mean here: this machine since it was started, and on Linux this container.

    Machines and containers may share a name, so the name alone will not do.
    """
    parts = [socket.gethostname()]
    if BOOT.exists():
        parts += [BOOT.read_text().strip(), NUMBERS.readlink().name]
    return " ".join(parts)


def is_process(pid: int | None, started_at: float | None) -> bool:
    """Whether the process with this number and start time (seconds since the epoch) still exists."""
    return _find(pid, started_at) is not None


def kill_process(pid: int | None, started_at: float | None, seconds: float) -> bool:
    """Kill a process, a frozen one too.

    Returns:
        Whether it is gone.
    """
    process = _find(pid, started_at)
    if process is None:
        return True
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False
    _, alive = psutil.wait_procs([process], timeout=seconds)
    return not alive


def _find(pid: int | None, started_at: float | None) -> psutil.Process | None:
    if pid is None or started_at is None:
        return None
    try:
        process = psutil.Process(pid)
        if abs(process.create_time() - started_at) > 0.05 or process.status() == psutil.STATUS_ZOMBIE:
            return None
    except psutil.NoSuchProcess:
        return None
    return process
