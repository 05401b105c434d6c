"""Cancelling in every state, and deleting, which cancels what is under way."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select, update

from db.database import UNSEEN, Transaction
from db.models import DocumentRow, SessionRow, TaskRow
from db.tasks import UNFINISHED, get_task, owned_task, unfinished_tasks
from errors import NotFound
from scheduling.ending import end, end_waiting
from scheduling.work import Outcome


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What a cancel did: it ended a waiting task now, asked a running one to stop, or came too late."""

    task: TaskRow
    ended_now: bool = False
    running: bool = False


async def cancel(
    tx: Transaction, task_id: UUID, *, owner: str | None, by: str, pause_session: bool = False
) -> Cancellation:
    """Cancel one task under the line lock.

    Raises:
        NotFound: there is no such task of this owner.
    """
    task = await (get_task(tx, task_id) if owner is None else owned_task(tx, task_id, owner))
    if task is None:
        raise NotFound("There is no such task.")
    if pause_session and task.status in UNFINISHED and await _others_wait(tx, task):
        await tx.execute(update(SessionRow).where(SessionRow.id == task.session_id).values(paused=True))
    cancelled = await _cancel(tx, task, by)
    if cancelled.ended_now and task.session_id is not None:
        await _let_go_when_empty(tx, task.session_id)
    return cancelled


async def _others_wait(tx: Transaction, task: TaskRow) -> bool:
    """Whether other messages of the same session wait for their first start: else there is nothing to hold back."""
    if task.session_id is None:
        return False
    others = exists().where(*_never_begun(task.session_id), TaskRow.id != task.id)
    return bool((await tx.execute(select(others))).scalar_one())


async def _let_go_when_empty(tx: Transaction, session_id: UUID) -> None:
    """A pause ends with the last message that it held back: nobody would look for it when the next one comes."""
    held = (SessionRow.id == session_id, SessionRow.paused, ~exists().where(*_never_begun(session_id)))
    await tx.execute(update(SessionRow).where(*held).values(paused=False), execution_options=UNSEEN)


def _never_begun(session_id: UUID) -> tuple[ColumnElement[bool], ...]:
    """The condition on a session's messages that a pause holds back."""
    return TaskRow.session_id == session_id, TaskRow.status == "queued", TaskRow.attempt == 0


async def _cancel(tx: Transaction, task: TaskRow, by: str) -> Cancellation:
    if task.status == "queued":
        written = (task.checkpoint_text, task.checkpoint_citations)
        await end(tx, task, Outcome("cancelled", *written), cancelled_by=by)
        return Cancellation(task, ended_now=True)
    if task.status == "running":
        if not task.cancel_requested:
            task.cancel_requested, task.cancelled_by = True, by
        return Cancellation(task, running=True)
    return Cancellation(task)


async def hide_session(tx: Transaction, session_id: UUID, *, owner: str) -> Sequence[Cancellation]:
    """Mark a session deleted and cancel its tasks.

    Raises:
        NotFound: there is no such session of this owner.
    """
    await _hide(tx, SessionRow, session_id, owner, "session")
    ended = [Cancellation(task, ended_now=True) for task in await end_waiting(tx, session_id, by=owner)]
    return ended + [await _cancel(tx, task, owner) for task in await unfinished_tasks(tx, session_id=session_id)]


async def hide_document(tx: Transaction, document_id: UUID, *, owner: str) -> Sequence[Cancellation]:
    """Mark a document deleted and cancel its reading.

    Raises:
        NotFound: there is no such document of this owner.
    """
    await _hide(tx, DocumentRow, document_id, owner, "document")
    return [await _cancel(tx, task, owner) for task in await unfinished_tasks(tx, document_id=document_id)]


async def _hide(tx: Transaction, row: type[SessionRow | DocumentRow], identity: UUID, owner: str, word: str) -> None:
    mine = (row.id == identity, row.owner == owner, row.deleted_at.is_(None))
    hidden = update(row).where(*mine).values(deleted_at=func.now()).returning(row.id)
    if (await tx.execute(hidden)).scalar_one_or_none() is None:
        raise NotFound(f"There is no such {word}.")
