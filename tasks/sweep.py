"""The sweep as a process: `python -m tasks.sweep`."""

import asyncio
import logging
import signal
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from db.models import TaskRow
from errors import SluiceError
from scheduling.sweep import Sweep
from settings import Settings
from tasks.processes import is_process, kill_process, place
from tasks.wiring import build_core

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0
KILL_SECONDS = 1.0


def terminate(task: TaskRow) -> bool:
    """Kill the process of an expired task when it runs on this machine: it may be frozen with its connection open."""
    if task.worker_host != place():
        return True
    return kill_process(task.worker_pid, task.worker_started_at, KILL_SECONDS)


def is_gone(task: TaskRow) -> bool:
    """Whether the process of a running task is known to be dead: it is one of this machine, and is not there."""
    return task.worker_host == place() and not is_process(task.worker_pid, task.worker_started_at)


async def sweep_until_stopped(settings: Settings) -> None:
    """Sweep every second until SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    core = build_core(settings, pool_size=2)
    sweep = Sweep(core.line, terminate, is_gone)
    await _until_either(core.configure(), stopped)
    log.info("sweeping every %.0f s", EVERY_SECONDS)
    while not stopped.is_set():
        try:
            await sweep.once()
        except SluiceError as error:
            log.warning("this pass failed: %s", error.message)
        except Exception:
            log.exception("this pass failed")
        with suppress(TimeoutError):
            async with asyncio.timeout(EVERY_SECONDS):
                await stopped.wait()
    await core.close()


async def _until_either(work: Coroutine[Any, Any, None], stopped: asyncio.Event) -> None:
    """Wait for `work`, unless the word to stop comes first."""
    tasks = [asyncio.create_task(work), asyncio.create_task(stopped.wait())]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    _settings = Settings()
    logging.basicConfig(level=_settings.log_level, format="%(levelname)s %(name)s: %(message)s")
    asyncio.run(sweep_until_stopped(_settings))
