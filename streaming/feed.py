"""News for open pages: one feed a person, and one word for everybody that the queue changed."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any, TypeAlias

import orjson
import redis.asyncio as redis
from redis.exceptions import RedisError

from errors import SluiceError, Unavailable
from streaming import scripts
from streaming.hub import Batch, Hub, Subscription
from streaming.keys import Keys

log = logging.getLogger(__name__)

FEED_ENTRIES = 1000
FEED_SECONDS = 3600
WATCHDOG_SECONDS = 10.0
RETRY_SECONDS = 1.0
OUTBOX_ENTRIES = 1000
Id = tuple[int, int]
"""A Redis stream id as numbers that compare."""

Word: TypeAlias = Callable[[], Awaitable[None]]
"""Tells one thing."""
CLOSING = b'event: stream.closing\ndata: {"reason":"The server is going away; connect again."}\n\n'


class NewsFeed:
    """Publishes news and follows it.

    News are best effort, so nobody waits for them: they go out in order, in the background.

    Args:
        client: a client of the application's Redis database, with bytes as answers.
        keys: the names to use.
    """

    def __init__(self, client: "redis.Redis", keys: Keys) -> None:
        self._redis = client
        self._keys = keys
        self._news = client.register_script(scripts.NEWS)
        self._outbox: deque[Word] = deque(maxlen=OUTBOX_ENTRIES)
        self._sending: asyncio.Task[None] | None = None

    def queue_changed(self) -> None:
        """Say that the queue is different now."""
        if not self._outbox or self._outbox[-1] != self._tell_queue:
            self._put(self._tell_queue)

    def person(self, owner: str, event: str, data: dict[str, Any]) -> None:
        """Tell one person's pages of an event."""
        self._put(partial(self._tell_person, owner, event, orjson.dumps(data)))

    def person_later(self, owner: str, event: str, read: Callable[[], Awaitable[dict[str, Any] | None]]) -> None:
        """As `person`, with data that are read when their turn comes; nothing is told when they are None."""
        self._put(partial(self._read_and_tell, owner, event, read))

    async def flush(self) -> None:
        """Wait until what was said so far is out, or lost."""
        if self._sending is not None:
            await self._sending

    def _put(self, word: Word) -> None:
        self._outbox.append(word)
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send())

    async def _send(self) -> None:
        while self._outbox:
            word = self._outbox.popleft()
            try:
                await word()
            except (RedisError, OSError, SluiceError) as error:
                log.warning("pages are not told of a change: %s", error)

    async def _tell_queue(self) -> None:
        await self._redis.publish(self._keys.queue, b"")

    async def _tell_person(self, owner: str, event: str, data: bytes) -> None:
        args: list[Any] = [self._keys.person(owner), FEED_ENTRIES, FEED_SECONDS * 1000, event, data]
        await self._news(keys=[self._keys.feed(owner)], args=args)

    async def _read_and_tell(
        self, owner: str, event: str, read: Callable[[], Awaitable[dict[str, Any] | None]]
    ) -> None:
        data = await read()
        if data is not None:
            await self._tell_person(owner, event, orjson.dumps(data))

    async def follow(self, hub: Hub, owner: str, *, after: str | None, notice: bytes | None) -> AsyncIterator[bytes]:
        """Frames of one person's news until this process goes away.

        Args:
            hub: the process's fan-out.
            owner: whose news.
            after: the id of the last event the page has; None begins now.
            notice: a frame without an id to say first.
        """
        channel = self._keys.person(owner)
        with hub.subscription(channel) as subscription:
            await hub.ready(channel)
            last = _number(after.encode()) if after else await self._newest(owner)
            if after is not None:
                subscription.mark_gap()
            if notice is not None:
                yield notice
            while not subscription.closing:
                frames: list[bytes] = []
                if subscription.gap:
                    frames, last = await self._missed(owner, last, subscription)
                batches, word = subscription.take()
                news, last = _new(batches, last)
                frames += news
                if word is not None:
                    frames.append(word)
                if frames:
                    yield b"".join(frames)
                elif not subscription.gap:
                    await subscription.wait(WATCHDOG_SECONDS)
            yield CLOSING

    async def _newest(self, owner: str) -> Id:
        try:
            entries: list[Any] = await self._redis.xrevrange(self._keys.feed(owner), count=1) or []
        except (RedisError, OSError) as error:
            raise Unavailable("Redis cannot be reached.") from error
        return _number(entries[0][0]) if entries else (0, 0)

    async def _missed(self, owner: str, last: Id, subscription: Subscription) -> tuple[list[bytes], Id]:
        """What the log has after `last`; while Redis is away, nothing, and another look soon."""
        subscription.gap = False
        try:
            entries: list[Any] = await self._redis.xrange(self._keys.feed(owner), min=f"({last[0]}-{last[1]}") or []
        except (RedisError, OSError):
            await asyncio.sleep(RETRY_SECONDS)
            subscription.gap = True
            return [], last
        frames = [_frame(identity, fields[b"e"], fields[b"d"]) for identity, fields in entries]
        return frames, _number(entries[-1][0]) if entries else last


def _new(batches: list[Batch], last: Id) -> tuple[list[bytes], Id]:
    """The frames among these that come after `last`."""
    frames = []
    for batch in batches:
        identity, event = batch.head.split(b" ")
        if _number(identity) > last:
            last = _number(identity)
            frames.append(_frame(identity, event, batch.body))
    return frames, last


def _number(identity: bytes) -> Id:
    """A Redis stream id as numbers that compare."""
    moment, _, count = identity.partition(b"-")
    return int(moment), int(count or 0)


def _frame(identity: bytes, event: bytes, data: bytes) -> bytes:
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (identity, event, data)
