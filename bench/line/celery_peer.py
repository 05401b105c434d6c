"""Plain Celery under test: a prefork worker with two processes on Valkey; submitting is `send_task`, without HTTP."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from signal import SIGCONT, SIGSTOP
from subprocess import Popen

from bench.line.celery_app import build_app
from bench.line.lane import ModelLane
from bench.line.model import Exchange
from bench.line.processes import child, cpu_seconds, send_all
from bench.line.servers import Servers
from bench.line.systems import Records


class PlainCelery:
    """See `System`."""

    name = "celery"

    def __init__(self, broker_url: str, lane: ModelLane, worker: "Popen[str]", valkey: int) -> None:
        self.lane = lane
        self._app = build_app(broker_url)
        self._worker = worker
        self._valkey = valkey
        self._producer_seconds = 0.0
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="producer")

    async def submit(self, marker: str, number: int) -> float:
        """See `System`."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._send, marker)

    def _send(self, marker: str) -> float:
        begun, used = time.perf_counter(), time.thread_time()
        self._app.send_task("answer", args=[f"What is {marker}?"])
        self._producer_seconds += time.thread_time() - used
        return time.perf_counter() - begun

    async def submit_research(self, marker: str, number: int) -> float | None:
        """See `System`: there is no such."""
        return None

    async def follow(self, followers: int) -> None:
        """See `System`: Celery tells nobody anything."""

    def news(self) -> list[list[float]]:
        """See `System`."""
        return []

    async def place(self, marker: str) -> float | None:
        """See `System`: there is none."""
        return None

    async def records(self, exchanges: Sequence[Exchange]) -> Records | None:
        """See `System`: none."""
        return None

    def cpu(self) -> dict[str, float]:
        """See `System`."""
        used = cpu_seconds({"worker": self._worker.pid, "valkey": self._valkey})
        return {**used, "producer": self._producer_seconds}

    async def resume(self) -> None:
        """See `System`."""
        send_all(SIGCONT, self._worker.pid)

    def freeze(self) -> None:
        """See `System`."""
        send_all(SIGSTOP, self._worker.pid)


@asynccontextmanager
async def running_celery(servers: Servers, folder: Path, lane: ModelLane) -> AsyncIterator[PlainCelery]:
    """A worker while the block runs."""
    broker_url = servers.redis()
    argv = [sys.executable, "-m", "celery", "--quiet", "-A", "bench.line.celery_app", "worker", "-c", "2"]
    argv += ["-P", "prefork", "--without-gossip", "--without-mingle", "-l", "WARNING", "-n", "plain@%h"]
    environment = {"PLAIN_BROKER_URL": broker_url, "PLAIN_MODEL_URL": lane.url}
    with child(argv, folder / "celery.log", environment) as (worker, _):
        yield PlainCelery(broker_url, lane, worker, servers.processes()["valkey"])
