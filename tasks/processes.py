"""Processes of this machine, told apart from later ones with the same number by when they began."""

import psutil


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
