"""The one door out: how a task ends, or goes back to wait for another attempt."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func, select, update

from db.database import UNSEEN, Database, Transaction
from db.models import DocumentRow, SessionRow, TaskRow, TurnRow, ticket_sequence
from db.passing import END_RUN, GO_ON, LOCK, task_of
from errors import Fenced
from scheduling.claim import NOBODY, Runner, claimed, in_plain_order, set_status_of_result
from scheduling.views import document_view, report_view, turn_view
from scheduling.work import Claimed, Outcome, Wakeup
from settings import Settings
from streaming.events import Cancelled, Completed, Failed, Terminal


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that is over, in the database. `successor`: who got its slot, when that was asked for.

    `wakeups`: whose turn it is now, to be published.
    """

    task: TaskRow
    event: Terminal
    wakeups: list[Wakeup]
    successor: Claimed | None = None


async def end_at_once(
    database: Database, task: TaskRow, outcome: Outcome, settings: Settings, *, next_runner: Runner | None, **notes: Any
) -> Ended | None:
    """End a chat or a research, and let the slot go on, in one round trip; None when that takes more looking.

    Args:
        database: where.
        task: as its attempt claimed it.
        outcome: how it ended.
        settings: the line's.
        next_runner: who starts the next in line at once; None leaves that to whoever claims it.
        notes: `last_seq`, and `first_token_at` or None.

    Raises:
        Fenced: the task is no longer this attempt's; nothing was written.
    """
    if task.kind == "ingest" or not in_plain_order(settings):
        return None
    runner = next_runner or NOBODY
    values = (
        notes
        | runner.values()
        | {
            "ended": task.id,
            "attempt": task.attempt,
            "status": outcome.status,
            "content": outcome.text,
            "citations": orjson.dumps(outcome.citations).decode(),
            "error": orjson.dumps(outcome.error).decode() if outcome.error else None,
            "result": _report_of(outcome) if task.kind == "research" else None,
            "kinds": list(settings.kinds_with_slot),
            "takes_next": next_runner is not None,
        }
    )
    _, ended, [after] = await database.batch(LOCK, END_RUN, GO_ON, **values)
    if not ended:
        raise Fenced("This attempt does not own the task any more.")
    row = task_of(ended[0])
    wakeups = [Wakeup(*each, front=True) for each in zip(after.ids or (), after.kinds or (), strict=True)]
    successor = claimed(task_of(after)) if after.id is not None else None
    if successor is not None and after.was_parked is not None:
        wakeups.insert(0, Wakeup(successor.task.id, successor.task.kind, front=True))
    return Ended(row, _terminal(row, _result_at_once(ended[0], row, outcome)), wakeups, successor)


def _report_of(outcome: Outcome) -> str:
    return orjson.dumps({"content": outcome.text, "citations": outcome.citations}).decode()


def _result_at_once(row: Any, task: TaskRow, outcome: Outcome) -> dict[str, Any]:
    if task.kind == "research":
        return {"report": report_view(task).model_dump(mode="json")}
    turn = TurnRow(
        id=row.turn_id,
        session_id=task.session_id,
        turn_index=row.turn_index,
        role="assistant",
        content=outcome.text,
        task_id=task.id,
        status=outcome.status,
        citations=outcome.citations,
        created_at=row.turn_created_at,
    )
    return {"turn": turn_view(turn).model_dump(mode="json")}


async def end(tx: Transaction, task: TaskRow, outcome: Outcome, **notes: Any) -> None:
    """Write a task's end and what it wrote, and what else there is to note in its row.

    The caller holds the line lock and owns the attempt.
    """
    values = notes | {
        "status": outcome.status,
        "error": dict(outcome.error) if outcome.error else None,
        "parked": None,
        "lease_expires_at": None,
        "finished_at": func.clock_timestamp(),
    }
    if task.status == "running":
        values["ended_ticket"] = ticket_sequence.next_value()
    match task.kind:
        case "chat":
            await _fill_answer(tx, task, outcome)
        case "research":
            values["result"] = {"content": outcome.text, "citations": outcome.citations}
        case _:
            document = update(DocumentRow).where(DocumentRow.id == task.document_id)
            await tx.execute(document.values(status=outcome.status, error=values["error"]))
    ended = update(TaskRow).where(TaskRow.id == task.id).values(values).returning(TaskRow)
    await tx.execute(ended.execution_options(populate_existing=True))


async def end_waiting(tx: Transaction, session_id: UUID, *, by: str) -> Sequence[TaskRow]:
    """Cancel all queued messages of a session, as `end` would each, but together: everybody waits for the lock."""
    queued = (TaskRow.session_id == session_id, TaskRow.status == "queued")
    answers = update(TurnRow).where(TurnRow.task_id == TaskRow.id, TurnRow.role == "assistant", *queued)
    written = {"content": TaskRow.checkpoint_text, "citations": TaskRow.checkpoint_citations}
    await tx.execute(answers.values(status="cancelled", **written), execution_options=UNSEEN)
    values = {"status": "cancelled", "cancelled_by": by, "parked": None, "finished_at": func.clock_timestamp()}
    ended = update(TaskRow).where(*queued).values(values).returning(TaskRow)
    return (await tx.execute(ended.execution_options(populate_existing=True))).scalars().all()


async def _fill_answer(tx: Transaction, task: TaskRow, outcome: Outcome) -> None:
    answer = update(TurnRow).where(TurnRow.task_id == task.id, TurnRow.role == "assistant")
    values = {"status": outcome.status, "content": outcome.text, "citations": outcome.citations}
    await tx.execute(answer.values(**values), execution_options=UNSEEN)
    touched = update(SessionRow).where(SessionRow.id == task.session_id)
    await tx.execute(touched.values(updated_at=func.clock_timestamp()), execution_options=UNSEEN)


async def give_back(tx: Transaction, task: TaskRow) -> None:
    """Return a running task to its place in the line; its next start is the next attempt."""
    task.status = "queued"
    task.parked = None
    task.lease_expires_at = None
    task.woken_at = func.clock_timestamp()
    await tx.flush()
    await set_status_of_result(tx, task)


async def terminal_event(tx: Transaction, task: TaskRow) -> Terminal:
    """The last event of an ended task, from what is committed: the same whenever it is built."""
    return _terminal(task, await _result(tx, task))


def _terminal(task: TaskRow, result: dict[str, Any]) -> Terminal:
    match task.status:
        case "completed":
            return Completed(result=result)
        case "failed":
            return Failed(error=task.error or {}, result=result)
        case _:
            return Cancelled(by=task.cancelled_by, result=result)


async def _result(tx: Transaction, task: TaskRow) -> dict[str, Any]:
    match task.kind:
        case "chat":
            query = select(TurnRow).where(TurnRow.task_id == task.id, TurnRow.role == "assistant")
            turn = (await tx.execute(query.execution_options(populate_existing=True))).scalar_one()
            return {"turn": turn_view(turn).model_dump(mode="json")}
        case "research":
            return {"report": report_view(task).model_dump(mode="json")}
        case _:
            document = await tx.get(DocumentRow, task.document_id, populate_existing=True)
            assert document is not None
            return {"document": document_view(document, task.id).model_dump(mode="json")}
