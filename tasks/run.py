"""The run of one claimed task: its lease, its cancellation, its stream and its end."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import aclosing, suppress
from functools import partial
from typing import Any

from errors import Fenced, SluiceError, Unavailable
from scheduling.returns import Returns
from scheduling.work import Claimed, Outcome
from streaming.events import Delta, Reset, Started
from tasks.child import Child
from tasks.failures import facts_of
from tasks.kept import BEGINS_ANEW, GOES_ON, beyond, worth_keeping
from tasks.kinds import Produce, producer_of
from tasks.lease import Lease
from tasks.notes import Notes
from tasks.writer import Writer

log = logging.getLogger(__name__)

DRAIN_SECONDS = 2.0
RETRY_SECONDS = 0.3

HEAD_START_SECONDS = 0.02
"""What Celery does between two tasks would take the interpreter from the next one, which is about to ask the model."""

HAND_BACK_SECONDS = 5.0
RECALL_SECONDS = 2.0
"""Without Redis for so long, the answer begins anew: nobody knows what its clients have."""


class Run:
    """One attempt at one task.

    Args:
        child: the process's clients.
        claimed: the task, whose slot this attempt holds until it has ended or is given back.
        freed: resolved when the task has ended and its slot is free.
    """

    def __init__(self, child: Child, claimed: Claimed, freed: "Future[None] | None" = None) -> None:
        self._child = child
        self._freed = freed
        self._over = asyncio.Event()
        self._ended = False
        child.runs[claimed.task.id] = self
        self._core = child.core
        self._task = claimed.task
        self._waited_ms = claimed.waited_ms
        self._goes_on = claimed.task.attempt > 1 and claimed.task.kind != "ingest" and child.continues
        self._writer = Writer(
            self._core.log,
            self._core.line,
            claimed.task,
            log_max_bytes=child.settings.stream_log_max_bytes,
            goes_on=self._goes_on,
        )
        self._notes = Notes(claimed.task)
        every = child.settings.lease_renewal_seconds
        self._lease = Lease(self._core.line, claimed.task, self._unsaved, self._notes.saved, every)

    async def execute(self) -> None:
        """Run the work beside its lease and its cancellation; then end the task, or give it back."""
        try:
            await self._execute(producer_of(self._task.kind))
            if self._ended:
                await self._over.wait()
        finally:
            self._forget()
            self._let_go()

    async def ends(self) -> bool:
        """Wait until the slot is free; whether the task has ended then."""
        await self._over.wait()
        return self._ended

    def _end(self, successor: Claimed | None) -> None:
        """The slot is free, or another's already: then that one begins here, ahead of its own message."""
        self._ended = True
        self._forget()
        if successor is None:
            self._let_go()
        else:
            self._child.begin(Run(self._child, successor).execute())
            asyncio.get_running_loop().call_later(HEAD_START_SECONDS, self._let_go)

    def _forget(self) -> None:
        if self._child.runs.get(self._task.id) is self:
            del self._child.runs[self._task.id]

    def _let_go(self) -> None:
        """Celery's thread, which waits for this, may go on."""
        self._over.set()
        if self._freed is not None and not self._freed.done():
            self._freed.set_result(None)

    async def _execute(self, produce: Produce) -> None:
        self._writer.emit(Started(model=self._task.model, waited_ms=self._waited_ms))
        work = asyncio.create_task(self._consume(produce))
        keeper = asyncio.create_task(self._lease.keep())
        writing = asyncio.create_task(self._writer.run())
        looking = asyncio.create_task(self._lease.look_after_start())
        cancelled = asyncio.create_task(self._lease.cancelled.wait())
        stopping = asyncio.create_task(self._child.stopping.wait())
        beside = (keeper, writing, looking, cancelled, stopping)
        try:
            await asyncio.wait({work, keeper, writing, cancelled, stopping}, return_when=asyncio.FIRST_COMPLETED)
            outcome = await self._outcome(work)
            if keeper.done() or writing.done():
                self._say_why_it_stops(keeper if keeper.done() else writing)
            elif outcome.status == "cancelled" and not self._lease.cancelled.is_set():
                await self._hand_back(keeper)
            elif isinstance(_error_of(work), Unavailable):
                await self._insist(lambda: Returns(self._core.line).lost([self._task]), keeper)
            else:
                await self._finish(outcome, keeper)
        except Fenced:
            log.info("task %s: attempt %d does not own its task any more", self._task.id, self._task.attempt)
        finally:
            for task in (work, *beside):
                task.cancel()
            await asyncio.gather(work, *beside, return_exceptions=True)

    def _say_why_it_stops(self, stopped: "asyncio.Task[None]") -> None:
        error = stopped.exception()
        unexpected = None if isinstance(error, Fenced) else error
        level = logging.ERROR if unexpected else logging.INFO
        log.log(level, "task %s: attempt %d stops: %s", self._task.id, self._task.attempt, error, exc_info=unexpected)

    async def _consume(self, produce: Produce) -> None:
        kept = await self._keep() if self._goes_on else ""
        if not kept and self._task.attempt > 1:
            self._writer.emit(Reset(keep=0, reason=BEGINS_ANEW))
        cited = [citation["n"] for citation in self._writer.folded.citations]
        async with aclosing(beyond(produce(self._child, self._task, kept), kept, cited)) as events:
            async for event in events:
                self._notes.take(event)
                self._writer.emit(event)

    async def _keep(self) -> str:
        """Let the text of earlier attempts stand: the longer of what clients have and what was noted.

        Returns:
            The text that stands, after a reset has said so; nothing when the answer must begin anew.
        """
        try:
            async with asyncio.timeout(RECALL_SECONDS):
                told = (await self._writer.recall()).text
        except TimeoutError:
            return ""
        noted = self._task.checkpoint_text
        kept = worth_keeping(noted if noted.startswith(told) else told)
        if kept:
            keep = min(len(told), len(kept))
            self._writer.emit(Reset(keep=keep, reason=GOES_ON))
            if kept[keep:]:
                self._writer.emit(Delta(text=kept[keep:]))
        return kept

    async def _outcome(self, work: "asyncio.Task[None]") -> Outcome:
        """How the work ended; when something else ended first, it is stopped, and its connections closed."""
        if not work.done():
            work.cancel()
        await asyncio.wait({work})
        written = self._writer.folded
        if work.cancelled():
            return Outcome("cancelled", written.text, written.citations)
        error = _error_of(work)
        if error is None:
            return Outcome("completed", written.text, written.citations)
        return Outcome("failed", written.text, written.citations, error=facts_of(error, self._task.id))

    async def _finish(self, outcome: Outcome, keeper: "asyncio.Task[None]") -> None:
        """End the task, after everything it wrote is in its stream; as failed, when this end cannot be written."""
        await self._writer.drain(DRAIN_SECONDS)
        try:
            await self._insist(partial(self._write_end, outcome), keeper)
        except SluiceError:
            raise
        except Exception as error:  # noqa: BLE001 - another attempt would end no better
            failed = Outcome("failed", *self._notes.noted, error=facts_of(error, self._task.id))
            await self._insist(partial(self._write_end, failed), keeper)

    async def _write_end(self, outcome: Outcome) -> None:
        """End the task, and take the next along unless others run here or the process stops."""
        told = self._writer.folded
        # Stopped before it knew what an earlier attempt told, it may end with less than the log says.
        as_told = (told.text, told.citations) == (outcome.text, outcome.citations)
        alone = len(self._child.runs) == 1 and not self._child.stopping.is_set()
        await self._core.line.finish(
            self._task,
            outcome,
            last_seq=self._writer.last_id,
            written=self._writer.written if as_told else None,
            first_token_at=self._notes.first_token.get("first_token_at"),
            freed=self._end,
            next_worker=self._child.identity if alone else None,
        )

    def _unsaved(self) -> dict[str, Any]:
        return self._notes.unsaved(self._writer.folded)

    async def _insist(self, call: Callable[[], Awaitable[None]], keeper: "asyncio.Task[None]") -> None:
        """Repeat a call while the database is away, as long as the lease is kept."""
        while not keeper.done():
            try:
                await call()
            except Unavailable:
                self._child.give_back_unknown()
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return

    async def _hand_back(self, keeper: "asyncio.Task[None]") -> None:
        """The process stops: note the very last of what was written, and let another worker go on."""
        await self._writer.drain(1.0)
        hand_back = partial(Returns(self._core.line).hand_back, self._task, notes=self._unsaved())
        with suppress(TimeoutError):
            async with asyncio.timeout(HAND_BACK_SECONDS):
                await self._insist(hand_back, keeper)

    async def look_for_cancel(self) -> None:
        """Read whether a cancel is requested: somebody said so, or may have."""
        await self._lease.look()


def _error_of(work: "asyncio.Task[None]") -> BaseException | None:
    return None if work.cancelled() else work.exception()
