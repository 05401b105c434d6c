"""News reach one person's pages, in order; a page that comes back misses none, or is told to read anew."""

import asyncio
from typing import Any

import pytest
import redis.asyncio as redis

from streaming import feed
from streaming.feed import FEED_ENTRIES, NewsFeed
from streaming.fold import parse_frames
from tests.integration.streaming.conftest import Event, Streams
from tests.integration.streaming.door import Door
from tests.services import Services

HI = ("hi", {})
NOT_PUBLISHED = """return redis.call('XADD', KEYS[1], '*', 'e', 'task.changed', 'd', '{"n":1}')"""


async def _hi() -> bytes:
    return b"event: hi\ndata: {}\n\n"


class Page:
    """Takes one person's news."""

    def __init__(self, streams: Streams, owner: str, after: str | None = None) -> None:
        self._streams = streams
        self._owner = owner
        self._frames = streams.feed.follow(streams.hub, owner, after=after, notice=_hi)
        self._pending: list[Event] = []
        self.newest = after or ""

    async def take(self, count: int) -> list[Event]:
        """The next events."""
        async with asyncio.timeout(20):
            while len(self._pending) < count:
                data = await anext(self._frames)
                self._pending += parse_frames(data)
                for line in data.split(b"\n"):
                    self.newest = line[4:].decode() if line.startswith(b"id: ") else self.newest
        events, self._pending = self._pending[:count], self._pending[count:]
        return events

    async def begin(self) -> "Page":
        """Open it, and take what a page that begins is told."""
        assert await self.take(1) == [HI]
        [(event, _)] = await self.take(1)
        assert event == "feed.reset"
        return self

    async def close(self) -> None:
        await self._frames.aclose()  # type: ignore[attr-defined]


async def test_news_are_told_to_their_owner_alone_and_resumed_by_id(streams: Streams) -> None:
    streams.feed.person("ann", "old", {"n": 0})
    await streams.feed.flush()
    page = await Page(streams, "ann").begin()
    streams.feed.person("bob", "task.changed", {"n": 1})
    streams.feed.person("ann", "task.changed", {"n": 2})
    streams.feed.person("ann", "task.changed", {"n": 3})
    assert await page.take(2) == [("task.changed", {"n": 2}), ("task.changed", {"n": 3})]
    await page.close()
    streams.feed.person("ann", "task.changed", {"n": 4})
    await streams.feed.flush()
    again = Page(streams, "ann", after=page.newest)
    assert await again.take(2) == [HI, ("task.changed", {"n": 4})]
    await again.close()


async def test_a_page_that_begins_has_a_cursor_before_any_news(streams: Streams) -> None:
    streams.feed.person("ann", "old", {"n": 0})
    await streams.feed.flush()
    page = await Page(streams, "ann").begin()
    await page.close()
    streams.feed.person("ann", "task.changed", {"n": 1})
    await streams.feed.flush()
    again = Page(streams, "ann", after=page.newest)
    assert await again.take(2) == [HI, ("task.changed", {"n": 1})]
    await again.close()


async def test_a_page_whose_cursor_is_too_old_is_told_to_read_anew(streams: Streams) -> None:
    streams.feed.person("ann", "task.changed", {"n": -1})
    await streams.feed.flush()
    page = await Page(streams, "ann").begin()
    await page.close()
    for n in range(2 * FEED_ENTRIES):
        streams.feed.person("ann", "task.changed", {"n": n})
        await streams.feed.flush()
    again = await Page(streams, "ann", after=page.newest).begin()
    streams.feed.person("ann", "task.changed", {"n": 0})
    assert await again.take(1) == [("task.changed", {"n": 0})]
    await again.close()


