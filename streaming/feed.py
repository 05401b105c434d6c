"""News for open pages: one feed a person, and one word for everybody that the queue changed.

A page that goes on where it was gets every news after its cursor, or is told by `feed.reset` to read anew.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import orjson
import redis.asyncio as redis
from redis.exceptions import RedisError

from errors import SluiceError, Unavailable
from streaming import scripts
from streaming.calls import Calls, Script
from streaming.hub import Hub
from streaming.keys import Keys
from streaming.subscription import Batch, Subscription

log = logging.getLogger(__name__)

FEED_ENTRIES = 1000
FEED_SECONDS = 3600
IDLE_SECONDS = 3600.0
RETRY_SECONDS = 1.0
OUTBOX_ENTRIES = 1000
READS_AT_ONCE = 2
"""A thousand pages that come at once share so many connections to Redis."""

Id = tuple[int, int]
"""A Redis stream id as numbers that compare."""

Word: TypeAlias = tuple[str, Callable[[], Awaitable[None]]]
"""Whose pages are told, and what tells them."""

NEWS = Script.of(scripts.NEWS)
AWAY = (RedisError, OSError, Unavailable)
RESET = "feed.reset"
RESET_DATA = b'{"reason":"What was said before this is not known any more; read what you show anew."}'
CLOSING = b'event: stream.closing\ndata: {"reason":"The server is going away; connect again."}\n\n'


@dataclass(frozen=True, slots=True)
class _Kept:
    """What Redis has of one person's news: the ids at both ends, and the first moment that it can answer for."""

    oldest: Id | None
    newest: Id
    since: int

    def reaches(self, last: Id) -> bool:
        """Whether everything after `last` is there. Redis may have lost the last second before it was started."""
        return self.oldest is not None and self.oldest <= last <= self.newest and last[0] >= self.since


