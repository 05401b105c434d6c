"""Waiting for what shall happen, and looking at processes from outside."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import psutil


class Listener:
    """Takes lines, and waits until one was heard."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._news = asyncio.Event()

    def __call__(self, line: str) -> None:
        self.lines.append(line)
        self._news.set()

    async def hear(self, line: str, times: int = 1) -> None:
        async with asyncio.timeout(30):
            while self.lines.count(line) < times:
                self._news.clear()
                await self._news.wait()


def wait_until(condition: Callable[[], object], what: str, *, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for: {what}"
        time.sleep(0.02)


def lives(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def processes_in(folder: Path) -> list[psutil.Process]:
    """Living processes whose working directory is in `folder`, as that of PostgreSQL and Valkey is."""
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(folder) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found
