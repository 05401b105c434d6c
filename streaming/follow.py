"""One subscriber's view of a task's stream: every logged event after its cursor, exactly once and in order.

Subscribe, read the log, then go live. A batch that does not continue what was sent means: read the log again.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from time import monotonic
from uuid import UUID

from errors import Unavailable
from streaming.events import Closing, unlogged_frame
from streaming.fold import fold
from streaming.hub import Batch, Hub, Subscription
from streaming.keys import Keys
from streaming.log import TaskLog

WATCHDOG_SECONDS = 5.0
IDLE_SECONDS = 20.0
"""How often a stream that has said nothing yet looks whether there is something after all."""

RETRY_SECONDS = 1.0
PAGE_EVENTS = 500
"""So many events of the log are in memory at once for each subscriber that catches up."""

FromDatabase = Callable[[int], Awaitable[bytes | None]]
"""The frames of a task that ended and whose log is gone, after a cursor; None while it has not ended."""

Notice = Callable[[], Awaitable[bytes | None]]
"""Makes a word that no log holds, such as the position in the line; None when there is nothing to say."""


class Follower:
    """Streams one task to one subscriber.

    Args:
        hub: the process's fan-out.
        log: where what was missed is read.
        keys: names of channels.
        from_database: asked when there is no log.
    """

    def __init__(self, hub: Hub, log: TaskLog, keys: Keys, from_database: FromDatabase) -> None:
        self._hub = hub
        self._log = log
        self._keys = keys
        self._from_database = from_database

    async def follow(
        self, task_id: UUID, *, after: int, snapshot: bool = False, notice: Notice | None = None
    ) -> AsyncIterator[bytes]:
        """Frames until the terminal event, or until this process goes away.

        Args:
            task_id: the task; the caller has checked who asks.
            after: the id of the last event the subscriber has; 0 for none.
            snapshot: fold what is there into one event first.
            notice: makes a frame without an id to say first; called when later ones are listened for already.
        """
        channel = self._keys.live(task_id)
        with self._hub.subscription(channel) as subscription:
            said = await notice() if notice is not None else None
            if said is not None:
                yield said
            await self._hub.ready(channel)
            last, ended, looked = after, False, 0.0
            subscription.mark_gap()
            while not ended:
                if subscription.closing:
                    yield unlogged_frame(Closing(reason="The server is going away; connect again."), task_id=task_id)
                    return
                data, word = b"", None
                if subscription.gap:
                    subscription.gap = False
                    looked = monotonic()
                    first = snapshot and last == 0
                    data, last, ended = await self._catch_up(task_id, last, subscription, whole=first)
                    if data and first:
                        data = await asyncio.to_thread(fold, data)
                else:
                    batches, word = subscription.take()
                    data, last, ended = _continue(batches, last, subscription)
                if data:
                    said = word = None  # a task that began and waits again says its place anew, even the same one
                    yield data
                elif word is not None and word != said:
                    said = word
                    yield word
                elif not ended and not subscription.gap and not await subscription.wait(WATCHDOG_SECONDS):
                    subscription.gap = last > after or monotonic() - looked > IDLE_SECONDS

    async def _catch_up(
        self, task_id: UUID, last: int, subscription: Subscription, *, whole: bool
    ) -> tuple[bytes, int, bool]:
        """A page of what the log has after `last`, or the `whole`; while Redis is away, nothing, and another look soon.

        A log that has nothing new may have come back without its end, which the database then knows.
        """
        try:
            entries = await self._log.read(task_id, after=last, most=None if whole else PAGE_EVENTS)
            subscription.gap |= entries.more
            if entries.frames or entries.ended:
                return entries.frames, entries.last, entries.ended
            frames = await self._from_database(last)
        except Unavailable:
            if not await subscription.wait(RETRY_SECONDS):
                subscription.gap = True
            return b"", last, False
        return frames or b"", last, frames is not None


def _continue(batches: list[Batch], last: int, subscription: Subscription) -> tuple[bytes, int, bool]:
    """Join the batches that follow on `last`; one that does not is a gap, one that is not new is dropped."""
    data, ended = [], False
    for batch in batches:
        first, newest, flag = batch.head.split(b" ")
        if int(newest) <= last:
            continue
        if int(first) != last + 1:
            subscription.gap = True
            break
        data.append(batch.body)
        last, ended = int(newest), flag == b"e"
    return b"".join(data), last, ended
