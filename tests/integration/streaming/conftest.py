"""A log, a hub and a feed on a real server, and an attempt that writes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
import redis.asyncio as redis

from streaming.events import Delta, Started, Terminal, frame
from streaming.feed import NewsFeed
from streaming.fold import parse_frames
from streaming.follow import Follower
from streaming.hub import Hub
from streaming.keys import Keys
from streaming.log import TaskLog
from tests.services import Services

Event = tuple[str, dict[str, Any]]


@dataclass
class Streams:
    """One process's end of the streams."""

    redis: "redis.Redis"
    keys: Keys
    log: TaskLog
    hub: Hub
    feed: NewsFeed
    ended: dict[UUID, bytes] = field(default_factory=dict)

    async def from_database(self, task_id: UUID, after: int) -> bytes | None:
        return self.ended.get(task_id)

    def follower(self, task_id: UUID) -> Follower:
        return Follower(self.hub, self.log, self.keys, lambda after: self.from_database(task_id, after))

    async def collect(
        self, task_id: UUID, *, after: int = 0, snapshot: bool = False, taking: Callable[[], bool] | None = None
    ) -> list[Event]:
        """Follow to the end; `taking`: whether the next batch is taken straight, where that is possible at all."""
        events: list[Event] = []

        def straight(data: bytes) -> bool:
            if taking is None or not taking():
                return False
            events.extend(parse_frames(data))
            return True

        frames = self.follower(task_id).follow(task_id, after=after, snapshot=snapshot, straight=straight)
        async with asyncio.timeout(30):
            async for data in frames:
                events += parse_frames(data)
        return events

    async def subscribers(self, task_id: UUID, count: int) -> None:
        """Wait until so many listen to a task on the server."""
        channel = self.keys.live(task_id)
        async with asyncio.timeout(10):
            while len(self.hub.on(channel)) < count or not await _listened(self.redis, channel):
                await asyncio.sleep(0.005)


async def _listened(client: "redis.Redis", channel: str) -> bool:
    [(_, number)] = await client.pubsub_numsub(channel)
    return int(number) > 0


@dataclass
class Attempt:
    """Writes a task's log as a worker does."""

    streams: Streams
    task_id: UUID = field(default_factory=uuid4)
    number: int = 1
    seq: int = 0

    async def open(self, floor: int = 0) -> bool:
        opened = await self.streams.log.open(self.task_id, self.number, floor=floor)
        self.seq = opened.last
        return opened.lost

    async def write(self, *texts: str) -> int:
        frames = []
        for text in texts:
            self.seq += 1
            frames.append((self.seq, frame(Delta(text=text), task_id=self.task_id, seq=self.seq, attempt=self.number)))
        return await self.streams.log.append(self.task_id, self.number, frames)

    async def begin(self) -> None:
        await self.open()
        self.seq += 1
        started = frame(Started(model=None, waited_ms=1), task_id=self.task_id, seq=self.seq, attempt=self.number)
        await self.streams.log.append(self.task_id, self.number, [(self.seq, started)])

    async def close(self, event: Terminal, floor: int = 0, written: int | None = None, epoch: str | None = None) -> int:
        log = self.streams.log
        return await log.close(self.task_id, event, attempt=self.number, floor=floor, written=written, epoch=epoch)


OpenStreams = Callable[[], Awaitable[Streams]]


@pytest.fixture
async def open_streams(services: Services) -> AsyncIterator[OpenStreams]:
    """Opens one process's end of the streams after another."""
    opened: list[Streams] = []
    number = int(services.redis_url.rsplit("/", 1)[1])

    async def open_one() -> Streams:
        client = redis.Redis.from_url(services.redis_url)
        keys = Keys(number)
        hub = Hub(services.redis_url)
        await hub.start()
        opened.append(Streams(client, keys, TaskLog(client, keys, retention=60), hub, NewsFeed(client, keys)))
        return opened[-1]

    yield open_one
    for streams in opened:
        await streams.hub.stop()
        streams.log.disconnect()
        await streams.redis.aclose()


@pytest.fixture
async def streams(open_streams: OpenStreams) -> Streams:
    """One process's end of the streams."""
    return await open_streams()
