"""The waiting line, for everybody who starts, runs or ends a task.

Each method is one short transaction under one lock, and then what has to be told: messages to the workers'
queues, the last event of a stream, news for open pages.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict, Unpack
from uuid import UUID

from db.database import Database, Transaction
from db.line import lock_line
from db.models import TaskRow
from db.passing import PLACE
from db.tasks import RENEW, owned, renew_and_note
from errors import Fenced
from scheduling.claim import Runner, claim, claim_if_first
from scheduling.ending import Ended, end, end_at_once, terminal_event
from scheduling.news import News
from scheduling.queue import QueueState, read_queue
from scheduling.seams import Feed, Publisher, TaskStream
from scheduling.submit import enter, enter_at_once, with_estimate
from scheduling.wake import wake
from scheduling.work import Claimed, Idempotency, Outcome, Receipt, Wakeup, Work, WorkerIdentity
from settings import Settings


class _Notes(TypedDict):
    last_seq: int
    first_token_at: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """The line's operations, over the database, the publisher of wake-ups, the streams and the feed."""

    database: Database
    publisher: Publisher
    streams: TaskStream
    feed: Feed
    settings: Settings

    @property
    def news(self) -> News:
        """What has to be told after a change."""
        return News(self.database, self.streams, self.feed)

    @asynccontextmanager
    async def locked(self) -> AsyncIterator[Transaction]:
        """A transaction that holds the line lock."""
        async with self.database.transaction() as tx:
            await lock_line(tx)
            yield tx

    async def submit(self, work: Work, *, owner: str, idempotency: Idempotency | None = None) -> Receipt:
        """Accept work: from the commit on it is never lost, whether or not a worker can be told now.

        Raises:
            NotFound, LineFull, InvalidInput: see `scheduling.submit.enter`.
            Unavailable: the database cannot be reached. Only when its answer to the commit was lost may the work have
                been accepted all the same; the same idempotency key then gives that answer.
        """
        entered = await enter_at_once(self.database, work, owner, idempotency, self.settings)
        if entered is None:
            async with self.database.transaction() as tx:
                entered = await enter(tx, work, owner, idempotency, self.settings)
        if entered.task is None:
            return entered.receipt
        await self.publisher.publish([Wakeup(entered.task.id, entered.task.kind)])
        self.news.task(entered.task)
        return await with_estimate(self.database, entered, owner, idempotency, self.settings)

    async def claim(self, task_id: UUID, worker: WorkerIdentity) -> Claimed | None:
        """Start a task that may start now.

        Returns:
            The claimed task, or None when it is not to be run by this message.
        """
        runner = self._runner(worker)
        started = await claim_if_first(self.database, task_id, runner, self.settings)
        if started is None:
            async with self.database.transaction() as tx:
                result = await claim(tx, task_id, runner, self.settings)
            if not isinstance(result, Claimed):
                await self.publisher.publish(result)
                return None
            started = result
        await self.publisher.publish(started.wakeups)
        self.news.task(started.task)
        return started

    async def has_free_slot(self, kind: str) -> bool:
        """Whether a task of this kind could start now if it were its turn."""
        kinds = self.settings.kinds_with_slot
        if kind not in kinds:
            return True
        [[place]] = await self.database.batch(PLACE, kinds=list(kinds))
        return bool(place.free > 0 and not place.paused)

    def _runner(self, worker: WorkerIdentity) -> Runner:
        return Runner(worker, self.streams.known_epoch, self.settings.lease_seconds)

    async def renew(self, task: TaskRow, **values: object) -> bool:
        """Renew a running task's lease and note columns of it: a checkpoint, `progress`, `first_token_at`.

        Returns:
            Whether a cancel is requested.

        Raises:
            Fenced: the task is no longer this attempt's; nothing was written.
        """
        requested = await (self._renew_and_note(task, values) if values else self._renew(task))
        if requested is None:
            raise Fenced("This attempt does not own the task any more.")
        if "progress" in values:
            self.feed.queue_changed()
        return requested

    async def _renew(self, task: TaskRow) -> bool | None:
        seconds = float(self.settings.lease_seconds)
        [rows] = await self.database.batch(RENEW, task_id=task.id, attempt=task.attempt, lease_seconds=seconds)
        return rows[0].cancel_requested if rows else None

    async def _renew_and_note(self, task: TaskRow, values: Mapping[str, object]) -> bool | None:
        async with self.database.transaction() as tx:
            return await renew_and_note(tx, task.id, task.attempt, self.settings.lease_seconds, values)

    async def finish(
        self,
        task: TaskRow,
        outcome: Outcome,
        *,
        last_seq: int,
        written: int | None = None,
        first_token_at: datetime | None = None,
        freed: Callable[[Claimed | None], None] | None = None,
        next_worker: WorkerIdentity | None = None,
    ) -> None:
        """End a running task: commit what it wrote, free its slot, say so, and wake who is next.

        Args:
            task: the task as its attempt claimed it.
            outcome: how it ended.
            last_seq: no event of its stream has an id above this.
            written: the last id that was given, when all events are in the stream.
            first_token_at: when its first text came.
            freed: called as soon as the slot is free, before anybody is told, with the task that got it.
            next_worker: who takes the next in line along, with the slot; without, it waits for its own message.

        Raises:
            Fenced: the task is no longer this attempt's; nothing was written.
        """
        runner = self._runner(next_worker) if next_worker is not None else None
        notes: _Notes = {"last_seq": last_seq, "first_token_at": first_token_at}
        ended = await end_at_once(self.database, task, outcome, self.settings, next_runner=runner, **notes)
        if ended is None:
            ended = await self._end(task, outcome, **notes)
        if freed is not None:
            freed(ended.successor)
            await asyncio.sleep(0)  # a successor begins first
        closing = self.news.close_stream(ended.task, ended.event, written=written)
        await asyncio.gather(self.publisher.publish(ended.wakeups), closing)
        self.news.task(ended.task)
        if ended.successor is not None:
            self.news.task(ended.successor.task)

    async def _end(self, task: TaskRow, outcome: Outcome, **notes: Unpack[_Notes]) -> Ended:
        async with self.locked() as tx:
            row = await owned(tx, task)
            if row is None:
                raise Fenced("This attempt does not own the task any more.")
            columns: dict[str, Any] = {"checkpoint_seq": max(row.checkpoint_seq, notes["last_seq"])}
            if notes["first_token_at"] is not None:
                columns["first_token_at"] = notes["first_token_at"]
            await end(tx, row, outcome, **columns)
            event = await terminal_event(tx, row)
            return Ended(row, event, await wake(tx, self.settings))

    async def queue(self) -> QueueState:
        """Everything that runs and waits, with positions and estimates."""
        return await read_queue(self.database, self.settings)
