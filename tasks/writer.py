"""One attempt's pen: it owns the ids and the text so far, and brings events to the log in order.

The first event of a batch goes out at once; what arrives while a reply is outstanding goes out together.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from db.models import TaskRow
from db.passing import RESERVED_IDS
from errors import Unavailable
from scheduling.line import Line
from streaming.events import Delta, Logged, Reset, Snapshot, frame
from streaming.fold import Folded
from streaming.log import LogLost, TaskLog

RETRY_SECONDS = 0.2

T = TypeVar("T")


class Writer:
    """Writes the events of one attempt.

    Args:
        log: where to.
        line: reserves ids in the database, and tells whether this attempt still owns its task.
        task: the claimed task.
        log_max_bytes: above this, the log is folded into a snapshot; then again whenever it has twice that one's size.
        goes_on: an earlier attempt's text may stand: `folded` begins with the checkpoint, until the log is read.
    """

    def __init__(self, log: TaskLog, line: Line, task: TaskRow, *, log_max_bytes: int, goes_on: bool = False) -> None:
        self.folded = Folded()
        if goes_on:
            self.folded.text, self.folded.citations = task.checkpoint_text, list(task.checkpoint_citations)
        self.seq = 0
        self._log = log
        self._line = line
        self._task = task
        self._fold_above = self._log_max_bytes = log_max_bytes
        self._agreed = not goes_on
        self._opened = asyncio.Event()
        self._floor = task.checkpoint_seq if task.attempt > 1 else 0
        self._ceiling = task.checkpoint_seq
        self._epoch: str | None = None
        self._is_whole = False
        self._pending: list[Logged] = []
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()

    def emit(self, event: Logged) -> None:
        """Queue an event. Never waits; text that waits for the log grows into one event."""
        self.folded.apply(event.type, vars(event) if isinstance(event, Delta) else event.model_dump(mode="json"))
        self._agreed = self._agreed or (isinstance(event, Reset) and event.keep == 0)
        last = self._pending[-1] if self._pending else None
        if isinstance(event, Delta) and isinstance(last, Delta) and last.channel == event.channel:
            self._pending[-1] = Delta(text=last.text + event.text, channel=event.channel)
        else:
            self._pending.append(event)
        self._idle.clear()
        self._wake.set()

    @property
    def last_id(self) -> int:
        """No event has an id above this; never 0, which would say that there was nothing to write."""
        return max(1, self.seq, self._ceiling)

    @property
    def written(self) -> int | None:
        """The id of the last event when all are in the log; None while some are not."""
        return self.seq if self._idle.is_set() else None

    async def run(self) -> None:
        """Write until cancelled.

        Raises:
            Fenced: another attempt owns the task.
        """
        opened = await self._insist(lambda: self._log.open(self._task.id, self._task.attempt, floor=self._floor))
        self.seq = opened.last
        self._epoch = await self._insist(self._log.epoch)
        if opened.lost or (self._floor > 0 and self._task.log_epoch != self._epoch):
            await self._take_over()
        self._is_whole = True
        if not self._agreed:
            await self._agree()
        self._opened.set()
        while True:
            if not self._pending:
                self._idle.set()
            await self._wake.wait()
            self._wake.clear()
            if self._pending:
                await self._flush()

    async def recall(self) -> Folded:
        """What subscribers have of earlier attempts, from which `folded` goes on; waits until the log is open."""
        await self._opened.wait()
        return self.folded

    async def drain(self, seconds: float) -> None:
        """Wait until everything is in the log, or the time is over: the terminal event carries it all anyway."""
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            return

    async def _agree(self) -> None:
        """Begin with what subscribers have: they may have been told more than was noted, or less."""
        told = await self._insist(lambda: self._log.folded(self._task.id))
        if not self._agreed:
            self.folded, self._agreed = told, True

    async def _flush(self) -> None:
        batch, self._pending = self._pending, []
        await self._reserve(len(batch))
        frames = []
        for event in batch:
            self.seq += 1
            frames.append((self.seq, frame(event, task_id=self._task.id, seq=self.seq, attempt=self._task.attempt)))
        try:
            size = await self._insist(lambda: self._log.append(self._task.id, self._task.attempt, frames))
        except LogLost:
            await self._rewrite()
        else:
            if size > self._fold_above:
                await self._rewrite()

    async def _rewrite(self) -> None:
        """Begin the log anew with all that was written; what waits is part of it."""
        await self._reserve(1)
        await self._insist(lambda: self._line.renew(self._task))
        self._pending.clear()
        snapshot = Snapshot(
            text=self.folded.text,
            reasoning=self.folded.reasoning,
            steps=list(self.folded.steps),
            citations=list(self.folded.citations),
        )
        await self._write_snapshot(snapshot)

    async def _take_over(self) -> None:
        """Begin above every id that an earlier attempt may have given.

        The log is gone, or it is of an earlier run of Redis and may have come back without its end. Until it has begun
        anew, the database does not say that it is whole: this process may end before.
        """
        self.seq = max(self.seq, self._floor)
        await self._reserve(1)
        snapshot = Snapshot(text=self._task.checkpoint_text, citations=self._task.checkpoint_citations)
        await self._write_snapshot(snapshot)
        await self._insist(lambda: self._line.renew(self._task, log_epoch=self._epoch))

    async def _write_snapshot(self, snapshot: Snapshot) -> None:
        self.seq += 1
        size = await self._insist(lambda: self._log.rewrite(self._task.id, self._task.attempt, self.seq, snapshot))
        # A snapshot may be larger than the limit by itself; to fold it again for each event would be of no use.
        self._fold_above = max(self._log_max_bytes, 2 * size)

    async def _reserve(self, count: int) -> None:
        """Note in the database, before giving ids, that none above a ceiling was given."""
        if self.seq + count > self._ceiling:
            ceiling = self.seq + count + RESERVED_IDS
            notes = {"checkpoint_seq": ceiling} | ({"log_epoch": self._epoch} if self._is_whole else {})
            await self._insist(lambda: self._line.renew(self._task, **notes))
            self._ceiling = ceiling

    async def _insist(self, call: Callable[[], Awaitable[T]]) -> T:
        """Repeat a call until Redis or the database is there."""
        while True:
            try:
                return await call()
            except Unavailable:
                await asyncio.sleep(RETRY_SECONDS)
