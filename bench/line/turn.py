"""One system's turn: its line is brought to its size, then submits and starts are measured by turns."""

import asyncio
import time
from collections.abc import Sequence
from itertools import count

from bench.line.figures import Turn, add_cpu, intervals, starts_between
from bench.line.model import Exchange
from bench.line.options import Options
from bench.line.systems import System

SLOTS = 2
FILLING_AT_ONCE = 16
WARMING = 4
RESEARCH = 10
PLACES = 5
REST_SECONDS = 1.5
START_SECONDS = 180.0


class Player:
    """Plays a system's turns, and knows what was put into its line.

    Args:
        system: the system under test.
        options: how large a turn is.
    """

    def __init__(self, system: System, options: Options) -> None:
        self.system = system
        self._options = options
        self._numbers = count(1)
        self._submitted = 0

    async def fill(self, size: int) -> float | None:
        """Let both slots be busy and `size` tasks wait; submits per second, None when there was nothing to do."""
        if self._submitted == 0:
            for _ in range(SLOTS):
                await self._submit()
        exchanges = await self.system.lane.until_held(SLOTS)
        missing = size - self._waiting(exchanges)
        if missing <= 0:
            return None
        begun = time.perf_counter()
        left = iter(range(missing))

        async def some() -> None:
            for _ in left:
                await self._submit()

        async with asyncio.TaskGroup() as group:
            for _ in range(FILLING_AT_ONCE):
                group.create_task(some())
        return missing / (time.perf_counter() - begun)

    def _waiting(self, exchanges: Sequence[Exchange]) -> int:
        return self._submitted - len({exchange.marker for exchange in exchanges})

    async def _submit(self) -> tuple[str, float]:
        number = next(self._numbers)
        marker = f"bench-{number}"
        seconds = await self.system.submit(marker, number)
        self._submitted += 1
        return marker, seconds

    async def play(self, size: int, number: int) -> Turn:
        """One turn of round `number` with `size` waiting. The system is running, and goes on running."""
        turn = Turn(self.system.name, size, number)
        await self.fill(size)
        for _ in range(WARMING):
            await self._submit()
        await self._start(WARMING, None)
        await self._rest(turn)
        begun = time.monotonic()
        newest = ""
        for cycle in range(self._options.cycles):
            newest = await self._submits(turn, together=cycle % 2 == 1)
            await self._start(self._options.batch, turn)
        ended = time.monotonic()
        for moments in self.system.news():
            turn.news += intervals(moments, begun, ended)
        await self._places(turn, newest)
        await self._research(turn, size)
        return turn

    async def _rest(self, turn: Turn) -> None:
        """What it costs that so many wait while nothing changes."""
        before, begun = self.system.cpu(), time.monotonic()
        await asyncio.sleep(REST_SECONDS)
        add_cpu(turn.rest_cpu, before, self.system.cpu())
        turn.rest_seconds += time.monotonic() - begun

    async def _submits(self, turn: Turn, *, together: bool) -> str:
        """A batch of messages; the marker of the newest."""
        batch = self._options.batch
        before = self.system.cpu()
        if together:
            begun = time.perf_counter()
            done = await asyncio.gather(*(self._submit() for _ in range(batch)))
            turn.bursts.append(batch / (time.perf_counter() - begun))
        else:
            done = [await self._submit() for _ in range(batch)]
            turn.submits += [seconds for _, seconds in done]
        add_cpu(turn.submit_cpu, before, self.system.cpu())
        turn.submit_count += batch
        return done[-1][0]

    async def _start(self, number: int, turn: Turn | None) -> None:
        """Let so many answers end, and so many tasks start; they are measured when there is a turn to note it in."""
        lane = self.system.lane
        before = await lane.until_held(SLOTS)
        used = self.system.cpu()
        await lane.release(number)
        now = await lane.until_held(SLOTS, arrived=len(before) + number, seconds=START_SECONDS)
        if turn is None:
            return
        add_cpu(turn.start_cpu, used, self.system.cpu())
        turn.start_count += number
        starts = starts_between(before, now)
        turn.idle += starts.idle
        turn.freed += starts.freed
        turn.asking += [seconds for seconds in starts.asking if seconds is not None]
        await self._records(turn, before, now)

    async def _records(self, turn: Turn, before: Sequence[Exchange], now: Sequence[Exchange]) -> None:
        over = [each for each in now if each.answered is not None and before[-1].arrived < each.answered]
        over = [each for each in over if each.number > len(before) or before[each.number - 1].answered is None]
        new = list(now[len(before) :])
        records = await self.system.records([*over, *new])
        if records is None:
            return
        turn.asking += [each.arrived - records.started[each.marker] for each in new]
        turn.ended += [records.ended[each.marker] - each.answered for each in over if each.answered is not None]
        ended = sorted(records.ended[each.marker] for each in over)
        started = sorted(records.started[each.marker] for each in new)
        turn.claimed += [start - end for end, start in zip(ended, started, strict=False)]

    async def _places(self, turn: Turn, marker: str) -> None:
        """How long a page that opens the newest task's stream waits for its position."""
        for _ in range(PLACES):
            seconds = await self.system.place(marker)
            if seconds is not None:
                turn.place.append(seconds)

    async def _research(self, turn: Turn, size: int) -> None:
        """Research is submitted, measured and cancelled: its several model calls would be no starts of tasks.

        Its messages still lie in Celery's queue; in a short line they would be met by the next turn's starts.
        """
        for _ in range(RESEARCH):
            number = next(self._numbers)
            seconds = await self.system.submit_research(f"bench-{number}", number)
            if seconds is None:
                return
            turn.research.append(seconds)
        exchanges = await self.system.lane.until_held(SLOTS)
        waiting = self._waiting(exchanges)
        if size <= (self._options.cycles * self._options.batch + WARMING) * self._options.rounds:
            await self._start(waiting, None)
