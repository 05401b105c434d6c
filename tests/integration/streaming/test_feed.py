"""News reach one person's pages, in order, and a page that comes back misses none."""

import asyncio

from streaming.fold import parse_frames
from tests.integration.streaming.conftest import Event, Streams


async def _take(streams: Streams, owner: str, count: int, after: str | None = None) -> tuple[list[Event], str]:
    events: list[Event] = []
    newest = ""
    async with asyncio.timeout(10):
        async for data in streams.feed.follow(streams.hub, owner, after=after, notice=b"event: hi\ndata: {}\n\n"):
            events += parse_frames(data)
            newest = next((line[4:].decode() for line in data.split(b"\n")[::-1] if line.startswith(b"id: ")), newest)
            if len(events) >= count:
                return events, newest
    return events, newest


async def test_news_are_told_to_their_owner_alone_and_resumed_by_id(streams: Streams) -> None:
    streams.feed.person("ann", "old", {"n": 0})
    await streams.feed.flush()
    following = asyncio.create_task(_take(streams, "ann", 3))
    async with asyncio.timeout(10):
        while not streams.hub.on(streams.keys.person("ann")) or not await _listened(streams):
            await asyncio.sleep(0.005)
    streams.feed.person("bob", "task.changed", {"n": 1})
    streams.feed.person("ann", "task.changed", {"n": 2})
    streams.feed.person("ann", "task.changed", {"n": 3})
    events, newest = await following
    assert events == [("hi", {}), ("task.changed", {"n": 2}), ("task.changed", {"n": 3})]
    streams.feed.person("ann", "task.changed", {"n": 4})
    await streams.feed.flush()
    again, _ = await _take(streams, "ann", 2, after=newest)
    assert again == [("hi", {}), ("task.changed", {"n": 4})]


async def _listened(streams: Streams) -> bool:
    [(_, number)] = await streams.redis.pubsub_numsub(streams.keys.person("ann"))
    return int(number) > 0
