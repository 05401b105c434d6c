"""How running tasks come back to the line without having ended: their worker died, stops, or never knew of them."""

import logging
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from db.models import TaskRow
from db.tasks import expired, owned, running
from scheduling.checkpoint import bring_up, told_after_checkpoint
from scheduling.ending import end, give_back
from scheduling.line import Line
from scheduling.wake import wake
from scheduling.work import Outcome, Wakeup, WorkerIdentity
from streaming.log import Told

WORKER_LOST = {"code": "worker_lost", "message": "The worker was lost several times while it ran this task."}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Returns:
    """Takes tasks back, each time in one transaction under the line's lock, and then tells what has to be told."""

    line: Line

    async def lost(self, tasks: Sequence[TaskRow], *, if_expired: bool = False) -> None:
        """Take tasks back from attempts that died: to the front of the line, or to their end.

        A task with a cancel requested ends cancelled; one whose worker was lost `MAX_ATTEMPTS` times fails.
        Attempts that ended or lost their task meanwhile are passed over, and with `if_expired` those that renewed
        their lease. What clients were told after the last checkpoint is noted, so that it is not lost.
        """
        told = await told_after_checkpoint(self.line.streams, tasks)
        await self._take_back(tasks, died=True, if_expired=if_expired, told=told)

    async def hand_back(self, task: TaskRow, *, notes: Mapping[str, object] | None = None) -> None:
        """Give a running task back while its worker stops in good order; it is not counted as a loss.

        Args:
            task: the task as its attempt claimed it.
            notes: columns to write with it: the last checkpoint.
        """
        await self._take_back([task], died=False, notes=notes)

    async def give_back_unknown(self, worker: WorkerIdentity, *, known: Container[UUID]) -> None:
        """Give back what runs by the database in this process, which knows nothing of it."""
        async with self.line.database.transaction() as tx:
            held = await running(tx, pid=worker.pid)
        of_it = [
            task
            for task in held
            if (task.worker_host, task.worker_started_at) == (worker.host, worker.process_started_at)
        ]
        for task in of_it:
            if task.id in known:
                continue
            log.warning("task %s was started without an answer, and is given back", task.id)
            await self.hand_back(task)

    async def _take_back(
        self,
        tasks: Sequence[TaskRow],
        *,
        died: bool,
        if_expired: bool = False,
        told: Mapping[UUID, Told] | None = None,
        notes: Mapping[str, object] | None = None,
    ) -> None:
        changed: list[TaskRow] = []
        async with self.line.locked() as tx:
            still_expired = {row.id for row in await expired(tx)} if if_expired else set()
            for task in tasks:
                row = await owned(tx, task)
                if row is None or (if_expired and row.id not in still_expired):
                    continue
                changed.append(row)
                row.losses += died
                for name, value in (notes or {}).items():
                    setattr(row, name, value)
                bring_up(row, (told or {}).get(row.id))
                outcome = self._outcome_of_lost(row)
                if outcome is None:
                    await give_back(tx, row)
                else:
                    await end(tx, row, outcome)
            wakeups = [Wakeup(row.id, row.kind, front=True) for row in changed if row.status == "queued"]
            if changed:
                wakeups += await wake(tx, self.line.settings)
        await self.line.publisher.publish(wakeups)
        for row in changed:
            if row.finished_at is not None:
                await self.line.news.close_stream(row)
            self.line.news.task(row)

    def _outcome_of_lost(self, task: TaskRow) -> Outcome | None:
        written = (task.checkpoint_text, task.checkpoint_citations)
        if task.cancel_requested:
            return Outcome("cancelled", *written)
        if task.losses >= self.line.settings.max_attempts:
            return Outcome("failed", *written, error=WORKER_LOST)
        return None
