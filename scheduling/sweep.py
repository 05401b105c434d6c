"""The sweep: every second it finds what was lost and puts it right. Safe to run anywhere, any number of times."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

from db.database import Transaction
from db.models import TaskRow
from db.purge import purge
from db.tasks import (
    INTERACTIVE,
    count_running_ingest,
    expired,
    extend_all_leases,
    mark_woken,
    other_lease,
    running,
    stale_queued,
    unpark,
    unsent,
)
from errors import Unavailable
from scheduling.line import Line
from scheduling.returns import Returns
from scheduling.wake import next_up, wake
from scheduling.work import Wakeup

log = logging.getLogger(__name__)

LOST_MESSAGE = timedelta(seconds=1.5)
UNSENT = timedelta(seconds=1)
PURGE_SECONDS = 30.0
CALM_SECONDS = 3.0
"""After a comparison that found every message in its queue: only the workers are missing."""

Terminate = Callable[[TaskRow], bool]
"""Makes sure that a running task's process is gone, when it is one of this machine; False while it is not."""

IsGone = Callable[[TaskRow], bool]
"""Whether a running task's process is known to be dead, without doing anything about it."""


class Sweep:
    """One sweeper.

    Args:
        line: the line.
        terminate: ends the process of a task whose lease expired.
        is_gone: knows dead processes, so that nobody waits for their leases.
    """

    def __init__(self, line: Line, terminate: Terminate, is_gone: IsGone = lambda _: False) -> None:
        self._line = line
        self._returns = Returns(line)
        self._is_gone = is_gone
        self._terminate = terminate
        self._last = monotonic()
        self._interrupted = False
        self._purged = float("-inf")
        self._calm_until: dict[str, float] = {}

    async def once(self) -> None:
        """One pass.

        Raises:
            Unavailable: the database cannot be reached; the next pass will know that there was a gap.
        """
        try:
            await self._extend_after_gap()
            await self._pass()
        except Unavailable:
            self._interrupted = True
            raise

    async def _extend_after_gap(self) -> None:
        """Nobody could renew a lease while the database was away: do not kill the healthy for it."""
        gap = monotonic() - self._last
        if self._interrupted or gap > self._line.settings.lease_seconds:
            async with self._line.locked() as tx:
                await extend_all_leases(tx, self._line.settings.lease_seconds)
            log.warning("nothing was swept for %.1f s; all leases are extended once", gap)
        self._last = monotonic()
        self._interrupted = False

    async def _pass(self) -> None:
        """Every step by itself: what fails in one keeps no other from its work."""
        steps = (
            self._take_back_from_the_dead,
            self._take_back,
            self._purge,  # an ended task that is gone no longer counts for whose turn it is
            self._wake_forgotten,
            lambda: self._publish_lost("interactive", INTERACTIVE),
            lambda: self._publish_lost("ingest", ("ingest",)),
            self._close_unsent,
        )
        for step in steps:
            try:
                await step()
            except Unavailable:
                raise
            except Exception:
                log.exception("a step of the sweep failed")
        self._last = monotonic()

    async def _take_back_from_the_dead(self) -> None:
        """A process that is gone renews no lease and holds no connection: there is nothing to wait for."""
        async with self._line.database.transaction() as tx:
            tasks = await running(tx)
        gone = [task for task in tasks if await asyncio.to_thread(self._is_gone, task)]
        if gone:
            log.warning("the processes of %d tasks are gone; they are given on", len(gone))
            await self._returns.lost(gone)

    async def _take_back(self) -> None:
        async with self._line.database.transaction() as tx:
            tasks = await expired(tx)
            others = {task.id: await other_lease(tx, task) for task in tasks}
        gone = [task for task in tasks if await self._is_over(task, others[task.id])]
        if gone:
            log.warning("the leases of %d tasks expired; they are given on", len(gone))
            await self._returns.lost(gone, if_expired=True)

    async def _is_over(self, task: TaskRow, other: datetime | None) -> bool:
        """Whether nobody runs a task whose lease expired.

        A process that has renewed the lease of another task since then lives, and runs this one no more. While it has
        not, but holds that lease, it may be frozen: it is waited for.
        """
        if other is None or task.lease_expires_at is None:
            return await asyncio.to_thread(self._terminate, task)
        return other - timedelta(seconds=self._line.settings.lease_seconds) >= task.lease_expires_at

    async def _wake_forgotten(self) -> None:
        """Wake who may start and is parked all the same: a wake-up between two crashes."""
        settings = self._line.settings
        async with self._line.locked() as tx:
            wakeups = await wake(tx, settings)
            if "ingest" not in settings.kinds_with_slot:
                # They were parked while `INGEST_TAKES_SLOT` was on.
                wakeups += [Wakeup(each, "ingest", front=True) for each in await unpark(tx, "ingest")]
        await self._line.publisher.publish(wakeups)

    async def _publish_lost(self, queue: str, kinds: Sequence[str]) -> None:
        """Publish again what should be in a queue and is not, in ticket order, when a slot waits for it."""
        if monotonic() < self._calm_until.get(queue, 0.0):
            return
        async with self._line.database.transaction() as tx:
            ready = await self._ready(tx, queue)
            if not ready or not await stale_queued(tx, kinds, LOST_MESSAGE, among=ready, limit=1):
                return
            stale = await stale_queued(tx, kinds, LOST_MESSAGE)
        pending = await self._line.publisher.pending(queue)
        if pending is None:
            return
        missing = [task for task in stale if task.id not in pending]
        if not missing:
            self._calm_until[queue] = monotonic() + CALM_SECONDS
            return
        async with self._line.locked() as tx:
            await mark_woken(tx, [task.id for task in missing])
        log.warning("%d messages of %s were lost and are published again", len(missing), queue)
        await self._line.publisher.publish([Wakeup(task.id, task.kind, front=task.id in ready) for task in missing])

    async def _ready(self, tx: Transaction, queue: str) -> set[UUID]:
        """The tasks that a free slot waits for."""
        settings = self._line.settings
        if queue == "interactive" or settings.ingest_takes_slot:
            return {task.id for task in await next_up(tx, settings) if (task.kind == "ingest") == (queue == "ingest")}
        free = settings.ingest_concurrency - await count_running_ingest(tx)
        return {task.id for task in await stale_queued(tx, ("ingest",), LOST_MESSAGE, limit=max(0, free))}

    async def _close_unsent(self) -> None:
        async with self._line.database.transaction() as tx:
            tasks = await unsent(tx, UNSENT)
        for task in tasks:
            if not await self._line.news.close_stream(task):
                return
            self._line.news.task(task)  # who ended it may have died before it could tell

    async def _purge(self) -> None:
        if monotonic() - self._purged > PURGE_SECONDS:
            async with self._line.database.transaction() as tx:
                await purge(tx)
            self._purged = monotonic()