class NewsFeed:
    """Publishes news and follows it.

    Nobody waits for news: they go out in order, in the background, also after Redis was away for a while. Then a few
    may come twice, and of a long time not all: pages are told to read anew. A process that is killed takes along what
    it had not sent yet.

    Args:
        client: a client of the application's Redis database, with bytes as answers.
        keys: the names to use.
        pause: seconds that news wait for what is more urgent in this process; what other processes say meanwhile may
            come before it.
    """

    def __init__(self, client: "redis.Redis", keys: Keys, *, pause: float = 0.0) -> None:
        self._redis = client
        self._keys = keys
        self._pause = pause
        self._calls = Calls(client)
        self._outbox: deque[Word] = deque()
        self._untold: set[str] = set()
        self._reading = asyncio.Semaphore(READS_AT_ONCE)
        self._sending: asyncio.Task[None] | None = None

    def queue_changed(self) -> None:
        """Say that the queue is different now."""
        word = ("", self._tell_queue)
        if not self._outbox or self._outbox[-1] != word:
            self._put(word)

    def person(self, owner: str, event: str, data: dict[str, Any]) -> None:
        """Tell one person's pages of an event."""
        self._put((owner, partial(self._tell_person, owner, event, orjson.dumps(data))))

    def person_later(self, owner: str, event: str, read: Callable[[], Awaitable[dict[str, Any] | None]]) -> None:
        """As `person`, with data that are read when their turn comes; nothing is told when they are None."""
        self._put((owner, partial(self._read_and_tell, owner, event, read)))

    def disconnect(self) -> None:
        """Close the connection that news are sent on; the client stays open."""
        self._calls.close()

    async def flush(self) -> None:
        """Wait until what was said so far is out."""
        if self._sending is not None:
            await self._sending

    def _put(self, word: Word) -> None:
        if len(self._outbox) >= OUTBOX_ENTRIES:
            self._untold.add(self._outbox.popleft()[0])
        self._outbox.append(word)
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send())

    async def _send(self) -> None:
        if self._pause:
            await asyncio.sleep(self._pause)
        while self._outbox:
            word = self._outbox.popleft()
            try:
                await word[1]()
            except AWAY as error:
                log.warning("news have to wait: %s", error)
                self._outbox.appendleft(word)
                await asyncio.sleep(RETRY_SECONDS)
            except SluiceError as error:
                log.warning("pages are not told of a change: %s", error)
            if not self._outbox:
                self._reset_untold()

    def _reset_untold(self) -> None:
        """Whoever was not told of something is told to read anew."""
        owners, self._untold = self._untold - {""}, set()
        self._outbox += [(owner, partial(self._tell_person, owner, RESET, RESET_DATA)) for owner in owners]

    async def _tell_queue(self) -> None:
        await self._calls.publish(self._keys.queue, b"")

    async def _tell_person(self, owner: str, event: str, data: bytes) -> None:
        kept = FEED_ENTRIES, FEED_SECONDS * 1000
        await self._calls.run(NEWS, [self._keys.feed(owner)], self._keys.person(owner), *kept, event, data)

    async def _read_and_tell(
        self, owner: str, event: str, read: Callable[[], Awaitable[dict[str, Any] | None]]
    ) -> None:
        data = await read()
        if data is not None:
            await self._tell_person(owner, event, orjson.dumps(data))

    async def follow(
        self, hub: Hub, owner: str, *, after: str | None, notice: Callable[[], Awaitable[bytes]]
    ) -> AsyncIterator[bytes]:
        """Frames of one person's news until this process goes away.

        Args:
            hub: the process's fan-out.
            owner: whose news.
            after: the id of the last event the page has; None begins now, with `feed.reset`.
            notice: makes a frame without an id to say first; called when later ones are listened for already.
        """
        channel = self._keys.person(owner)
        with hub.subscription(channel) as subscription:
            yield await notice()
            if not subscription.closing:
                await hub.ready(channel)
            last = _number(after.encode()) if after else None
            subscription.mark_gap()
            while not subscription.closing:
                if subscription.gap:
                    frames, last = await self._missed(owner, last, subscription)
                else:
                    batches, word = subscription.take()
                    frames, last = _new(batches, last)
                    if word is not None:
                        frames.append(word)
                    if not frames:
                        await subscription.wait(IDLE_SECONDS)
                if frames:
                    yield b"".join(frames)
            yield CLOSING

    async def _missed(self, owner: str, last: Id | None, subscription: Subscription) -> tuple[list[bytes], Id | None]:
        """What came after `last`, or a `feed.reset`; while Redis is away, nothing, and another look soon."""
        subscription.gap = False
        try:
            kept = await self._kept(owner)
            if last is None or not kept.reaches(last):
                return [_frame(b"%d-%d" % kept.newest, RESET.encode(), RESET_DATA)], kept.newest
            async with self._reading:
                start = f"({last[0]}-{last[1]}"
                entries: list[Any] = await self._redis.xrange(self._keys.feed(owner), min=start) or []
        except (RedisError, OSError):
            await asyncio.sleep(RETRY_SECONDS)
            subscription.gap = True
            return [], last
        frames = [_frame(identity, fields[b"e"], fields[b"d"]) for identity, fields in entries]
        return frames, _number(entries[-1][0]) if entries else last

    async def _kept(self, owner: str) -> _Kept:
        async with self._reading, self._redis.pipeline(transaction=True) as pipe:
            pipe.xrange(self._keys.feed(owner), count=1)
            pipe.xrevrange(self._keys.feed(owner), count=1)
            pipe.time()
            pipe.info("server")
            oldest, newest, (seconds, _), server = await pipe.execute()
        return _Kept(
            oldest=_number(oldest[0][0]) if oldest else None,
            newest=_number(newest[0][0]) if newest else (0, 0),
            since=(seconds + 1 - server["uptime_in_seconds"]) * 1000,
        )


def _new(batches: list[Batch], last: Id | None) -> tuple[list[bytes], Id | None]:
    """The frames among these that come after `last`; none while that is not known."""
    frames: list[bytes] = []
    if last is None:
        return frames, last
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
