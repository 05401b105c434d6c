"""Changing what still waits: its words, and its place among its owner's own."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import update

from db.database import Transaction
from db.models import TaskRow, TurnRow
from db.tasks import PlaceRow, deal_tickets, owned_task, places_of_owner
from errors import Conflict, InvalidInput, NotFound
from scheduling.submit import SUMMARY_CHARS, shorten

FIELDS = {"chat": "content", "research": "topic"}


async def edit(
    tx: Transaction, task_id: UUID, *, owner: str, field: str, words: str, kinds: Collection[str]
) -> TaskRow:
    """Put other words into a waiting message or topic, under the line lock.

    Args:
        tx: holds the line lock.
        task_id: which task.
        owner: whose it must be.
        field: `content` for a message, `topic` for a research.
        words: the new text.
        kinds: those that stand in the line.

    Raises:
        NotFound: there is no such task of this owner.
        Conflict: it has started already (`not_waiting`).
        InvalidInput: it has no such field.
    """
    task = await _waiting(tx, task_id, owner, kinds)
    if FIELDS.get(task.kind) != field:
        raise InvalidInput(f"A {task.kind} task has no {field} to change.", code="invalid_change")
    if task.attempt > 0:
        raise Conflict("It has started already; its text stays as it was.", code="not_waiting")
    task.payload = {**task.payload, field: words}
    task.summary = shorten(words, SUMMARY_CHARS)
    if task.kind == "chat":
        question = update(TurnRow).where(TurnRow.task_id == task.id, TurnRow.role == "user")
        await tx.execute(question.values(content=words))
    await tx.flush()
    return task


async def move(tx: Transaction, task_id: UUID, *, owner: str, before: UUID | None, kinds: Collection[str]) -> TaskRow:
    """Move a waiting task before another of the same owner, or behind all of them, under the line lock.

    Their tickets are dealt out anew among them, so nobody else's place changes.

    Returns:
        The task, with its new ticket.

    Raises:
        NotFound: there is no such task of this owner, or no such waiting task to stand before.
        Conflict: it does not wait any more, or a message would pass another of its own session.
    """
    moved = await _waiting(tx, task_id, owner, kinds)
    unfinished = await places_of_owner(tx, owner, kinds)
    waiting = [task for task in unfinished if task.status == "queued"]
    others = [task.id for task in waiting if task.id != task_id]
    if before is not None and before != task_id and before not in others:
        raise NotFound("There is no such waiting task of yours to stand before.")
    if before == task_id:
        return moved
    others.insert(others.index(before) if before is not None else len(others), task_id)
    dealt = {each: task.ticket for each, task in zip(others, waiting, strict=True) if each != task.id}
    # Those that run count too: one that lost its worker waits with a lower ticket than messages that still run.
    if _by_session(sorted(unfinished, key=lambda task: dealt.get(task.id, task.ticket))) != _by_session(unfinished):
        raise Conflict("A message cannot pass another one of its own session.", code="session_order")
    await deal_tickets(tx, dealt)
    await tx.refresh(moved)
    return moved


def _by_session(tasks: Sequence[PlaceRow]) -> dict[UUID, list[UUID]]:
    sessions: dict[UUID, list[UUID]] = {}
    for task in tasks:
        if task.session_id is not None:
            sessions.setdefault(task.session_id, []).append(task.id)
    return sessions


async def _waiting(tx: Transaction, task_id: UUID, owner: str, kinds: Collection[str]) -> TaskRow:
    task = await owned_task(tx, task_id, owner)
    if task is None:
        raise NotFound("There is no such task.")
    if task.status != "queued" or task.kind not in kinds:
        raise Conflict("It does not wait in the line any more.", code="not_waiting")
    return task
