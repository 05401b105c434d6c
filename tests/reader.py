"""A client of a task's stream that trusts nothing: it keeps every frame, and checks each as it comes.

An event must come once, in order and without a gap; only a `stream.snapshot` may skip ids. In the end, what was put
together must be what the database holds.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Literal
from uuid import UUID

import httpx2
import orjson
import psycopg

from streaming.fold import Folded

UNLOGGED = ("queue.position", "stream.closing")
TERMINAL = {"task.completed": "completed", "task.failed": "failed", "task.cancelled": "cancelled"}

Resume = Literal["header", "query"]


@dataclass(frozen=True, slots=True)
class Frame:
    """One event as it came. `id` is None for those that no log holds."""

    id: int | None
    event: str
    data: dict[str, Any]

    @classmethod
    def parse(cls, block: bytes) -> "Frame | None":
        """One block between empty lines; None for a comment. Anything but what the protocol says is an error."""
        lines = block.split(b"\n")
        if all(line.startswith(b":") for line in lines):
            return None
        names = [line.split(b": ", 1)[0] for line in lines]
        assert names in ([b"id", b"event", b"data"], [b"event", b"data"]), block
        values = [line.split(b": ", 1)[1] for line in lines]
        event, data = values[-2].decode(), orjson.loads(values[-1])
        if names[0] == b"id":
            assert int(values[0]) == data["seq"], block
            assert event not in UNLOGGED, block
            return cls(int(values[0]), event, data)
        assert event in UNLOGGED, block
        return cls(None, event, data)


class Reader:
    """One client of one stream, over as many connections as it takes.

    Args:
        http: how it calls.
        urls: the addresses of the API processes; each connection goes to one of them.
        task_id: whose stream.
        resume: how it says where it goes on.
        snapshot: asks for what is there already in one event.
        given: what it has received before, from another reader's `frames`: it goes on after the last of them.
        patience: it drops its connection after so many events; None for never.
        user: the name that the proxy gives.
    """

    def __init__(
        self,
        http: httpx2.AsyncClient,
        urls: Sequence[str],
        task_id: UUID | str,
        *,
        resume: Resume = "header",
        snapshot: bool = False,
        given: Sequence[Frame] = (),
        patience: int | None = None,
        user: str | None = None,
        seed: int = 0,
    ) -> None:
        self.frames: list[Frame] = []
        self.unlogged: list[Frame] = []
        self.folded = Folded()
        self.connections: list[str] = []
        self.begun = asyncio.Event()
        self._http = http
        self._urls = list(urls)
        self._task_id = str(task_id)
        self._resume = resume
        self._snapshot = snapshot
        self._patience = patience
        self._headers = {"X-Forwarded-User": user} if user else {}
        self._random = Random(seed)
        for frame in given:
            self._take(frame)

    @property
    def ended(self) -> bool:
        """Whether the terminal event came."""
        return self.folded.terminal is not None

    async def run(self, *, seconds: float = 60.0) -> "Reader":
        """Follow to the terminal event, again and again where a connection ends."""
        async with asyncio.timeout(seconds):
            while not self.ended:
                try:
                    status = await self.connect(self._random.choice(self._urls))
                except httpx2.TransportError:
                    status = 503
                assert status in (200, 503), status
                if status == 503:
                    await asyncio.sleep(0.05)
        return self

    async def connect(self, url: str) -> int:
        """One connection to its end, or as long as the patience lasts; the status."""
        async with self.open(url) as response:
            if response.status_code != 200:
                return response.status_code
            self.connections.append(url)
            self.begun.set()
            await self.read(response)
        return 200

    def open(self, url: str) -> Any:
        """The request that goes on where this reader is, as a context of its response."""
        headers, params = dict(self._headers), {}
        last = self.folded.last
        if self._snapshot:
            params["replay"] = "snapshot"
        if last and self._resume == "header":
            headers["Last-Event-ID"] = str(last)
        elif last:
            params["after"] = str(last)
        return self._http.stream("GET", f"{url}/stream/{self._task_id}", headers=headers, params=params)

    async def read(self, response: httpx2.Response) -> None:
        """Take what a response brings."""
        rest, left = b"", self._patience
        async for chunk in response.aiter_raw():
            *blocks, rest = (rest + chunk).split(b"\n\n")
            for block in blocks:
                frame = Frame.parse(block)
                if frame is None:
                    continue
                self._take(frame)
                if left is not None and frame.id is not None:
                    left -= 1
            if left is not None and left <= 0 and not self.ended:
                return
        assert not rest or not self.ended, rest

    def _take(self, frame: Frame) -> None:
        assert frame.data["task_id"] == self._task_id
        if frame.id is None:
            assert not self.ended, "nothing comes after the end"
            self.unlogged.append(frame)
            return
        assert not self.ended, f"{frame.event} after the end"
        assert frame.id > self.folded.last, f"{frame.id} {frame.event} after {self.folded.last}"
        if frame.event != "stream.snapshot":
            assert frame.id == self.folded.last + 1, f"{frame.id} {frame.event} after {self.folded.last}"
        assert frame.data["attempt"] >= self.folded.attempt
        self.frames.append(frame)
        self.folded.apply(frame.event, frame.data)

    @property
    def ids(self) -> list[int]:
        """The ids that came."""
        return [frame.data["seq"] for frame in self.frames]

    @property
    def snapshots(self) -> int:
        """How many snapshots came."""
        return sum(frame.event == "stream.snapshot" for frame in self.frames)

    async def assert_exact(self, database_url: str) -> None:
        """It has ended, with the bytes that the database holds."""
        query = "SELECT t.status, u.content, u.citations FROM tasks t JOIN turns u ON u.task_id = t.id"
        async with await psycopg.AsyncConnection.connect(database_url) as connection:
            found = await connection.execute(f"{query} WHERE t.id = %s AND u.role = 'assistant'", (self._task_id,))
            rows = await found.fetchall()
        [(status, content, citations)] = rows
        assert self.folded.terminal is not None
        event, data = self.folded.terminal
        assert TERMINAL[event] == status
        assert self.folded.text.encode() == content.encode()
        assert self.folded.citations == citations
        assert data["result"]["turn"]["content"] == content
        assert data["result"]["turn"]["citations"] == citations
