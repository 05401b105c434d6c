"""The one door out: how a task ends, or goes back to wait for another attempt."""

from typing import Any

from sqlalchemy import func, select, update

from db.database import UNSEEN, Transaction
from db.models import DocumentRow, SessionRow, TaskRow, TurnRow, ticket_sequence
from scheduling.claim import set_status_of_result
from scheduling.views import document_view, report_view, turn_view
from scheduling.work import Outcome
from streaming.events import Cancelled, Completed, Failed, Terminal


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
    result = await _result(tx, task)
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
