"""One subscriber's view of a task's stream: every logged event after its cursor, exactly once and in order.

Subscribe, read the log, then go live. A batch that does not continue what was sent means: read the log again.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from math import floor, inf
from time import monotonic
from uuid import UUID

from errors import Unavailable
from streaming.events import Closing, unlogged_frame
from streaming.fold import fold
from streaming.hub import Hub
from streaming.keys import Keys
from streaming.log import TaskLog
from streaming.subscription import Batch, Subscription

WATCHDOG_SECONDS = 5.0
IDLE_SECONDS = 20.0
"""How often a stream that has said nothing yet looks whether there is something after all."""

RETRY_SECONDS = 1.0
PING = b": ping\n\n"
PAGE_EVENTS = 500
"""So many events of the log are in memory at once for each subscriber that catches up."""

FromDatabase = Callable[[int], Awaitable[bytes | None]]
"""The frames of a task that ended and whose log is gone, after a cursor; None while it has not ended."""

Notice = Callable[[], Awaitable[bytes | None]]
"""Makes a word that no log holds, such as the position in the line; None when there is nothing to say."""

Straight = Callable[[bytes], bool]
"""Takes frames at once, without a task's turn; false when it cannot, and then they come as all others do."""


class _Course:
    """How far one subscriber is, and when what happened (`time.monotonic`).

    last: the id of the last event. said: the last word that no log holds. looked: when the log was read. heard: when
    an event came. spoke: when anything was said. straight: where a batch can go at once.
    """

    __slots__ = ("_straight", "ended", "heard", "last", "looked", "said", "spoke")

    def __init__(self, last: int, *, said: bytes | None, straight: Straight | None) -> None:
        self.last = last
        self.said = said
        self._straight = straight
        self.ended = False
        self.looked = 0.0
        self.heard = self.spoke = monotonic()

    def take(self, batch: Batch) -> bool:
        """Say a batch at once, when it is the next one and not the last; whether that was possible."""
        first, newest, ends = batch.span
        if first != self.last + 1 or ends or self._straight is None or not self._straight(batch.body):
            return False
        self.last, self.said = newest, None
        self.heard = self.spoke = monotonic()
        return True

    def is_silent_for(self, seconds: float) -> bool:
        """Whether a sign of life is due; saying so counts as one."""
        now = monotonic()
        if now - self.spoke < seconds:
            return False
        self.spoke = now
        return True

    def may_have_missed(self, after: int) -> bool:
        """Whether it has been quiet for so long, from the cursor `after` on, that the log should be looked at."""
        now = monotonic()
        return now - self.looked > IDLE_SECONDS or (self.last > after and now - self.heard > WATCHDOG_SECONDS)


class Follower:
    """Streams one task to one subscriber.

    Args:
        hub: the process's fan-out.
        log: where what was missed is read.
        keys: names of channels.
        from_database: asked when there is no log.
    """

    __slots__ = ("_from_database", "_hub", "_keys", "_log")

    def __init__(self, hub: Hub, log: TaskLog, keys: Keys, from_database: FromDatabase) -> None:
        self._hub = hub
        self._log = log
        self._keys = keys
        self._from_database = from_database

    async def follow(
        self,
        task_id: UUID,
        *,
        after: int,
        snapshot: bool = False,
        notice: Notice | None = None,
        ping: float = inf,
        straight: Straight | None = None,
    ) -> AsyncGenerator[bytes, None]:
        """Frames until the terminal event, or until this process goes away.

        Args:
            task_id: the task; the caller has checked who asks.
            after: the id of the last event the subscriber has; 0 for none.
            snapshot: fold what is there into one event first.
            notice: makes a frame without an id to say first; called when later ones are listened for already.
            ping: seconds of silence after which a comment is said.
            straight: may take events that follow on what was yielded, instead of their being yielded; only while
                the next item is awaited.
        """
        subscription = self._hub.open(self._keys.live(task_id))
        try:
            said = await notice() if notice is not None else None
            if said is not None:
                yield said
            while not subscription.closing and not await self._is_ready(subscription.channel, ping):
                yield PING
            course = _Course(after, said=said, straight=straight)
            subscription.mark_gap()
            while not course.ended:
                if subscription.closing:
                    yield unlogged_frame(Closing(reason="The server is going away; connect again."), task_id=task_id)
                    return
                data = await self._next(task_id, course, subscription, snapshot=snapshot)
                if data:
                    yield data
                    del data  # a long replay would stay in memory until the next event
                elif course.is_silent_for(ping):
                    yield PING
                elif not course.ended and not subscription.gap:
                    look = _next_look(subscription.channel)
                    if not await subscription.wait(min(look, course.spoke + ping) - monotonic(), course.take):
                        subscription.gap = monotonic() >= look and course.may_have_missed(after)
        finally:
            self._hub.close(subscription)

    async def _next(self, task_id: UUID, course: "_Course", subscription: Subscription, *, snapshot: bool) -> bytes:
        """What there is to say now; empty when there is nothing."""
        if subscription.gap:
            subscription.gap = False
            course.looked = monotonic()
            whole = snapshot and course.last == 0
            data, course.last, course.ended = await self._catch_up(task_id, course.last, subscription, whole=whole)
            word = None
        else:
            batches, word = subscription.take()
            data, course.last, course.ended = _continue(batches, course.last, subscription)
        if data:
            course.said = None  # a task that began and waits again says its place anew, even the same one
            course.heard = course.spoke = monotonic()
            return data
        if word is None or word == course.said:
            return b""
        course.said, course.spoke = word, monotonic()
        return word

    async def _is_ready(self, channel: str, seconds: float) -> bool:
        """Wait until what is published is heard, but not for longer."""
        try:
            async with asyncio.timeout(seconds if seconds < inf else None):
                await self._hub.ready(channel)
        except TimeoutError:
            return False
        return True

    async def _catch_up(
        self, task_id: UUID, last: int, subscription: Subscription, *, whole: bool
    ) -> tuple[bytes, int, bool]:
        """A page of what the log has after `last`, or the `whole` in one event; while Redis is away, nothing.

        A log that has nothing new may have come back without its end, which the database then knows.
        """
        try:
            entries = await self._log.read(task_id, after=last, most=None if whole else PAGE_EVENTS)
            subscription.gap |= entries.more
            if entries.frames and whole:
                return await asyncio.to_thread(fold, entries.frames), entries.last, entries.ended
            if entries.frames or entries.ended:
                return entries.frames, entries.last, entries.ended
            frames = await self._from_database(last)
        except Unavailable:
            await subscription.wait(RETRY_SECONDS)
            subscription.gap = True
            return b"", last, False
        return frames or b"", last, frames is not None


def _next_look(channel: str) -> float:
    """When all who follow a task look whether something was missed: together, so that they share one reading."""
    shift = hash(channel) % 97 / 97
    return (floor(monotonic() / WATCHDOG_SECONDS + shift) + 1 - shift) * WATCHDOG_SECONDS


def _continue(batches: list[Batch], last: int, subscription: Subscription) -> tuple[bytes, int, bool]:
    """Join the batches that follow on `last`; one that does not is a gap, one that is not new is dropped."""
    data, ended = [], False
    for batch in batches:
        first, newest, ends = batch.span
        if newest <= last:
            continue
        if first != last + 1:
            subscription.gap = True
            break
        data.append(batch.body)
        last, ended = newest, ends
    return b"".join(data), last, ended
