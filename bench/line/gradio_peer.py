"""Gradio's queue under test: a real server, spoken to as its own pages do."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from signal import SIGCONT, SIGSTOP
from subprocess import Popen

import httpx2

from bench.line.lane import ModelLane
from bench.line.model import Exchange
from bench.line.processes import ROOT, child, cpu_seconds, send_all
from bench.line.servers import Servers
from bench.line.systems import PEOPLE, CannotError, Records, answering, note_moments
from tests.stack import free_port

PYTHON = ROOT / ".venv-peers" / "bin" / "python"
START_SECONDS = 60.0
ESTIMATION = '"msg":"estimation"'
ENVIRONMENT = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1", "NO_PROXY": "127.0.0.1"}


class GradioQueue:
    """See `System`. Its sessions are `PEOPLE`, since it forgets what it has to tell to more than 2,000."""

    name = "gradio"

    def __init__(self, http: httpx2.AsyncClient, lane: ModelLane, process: "Popen[str]") -> None:
        self.lane = lane
        self._http = http
        self._process = process
        self._listening: list[asyncio.Task[None]] = []
        self._news: list[list[float]] = []
        self._joined: dict[str, asyncio.Event] = {}

    async def submit(self, marker: str, number: int) -> float:
        """See `System`: `POST /gradio_api/queue/join`."""
        session = f"session{number % PEOPLE}"
        body = {"data": [f"What is {marker}?"], "fn_index": 0, "session_hash": session}
        begun = time.perf_counter()
        response = await self._http.post("/gradio_api/queue/join", json=body)
        seconds = time.perf_counter() - begun
        if response.status_code != 200:
            raise CannotError(f"/gradio_api/queue/join: {response.status_code} {response.text[:200]}")
        if session in self._joined:
            self._joined[session].set()
        return seconds

    async def submit_research(self, marker: str, number: int) -> float | None:
        """See `System`: there is no such."""
        return None

    async def follow(self, followers: int) -> None:
        """See `System`: pages on `/gradio_api/queue/data`, open whenever their session has something in the line."""
        for number in range(followers):
            moments: list[float] = []
            self._news.append(moments)
            session = f"session{number}"
            self._joined[session] = asyncio.Event()
            self._listening.append(asyncio.create_task(self._listen(session, moments)))

    async def _listen(self, session: str, moments: list[float]) -> None:
        while True:
            await self._joined[session].wait()
            self._joined[session].clear()
            path = "/gradio_api/queue/data"
            with suppress(httpx2.TransportError):
                async with self._http.stream("GET", path, params={"session_hash": session}, timeout=None) as response:
                    await note_moments(response, moments, lambda line: ESTIMATION in line)

    def news(self) -> list[list[float]]:
        """See `System`."""
        return self._news

    async def place(self, marker: str) -> float | None:
        """See `System`: a page hears of its place on the stream it has open already."""
        return None

    async def records(self, exchanges: Sequence[Exchange]) -> Records | None:
        """See `System`: none outside the process."""
        return None

    def cpu(self) -> dict[str, float]:
        """See `System`."""
        return cpu_seconds({"server": self._process.pid})

    async def resume(self) -> None:
        """See `System`."""
        send_all(SIGCONT, self._process.pid)
        await answering(self._http, "/gradio_api/queue/status")

    def freeze(self) -> None:
        """See `System`."""
        send_all(SIGSTOP, self._process.pid)

    async def close(self) -> None:
        """Let the pages go."""
        for task in self._listening:
            task.cancel()
        await asyncio.gather(*self._listening, return_exceptions=True)


@asynccontextmanager
async def running_gradio(_servers: Servers, folder: Path, lane: ModelLane) -> AsyncIterator[GradioQueue]:
    """Gradio's server while the block runs."""
    port = free_port()
    argv = [str(PYTHON), str(Path(__file__).with_name("gradio_app.py")), str(port), lane.url]
    limits = httpx2.Limits(max_connections=None, keepalive_expiry=2.0)
    with child(argv, folder / "gradio.log", ENVIRONMENT, first_line=True) as (process, _):
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60, limits=limits) as http:
            await answering(http, "/config", seconds=START_SECONDS)
            system = GradioQueue(http, lane, process)
            try:
                yield system
            finally:
                await system.close()
