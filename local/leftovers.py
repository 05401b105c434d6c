"""What an earlier run left behind when it was killed itself: found by a mark in the environment, and ended."""

import asyncio
import signal
import time
from pathlib import Path

import psutil

from local.process import signal_all

MARK = "SLUICE_RUNS_IN"
"""In the environment of every child: its data folder. What a child forks inherits it."""

GRACE = 5.0
KILL_WAIT = 5.0


def find_leftovers(data_dir: Path) -> list[psutil.Process]:
    """Living processes that carry the mark of `data_dir`."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(data_dir) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (OSError, psutil.Error):
            continue
    return found


async def end_leftovers(data_dir: Path) -> int:
    """End them, by force after a grace. Call it only while holding the folder's lock; returns how many there were."""
    count = len(found := find_leftovers(data_dir))
    signal_all(found, signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    while (found := find_leftovers(data_dir)) and time.monotonic() < deadline + KILL_WAIT:
        if time.monotonic() > deadline:
            signal_all(found, signal.SIGKILL)
        await asyncio.sleep(0.05)
    return count
