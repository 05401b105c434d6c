"""One subscriber's end of a channel, with a bounded queue, and the clock that all who wait share."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Final

QUEUE_BATCHES: Final = 256
QUEUE_BYTES: Final = 1024 * 1024
"""One batch may be larger by itself."""

TICK_SECONDS: Final = 0.1
"""How exact waiting times are."""


class Batch:
    """What was published at once. `head` is the first line, without which `body` would not be understood."""

    __slots__ = ("_span", "body", "head")

    def __init__(self, head: bytes, body: bytes) -> None:
        self.head = head
        self.body = body
        self._span: tuple[int, int, bool] | None = None

    @property
    def span(self) -> tuple[int, int, bool]:
        """Of a batch of a task's events: the first id, the last one, and whether it ends the stream."""
        if self._span is None:
            first, last, flag = self.head.split(b" ")
            self._span = int(first), int(last), flag == b"e"
        return self._span


class Subscription:
    """One subscriber's end of a channel.

    `gap` is set when something may have been missed: then only the log knows what comes next.
    """

    __slots__ = (
        "_batches",
        "_clock",
        "_deadline",
        "_heard",
        "_notice",
        "_ready",
        "_size",
        "_straight",
        "_transient",
        "_waiter",
        "channel",
        "closing",
        "gap",
    )

    def __init__(self, channel: str, clock: "Clock") -> None:
        self.channel = channel
        self._clock = clock
        self.gap = False
        self.closing = False
        self._straight: Callable[[Batch], bool] | None = None
        self._batches: list[Batch] = []
        self._size = 0
        self._notice: bytes | None = None
        self._transient = False
        self._heard = float("-inf")
        self._ready = False
        self._waiter: asyncio.Future[None] | None = None
        self._deadline = 0.0

    def put(self, batch: Batch) -> None:
        """Hand a batch straight on or queue it, or note a gap when the queue is full."""
        self._heard = monotonic()
        if self._transient:
            self._notice = None
        if self._straight is not None and not self._batches and not self.gap and self._straight(batch):
            return
        self._size += len(batch.body)
        if self._batches and (len(self._batches) >= QUEUE_BATCHES or self._size > QUEUE_BYTES):
            self.mark_gap()
            return
        self._batches.append(batch)
        self._wake()

    def mark_gap(self) -> None:
        """Something may have been missed: drop what is queued, the log has it."""
        self._batches.clear()
        self._size = 0
        self.gap = True
        self._wake()

    def notify(self, frame: bytes, *, known_at: float | None = None) -> None:
        """Say something that no log holds; only the newest such word counts.

        Args:
            frame: the word.
            known_at: when it was read (`time.monotonic`), for a word that any later batch makes untrue.
        """
        if known_at is not None and known_at < self._heard:
            return
        self._notice, self._transient = frame, known_at is not None
        self._wake()

    def close(self) -> None:
        """The process is going away."""
        self.closing = True
        self._wake()

    async def wait(self, seconds: float, straight: Callable[[Batch], bool] | None = None) -> bool:
        """Wait for anything to come; False when nothing did in time. Only one may wait at a time.

        Args:
            straight: is offered what comes meanwhile, while nothing is before it; what it takes counts as not come.
        """
        if not self._ready:
            self._straight = straight
            self._waiter = asyncio.get_running_loop().create_future()
            self._deadline = monotonic() + seconds
            self._clock.watch(self)
            try:
                await self._waiter
            finally:
                self._waiter = self._straight = None
        came, self._ready = self._ready, False
        return came

    def take(self) -> tuple[list[Batch], bytes | None]:
        """Everything queued, and the newest word that no log holds."""
        batches, notice = self._batches, self._notice
        if batches:
            self._batches, self._size = [], 0
        self._notice = None
        return batches, notice

    def release(self, now: float) -> bool:
        """Let go of who waits for too long; whether nobody waits any more."""
        if self._waiter is not None and now >= self._deadline:
            self._release()
        return self._waiter is None

    def _wake(self) -> None:
        self._ready = True
        self._release()

    def _release(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)


class Clock:
    """One timer for all who wait, instead of one for each and every wait."""

    def __init__(self) -> None:
        self._watched: set[Subscription] = set()
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, subscription: Subscription) -> None:
        """Look at a subscription now and then, until nobody waits at it."""
        self._watched.add(subscription)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(TICK_SECONDS, self._look)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        now = monotonic()
        self._watched = {each for each in self._watched if not each.release(now)}
        self._timer = asyncio.get_running_loop().call_later(TICK_SECONDS, self._look) if self._watched else None
