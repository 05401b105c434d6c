"""The only door to running."""

from dataclasses import asdict, dataclass, replace
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import update

from db.database import UNSEEN, Database, Transaction
from db.line import lock_line, slots
from db.models import DocumentRow, TaskRow, TurnRow
from db.passing import LOCK, START, START_IF_FIRST, task_of
from db.tasks import mark_woken, task_state
from scheduling.wake import next_up, wake
from scheduling.work import Claimed, Wakeup, WorkerIdentity
from settings import Settings

Parked: TypeAlias = list[Wakeup]
"""The task may not start; these wake-ups are to be published, if any."""


@dataclass(frozen=True, slots=True)
class Runner:
    """Who would run a task. `epoch`: the run of Redis that it writes to, None while it does not know."""

    worker: WorkerIdentity
    epoch: str | None
    lease_seconds: float

    def values(self) -> dict[str, Any]:
        """What the statements of `db.passing` want to know of it."""
        return asdict(self.worker) | {"epoch": self.epoch, "lease_seconds": float(self.lease_seconds)}


NOBODY = Runner(WorkerIdentity("", "", 0, 0.0), None, 0.0)
"""Where a statement asks for a runner and nothing is to be started."""


def in_plain_order(settings: Settings) -> bool:
    """Whether tickets and sessions alone decide who is next: no owner has a limit, and no document takes a slot."""
    return settings.max_active_per_user is None and "ingest" not in settings.kinds_with_slot


async def claim_if_first(database: Database, task_id: UUID, runner: Runner, settings: Settings) -> Claimed | None:
    """Start a task at once if it is simply the first that may start; None when `claim` has to decide."""
    if not in_plain_order(settings):
        return None
    values = {"wanted": task_id, "kinds": list(settings.kinds_with_slot), **runner.values()}
    _, rows = await database.batch(LOCK, START_IF_FIRST, **values)
    return claimed(task_of(rows[0])) if rows else None


async def claim(tx: Transaction, task_id: UUID, runner: Runner, settings: Settings) -> Claimed | Parked:
    """Start a task that may start, under the line lock; step aside otherwise.

    A task that is not queued (a duplicate delivery, a cancelled task) is refused with an empty list.
    """
    await lock_line(tx)
    status, kind = await task_state(tx, task_id)
    if status != "queued":
        return []
    if kind not in settings.kinds_with_slot:
        return await _start(tx, task_id, runner)
    ready = await next_up(tx, settings)
    if task_id not in [other.id for other in ready]:
        return await _park(tx, task_id, settings)
    # There is a slot for each of these; who goes first is settled among those that wait for the same workers.
    first = next(each for each in ready if (each.kind == "ingest") == (kind == "ingest"))
    if first.id != task_id:
        await mark_woken(tx, [first.id, task_id])
        return [Wakeup(first.id, first.kind, front=True), Wakeup(task_id, kind, front=True)]
    started = await _start(tx, task_id, runner)
    if first.id != ready[0].id:
        # Those before it were chosen with this slot free; now others may be next.
        return replace(started, wakeups=await wake(tx, settings))
    return started


async def _park(tx: Transaction, task_id: UUID, settings: Settings) -> Parked:
    now = await slots(tx, settings.kinds_with_slot)
    reason = "paused" if now.paused else "limit" if now.free <= 0 else "order"
    await tx.execute(update(TaskRow).where(TaskRow.id == task_id).values(parked=reason), execution_options=UNSEEN)
    return []


async def _start(tx: Transaction, task_id: UUID, runner: Runner) -> Claimed:
    [row] = await START.within(tx, wanted=task_id, **runner.values())
    return claimed(task_of(row))


def claimed(task: TaskRow) -> Claimed:
    """A task that has just started."""
    assert task.started_at is not None
    waited = task.started_at - task.created_at
    return Claimed(task, waited_ms=max(0, round(waited.total_seconds() * 1000)))


async def set_status_of_result(tx: Transaction, task: TaskRow) -> None:
    """Let the answer's turn, or the document, follow its task's status."""
    if task.kind == "chat":
        answer = update(TurnRow).where(TurnRow.task_id == task.id, TurnRow.role == "assistant")
        await tx.execute(answer.values(status=task.status), execution_options=UNSEEN)
    elif task.kind == "ingest":
        document = update(DocumentRow).where(DocumentRow.id == task.document_id)
        await tx.execute(document.values(status=task.status), execution_options=UNSEEN)
