"""The fan-out of one process: one pub/sub connection in, any number of subscribers out.

A batch of frames is one bytes object, shared by all its subscribers. A slow subscriber has a bounded queue; when
it overflows, the queue is dropped and the subscriber reads the log at its own pace.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Final

from streaming.pubsub import PubSub

QUEUE_BATCHES: Final = 256


@dataclass(frozen=True, slots=True)
class Batch:
    """What was published at once. `head` is the first line, without which `body` would not be understood."""

    head: bytes
    body: bytes


class Subscription:
    """One subscriber's end of a channel.

    `gap` is set when something may have been missed: then only the log knows what comes next.
    """

    __slots__ = ("_batches", "_heard", "_notice", "_ready", "_transient", "channel", "closing", "gap")

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self.gap = False
        self.closing = False
        self._batches: deque[Batch] = deque()
        self._notice: bytes | None = None
        self._transient = False
        self._heard = float("-inf")
        self._ready = asyncio.Event()

    def put(self, batch: Batch) -> None:
        """Queue a batch, or note a gap when the queue is full."""
        self._heard = monotonic()
        if self._transient:
            self._notice = None
        if len(self._batches) >= QUEUE_BATCHES:
            self.mark_gap()
            return
        self._batches.append(batch)
        self._ready.set()

    def mark_gap(self) -> None:
        """Something may have been missed: drop what is queued, the log has it."""
        self._batches.clear()
        self.gap = True
        self._ready.set()

    def notify(self, frame: bytes, *, known_at: float | None = None) -> None:
        """Say something that no log holds; only the newest such word counts.

        Args:
            frame: the word.
            known_at: when it was read (`time.monotonic`), for a word that any later batch makes untrue.
        """
        if known_at is not None and known_at < self._heard:
            return
        self._notice, self._transient = frame, known_at is not None
        self._ready.set()

    def close(self) -> None:
        """The process is going away."""
        self.closing = True
        self._ready.set()

    async def wait(self, seconds: float) -> bool:
        """Wait for anything to come; False when nothing did in time."""
        try:
            async with asyncio.timeout(seconds):
                await self._ready.wait()
        except TimeoutError:
            return False
        self._ready.clear()
        return True

    def take(self) -> tuple[list[Batch], bytes | None]:
        """Everything queued, and the newest word that no log holds."""
        batches, notice = list(self._batches), self._notice
        self._batches.clear()
        self._notice = None
        return batches, notice


class Hub:
    """Subscribers by channel, over one `PubSub`."""

    def __init__(self, url: str) -> None:
        self._subscribers: dict[str, set[Subscription]] = {}
        self._pubsub = PubSub(url, self._deliver, self._mark_all)
        self.closing = False

    async def start(self) -> None:
        """Connect to Redis."""
        await self._pubsub.start()

    async def stop(self) -> None:
        """Tell every subscriber that this process goes away, and disconnect."""
        self.close_all()
        await self._pubsub.stop()

    def close_all(self) -> None:
        """Tell every subscriber, present and future, that this process goes away."""
        self.closing = True
        for subscription in self.subscriptions():
            subscription.close()

    @contextmanager
    def subscription(self, channel: str) -> Iterator[Subscription]:
        """A subscription for the length of a block; await `ready` before reading the log."""
        subscription = Subscription(channel)
        subscription.closing = self.closing
        self._subscribers.setdefault(channel, set()).add(subscription)
        try:
            yield subscription
        finally:
            others = self._subscribers[channel]
            others.discard(subscription)
            if not others:
                del self._subscribers[channel]
                self._pubsub.unsubscribe(channel)

    async def ready(self, channel: str) -> None:
        """Wait until the server confirmed that this process listens to a channel."""
        await self._pubsub.subscribe(channel)

    def subscriptions(self) -> list[Subscription]:
        """All subscriptions now."""
        return [each for others in self._subscribers.values() for each in others]

    def on(self, channel: str) -> frozenset[Subscription]:
        """The subscriptions of one channel now."""
        return frozenset(self._subscribers.get(channel, ()))

    def channels(self) -> list[str]:
        """The channels that have subscribers now."""
        return list(self._subscribers)

    def drop_connection(self) -> None:
        """Cut the connection to Redis as a network failure would; it is made anew."""
        self._pubsub.drop()

    def _deliver(self, channel: str, payload: bytes) -> None:
        subscribers = self._subscribers.get(channel)
        if subscribers:
            head, _, body = payload.partition(b"\n")
            batch = Batch(head, body)
            for subscription in subscribers:
                subscription.put(batch)

    def _mark_all(self) -> None:
        for subscription in self.subscriptions():
            subscription.mark_gap()
