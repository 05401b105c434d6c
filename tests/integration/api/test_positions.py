"""Open pages go on hearing of the queue, however long one reading of it took."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import redis.asyncio as redis

from api import positions
from api.positions import Positions
from scheduling.queue import QueueState
from streaming.hub import Hub
from streaming.keys import Keys
from tests.conftest import MakeSettings
from tests.services import Services

EMPTY = QueueState(2, False, 1, (), (), (), (), {})


class Counting:
    """Counts the readings of the queue."""

    def __init__(self) -> None:
        self.readings = 0

    async def fresh(self) -> QueueState:
        self.readings += 1
        return EMPTY


class Frozen(Counting):
    """With a clock that went on alone during the first reading, as in a machine that slept."""

    def __init__(self) -> None:
        super().__init__()
        self._slept = 0.0

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time() + self._slept

    async def fresh(self) -> QueueState:
        self._slept = 3600.0
        return await super().fresh()


@pytest.fixture
async def hub(services: Services) -> AsyncIterator[Hub]:
    hub = Hub(services.redis_url)
    await hub.start()
    yield hub
    await hub.stop()


async def test_a_process_that_was_frozen_while_it_read_tells_of_the_next_change(
    hub: Hub, services: Services, make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen, keys = Frozen(), Keys(int(services.redis_url.rpartition("/")[2]))
    monkeypatch.setattr(positions, "monotonic", frozen.monotonic)
    running = asyncio.create_task(Positions(frozen, hub, keys, make_settings()).run())  # type: ignore[arg-type]
    with hub.subscription(keys.person("ann")) as page:
        async with asyncio.timeout(30), redis.Redis.from_url(services.redis_url) as client:
            for _ in range(2):
                while page.take()[1] is None:
                    await client.publish(keys.queue, b"")
                    await asyncio.sleep(0.05)
    running.cancel()
    assert frozen.readings >= 2


async def test_who_comes_after_a_change_that_nobody_heard_of_is_told_soon(
    hub: Hub, services: Services, make_settings: MakeSettings
) -> None:
    """They may have been shown an earlier reading; without a change the next word comes after 15 seconds."""
    reader, keys = Counting(), Keys(int(services.redis_url.rpartition("/")[2]))
    running = asyncio.create_task(Positions(reader, hub, keys, make_settings()).run())  # type: ignore[arg-type]
    async with asyncio.timeout(8), redis.Redis.from_url(services.redis_url) as client:
        with hub.subscription(keys.queue) as beside:
            await hub.ready(keys.queue)
            await client.publish(keys.queue, b"")
            while not beside.take()[0]:
                await beside.wait(1)
        await asyncio.sleep(0.1)
        assert reader.readings == 0
        with hub.subscription(keys.person("ann")) as page:
            while page.take()[1] is None:
                await page.wait(1)
    running.cancel()