@pytest.mark.parametrize("then", ["and nothing was said since", "and news came since"])
async def test_a_page_is_told_to_read_anew_when_redis_lost_the_feed(streams: Streams, then: str) -> None:
    streams.feed.person("ann", "task.changed", {"n": 1})
    await streams.feed.flush()
    page = await Page(streams, "ann").begin()
    await page.close()
    await streams.redis.flushdb()
    if then == "and news came since":
        streams.feed.person("ann", "task.changed", {"n": 2})
        await streams.feed.flush()
    again = await Page(streams, "ann", after=page.newest).begin()
    await again.close()


async def test_an_open_page_whose_connection_broke_while_redis_lost_the_feed_is_told(streams: Streams) -> None:
    page = await Page(streams, "ann").begin()
    streams.feed.person("ann", "task.changed", {"n": 1})
    assert await page.take(1) == [("task.changed", {"n": 1})]
    await streams.redis.flushdb()
    streams.hub.drop_connection()
    [(event, _)] = await page.take(1)
    assert event == "feed.reset"
    await page.close()


async def test_a_cut_connection_costs_no_news(streams: Streams) -> None:
    page = await Page(streams, "ann").begin()
    streams.feed.person("ann", "task.changed", {"n": 0})
    assert await page.take(1) == [("task.changed", {"n": 0})]
    for n in range(1, 60):
        if n % 7 == 0:
            await streams.redis.client_kill_filter(_type="pubsub")
        streams.feed.person("ann", "task.changed", {"n": n})
        await streams.feed.flush()
    assert await page.take(59) == [("task.changed", {"n": n}) for n in range(1, 60)]
    await page.close()


async def test_what_comes_while_missed_news_are_read_does_not_hide_what_was_missed_again(
    streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = streams.redis.xrange
    reading, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(*given: Any, **more: Any) -> Any:
        found = await read(*given, **more)
        reading.set()
        await go_on.wait()
        return found

    page = await Page(streams, "ann").begin()
    streams.feed.person("ann", "task.changed", {"n": 0})
    assert len(await page.take(1)) == 1
    monkeypatch.setattr(streams.redis, "xrange", slowly)
    channel, coming = streams.keys.person("ann"), asyncio.create_task(page.take(2))
    streams.hub._mark_gap(channel)
    await reading.wait()
    await streams.redis.eval(NOT_PUBLISHED, 1, streams.keys.feed("ann"))
    streams.hub._mark_gap(channel)
    streams.feed.person("ann", "task.changed", {"n": 2})
    await streams.feed.flush()
    async with asyncio.timeout(10):
        while not any(each._batches for each in streams.hub.on(channel)):
            await asyncio.sleep(0.005)
    go_on.set()
    assert await coming == [("task.changed", {"n": n}) for n in (1, 2)]
    await page.close()


@pytest.mark.parametrize("news", [5, 40], ids=["few", "more than are kept"])
async def test_news_wait_for_a_redis_that_is_away(
    streams: Streams, services: Services, monkeypatch: pytest.MonkeyPatch, news: int
) -> None:
    monkeypatch.setattr(feed, "RETRY_SECONDS", 0.02)
    monkeypatch.setattr(feed, "OUTBOX_ENTRIES", 20)
    door = Door(services.redis_url)
    client = redis.Redis.from_url(await door.open(), socket_timeout=1)
    elsewhere = NewsFeed(client, streams.keys)
    page = await Page(streams, "ann").begin()
    door.closing = 1_000_000
    door.cut()
    for n in range(news):
        elsewhere.person("ann", "task.changed", {"n": n})
    while door.closed < 3:
        await asyncio.sleep(0.005)
    door.closing = 0
    await elsewhere.flush()
    seen: list[Event] = []
    while not seen or (seen[-1][0] != "feed.reset" and seen[-1] != ("task.changed", {"n": 4})):
        seen += await page.take(1)
    if news == 5:
        assert seen == [("task.changed", {"n": n}) for n in range(5)]
    else:
        assert seen[-2][1] == {"n": 39}
        assert len(seen) < news
    await page.close()
    await client.aclose()
    await door.close()
