"""What the benchmark asks of a system with a waiting line."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import httpx2

from bench.line.lane import ModelLane
from bench.line.model import Exchange

PEOPLE = 1_000
POLL_SECONDS = 0.05
TWICE = 2
"""A connection from before a freeze may still be the first one taken."""


class CannotError(Exception):
    """The system under test cannot do what it was asked; says what it did instead."""


@dataclass(frozen=True, slots=True)
class Records:
    """What the system's own records say of some tasks, in seconds of the machine's monotonic clock, by marker."""

    started: dict[str, float]
    ended: dict[str, float]


class System(Protocol):
    """A line with two slots in front of the model server."""

    name: str
    lane: ModelLane

    async def submit(self, marker: str, number: int) -> float:
        """Put one more message into the line; seconds it took. `number` picks whose it is.

        Raises:
            CannotError: it was refused or failed.
        """

    async def submit_research(self, marker: str, number: int) -> float | None:
        """As `submit`, with a research task, which is cancelled at once, unmeasured; None where there is no such."""

    async def follow(self, followers: int) -> None:
        """Open so many pages that listen to what the line tells, for the rest of the run."""

    def news(self) -> list[list[float]]:
        """When each of these pages got a word about the queue, on the monotonic clock."""

    async def place(self, marker: str) -> float | None:
        """Open the stream of a waiting task until it tells the position; None where there is no such."""

    async def records(self, exchanges: Sequence[Exchange]) -> Records | None:
        """What is recorded of the tasks behind these exchanges; None where nothing is."""

    def cpu(self) -> dict[str, float]:
        """CPU seconds so far, by process."""

    async def resume(self) -> None:
        """Go on, with the same line as before."""

    def freeze(self) -> None:
        """Use no CPU until `resume`."""


async def answering(http: httpx2.AsyncClient, path: str, *, seconds: float = 40.0) -> None:
    """Wait until a server answers 200, more than once.

    Raises:
        TimeoutError: it does not.
    """
    answered = 0
    async with asyncio.timeout(seconds):
        while answered < TWICE:
            try:
                response = await http.get(path)
            except httpx2.TransportError:
                answered = 0
            else:
                answered = answered + 1 if response.status_code == 200 else 0
            if not answered:
                await asyncio.sleep(POLL_SECONDS)


async def note_moments(response: httpx2.Response, moments: list[float], wanted: Callable[[str], bool]) -> None:
    """Read a stream to its end, and note when each wanted line came, on the monotonic clock."""
    async for line in response.aiter_lines():
        if wanted(line):
            moments += (time.monotonic(),)
