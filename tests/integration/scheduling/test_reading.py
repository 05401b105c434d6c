"""Many who ask for the queue at the same time share one reading, and each sees what was there when it asked."""

import asyncio

import pytest

from errors import Unavailable
from scheduling import reading
from scheduling.line import Line
from scheduling.queue import QueueState
from scheduling.reading import QueueReader
from tests.integration.scheduling.conftest import Desk


class Counting:
    """A line whose readings are counted, and fail while `broken`."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.readings = 0
        self.broken = False

    async def queue(self) -> QueueState:
        self.readings += 1
        if self.broken:
            raise Unavailable("away")
        return await self._line.queue()


@pytest.fixture
def counting(desk: Desk) -> Counting:
    return Counting(desk.line)


async def test_who_asks_at_once_shares_a_reading(counting: Counting) -> None:
    reader = QueueReader(counting)  # type: ignore[arg-type]
    await asyncio.gather(*(reader.fresh() for _ in range(20)))
    assert counting.readings == 1


async def test_who_asks_during_a_reading_gets_the_next_one(counting: Counting, desk: Desk) -> None:
    reader = QueueReader(counting)  # type: ignore[arg-type]
    early = asyncio.create_task(reader.fresh())
    while counting.readings == 0:
        await asyncio.sleep(0)
    receipt = await desk.chat()
    late = await asyncio.gather(*(reader.fresh() for _ in range(5)))
    await early
    assert counting.readings == 2
    assert all(receipt.task_id in state.places for state in late)


async def test_a_failed_reading_is_told_to_all_who_shared_it_and_to_nobody_after(counting: Counting) -> None:
    reader = QueueReader(counting)  # type: ignore[arg-type]
    counting.broken = True
    results = await asyncio.gather(*(reader.fresh() for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [Unavailable] * 3
    counting.broken = False
    assert (await reader.fresh()).size == 0


async def test_who_goes_away_takes_the_reading_from_nobody(counting: Counting) -> None:
    reader = QueueReader(counting)  # type: ignore[arg-type]
    gone, staying = asyncio.create_task(reader.fresh()), asyncio.create_task(reader.fresh())
    await asyncio.sleep(0)
    gone.cancel()
    assert (await staying).size == 0


async def test_a_recent_reading_will_do_only_when_the_line_is_long(
    counting: Counting, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LONG", 2)
    monkeypatch.setattr(reading, "RECENT_SECONDS", 3600.0)
    reader = QueueReader(counting)  # type: ignore[arg-type]
    for count in range(1, 4):
        receipt = await desk.chat()
        assert receipt.task_id in (await reader.recent()).places
        assert counting.readings == count
    await desk.chat()
    assert (await reader.recent()).size == 3
    assert (await reader.fresh()).size == 4
