"""The pub/sub connection comes back, whatever it meets on the way."""

import asyncio

import pytest

from streaming import pubsub
from streaming.pubsub import PubSub
from tests.integration.streaming.door import Door
from tests.services import Services


async def test_a_connection_to_a_server_that_is_stopping_is_made_anew_at_once(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pubsub, "PING_SECONDS", 60.0)
    door = Door(services.redis_url)
    back = asyncio.Event()
    connection = PubSub(await door.open(), lambda *_: None, lambda _: back.set())
    await connection.start()
    async with asyncio.timeout(20):
        await connection.subscribe("a channel")
        door.closing = 2
        door.cut()
        await back.wait()
    assert door.closed == 2
    await connection.stop()
    await door.close()
