"""The whole run: every system with its own line, one at work at a time, by turns."""

import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from itertools import product
from pathlib import Path

import httpx2

from bench.line.celery_peer import running_celery
from bench.line.figures import Cell, Cells, Turn
from bench.line.gradio_peer import running_gradio
from bench.line.lane import ModelLane
from bench.line.options import Options
from bench.line.processes import child
from bench.line.servers import Servers
from bench.line.sluice import running_sluice
from bench.line.systems import System
from bench.line.turn import Player
from local.postgres import EmbeddedPostgres
from local.valkey import EmbeddedValkey

Say = Callable[[str], None]

OPENERS: dict[str, Callable[[Servers, Path, ModelLane], AbstractAsyncContextManager[System]]] = {
    "sluice": running_sluice,
    "gradio": running_gradio,
    "celery": running_celery,
}


class Course:
    """One system with one length of its line. When it breaks it is out of the run, and why is kept.

    Args:
        system: the system under test.
        size: how many wait.
        options: how large a turn is.
        say: told what goes on.
    """

    def __init__(self, system: System, size: int, options: Options, say: Say) -> None:
        self.system = system
        self.size = size
        self._options = options
        self._player = Player(system, options)
        self._say = say
        self._broken: str | None = None
        self._turns: list[Turn] = []
        self._filled: float | None = None

    async def begin(self) -> None:
        """Open pages, and fill the line beside them."""

        async def fill() -> None:
            await self.system.follow(self._options.followers)
            self._filled = await self._player.fill(self.size)

        await self._at_work("filling", fill)

    async def play(self, number: int) -> None:
        """One turn of round `number`."""

        async def turn() -> None:
            self._turns.append(await self._player.play(self.size, number))

        await self._at_work(f"round {number}", turn)

    def cell(self) -> Cell:
        """What was measured."""
        return Cell(self._turns, self._filled, self._broken)

    async def _at_work(self, what: str, work: Callable[[], Awaitable[None]]) -> None:
        if self._broken is not None:
            return
        self._say(f"{self.system.name} with {self.size} waiting: {what}")
        try:
            await self.system.resume()
            await work()
        except Exception as error:  # noqa: BLE001 - a peer may break in any way, and the others go on
            self._broken = f"{what}: {_first(error)!r}"
            self._say("".join(traceback.format_exception(error)))
        finally:
            self.system.freeze()


def _first(error: BaseException) -> BaseException:
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


async def measure(options: Options, folder: Path, say: Say) -> Cells:
    """Measure every system at every size.

    Args:
        options: how much.
        folder: for data and logs; PostgreSQL must be able to enter it.
        say: told what goes on.
    """
    async with running(options, folder, say) as systems:
        courses = [Course(system, size, options, say) for size, system in systems]
        for course in courses:
            await course.begin()
        for number in range(1, options.rounds + 1):
            # Nobody always comes after the same one.
            first = number % len(courses)
            for course in courses[first:] + courses[:first]:
                await course.play(number)
        return {(course.system.name, course.size): course.cell() for course in courses}


@asynccontextmanager
async def running(options: Options, folder: Path, say: Say) -> AsyncIterator[list[tuple[int, System]]]:
    """Each system once for each size, all of them frozen, while the block runs."""
    postgres, valkey = EmbeddedPostgres(folder / "postgres"), EmbeddedValkey(folder / "valkey")
    async with AsyncExitStack() as stack:
        argv = [sys.executable, "-m", "bench.line.model"]
        _, address = stack.enter_context(child(argv, folder / "model.log", {}, first_line=True))
        http = await stack.enter_async_context(httpx2.AsyncClient(base_url=address, timeout=30))
        stack.push_async_callback(postgres.stop)
        stack.push_async_callback(valkey.stop)
        await postgres.start()
        await valkey.start()
        servers = Servers(postgres, valkey)
        systems: list[tuple[int, System]] = []
        for size, name in product(options.sizes, options.systems):
            say(f"{name} for {size} waiting: starting")
            place = folder / f"{name}-{size}"
            place.mkdir()
            opened = OPENERS[name](servers, place, ModelLane(http, place.name))
            systems.append((size, await stack.enter_async_context(opened)))
            systems[-1][1].freeze()
        yield systems
