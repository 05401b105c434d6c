"""The one door into the line: what a submission writes, in one transaction."""

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, insert, select, update

from db.database import Transaction
from db.line import count_waiting, lock_line, slots
from db.models import DocumentFileRow, DocumentRow, IdempotencyRow, SessionRow, TaskRow, TurnRow
from errors import InvalidInput, LineFull, NotFound
from scheduling.wake import next_up
from scheduling.work import Chat, Idempotency, Ingest, Kind, Receipt, Research, Work
from settings import Settings

SUMMARY_CHARS = 120
TITLE_CHARS = 60
FULL_RETRY_SECONDS = 10

_insert_task = insert(TaskRow).returning(TaskRow)
_insert_turn = insert(TurnRow)


@dataclass(frozen=True, slots=True)
class Entered:
    """What a submission made: the answer for the caller, and the row unless the answer is an earlier one's."""

    receipt: Receipt
    task: TaskRow | None


async def enter(
    tx: Transaction, work: Work, owner: str, idempotency: Idempotency | None, settings: Settings
) -> Entered:
    """Write a task and all that belongs to it, under the line lock.

    Raises:
        NotFound: the session does not exist or is another person's.
        LineFull: `MAX_WAITING` or `MAX_WAITING_PER_USER` is reached.
        InvalidInput: the key was used with another body (`idempotency_mismatch`).
    """
    document = await _store_file(tx, work, owner) if isinstance(work, Ingest) else None
    await lock_line(tx)
    if idempotency is not None:
        earlier = await _earlier_answer(tx, owner, idempotency)
        if earlier is not None:
            if document is not None:
                await tx.delete(document)
            return Entered(earlier, None)
    in_line = _kind_of(work) in settings.kinds_with_slot
    if in_line:
        await _check_room(tx, owner, settings)
    model = None if isinstance(work, Ingest) else work.model or settings.llm_model
    next_index = await _touch_session(tx, work, owner) if isinstance(work, Chat) else None
    task = await _add_task(tx, work, owner, document.id if document is not None else None, model)
    if isinstance(work, Chat) and next_index is not None:
        await _add_turns(tx, work, task, next_index)
    position, eta = await _last_place(tx, settings) if in_line else (None, None)
    receipt = Receipt(
        task_id=task.id,
        status="queued",
        session_id=task.session_id,
        turn_index=next_index,
        document_id=task.document_id,
        position=position,
        eta_s=eta,
    )
    if idempotency is not None:
        await remember(tx, owner, idempotency, receipt)
    return Entered(receipt, task)


async def _store_file(tx: Transaction, work: Ingest, owner: str) -> DocumentRow:
    """Write the file before the line is locked: it may be large."""
    document = DocumentRow(
        id=uuid4(),
        owner=owner,
        filename=work.filename,
        media_type=work.media_type,
        size_bytes=len(work.content),
        sha256=work.sha256,
    )
    tx.add(document)
    await tx.flush()
    tx.add(DocumentFileRow(document_id=document.id, content=work.content))
    await tx.flush()
    return document


async def _earlier_answer(tx: Transaction, owner: str, idempotency: Idempotency) -> Receipt | None:
    row = await tx.get(IdempotencyRow, (owner, idempotency.key))
    if row is None:
        return None
    if row.body_hash != idempotency.body_hash:
        raise InvalidInput("This Idempotency-Key was already used with another request.", code="idempotency_mismatch")
    values: dict[str, Any] = dict(row.response)
    for name in ("task_id", "session_id", "document_id"):
        values[name] = UUID(values[name]) if values[name] is not None else None
    values["replayed"] = True
    return Receipt(**values)


async def remember(tx: Transaction, owner: str, idempotency: Idempotency, receipt: Receipt) -> None:
    """Keep the answer given under a key."""
    response = {name: str(value) if isinstance(value, UUID) else value for name, value in asdict(receipt).items()}
    key = {"owner": owner, "key": idempotency.key}
    await tx.merge(IdempotencyRow(**key, body_hash=idempotency.body_hash, response=response))


async def _check_room(tx: Transaction, owner: str, settings: Settings) -> None:
    most, most_of_one = settings.max_waiting, settings.max_waiting_per_user
    if most is None and most_of_one is None:
        return
    # What a free slot is about to take does not count as waiting.
    starting, kinds = await next_up(tx, settings), settings.kinds_with_slot
    if most is not None and await count_waiting(tx, kinds) - len(starting) >= most:
        raise LineFull("The waiting line is full.", retry_after=FULL_RETRY_SECONDS)
    if most_of_one is None:
        return
    mine = sum(task.owner == owner for task in starting)
    if await count_waiting(tx, kinds, owner=owner) - mine >= most_of_one:
        raise LineFull("You have as many waiting tasks as one person may have.", retry_after=FULL_RETRY_SECONDS)


async def _touch_session(tx: Transaction, work: Chat, owner: str) -> int:
    """Move the session to the top of its owner's list; its first message gives it a title.

    Returns:
        The index of its next turn.
    """
    last = select(func.max(TurnRow.turn_index)).where(TurnRow.session_id == work.session_id).scalar_subquery()
    statement = (
        update(SessionRow)
        .where(SessionRow.id == work.session_id, SessionRow.owner == owner, SessionRow.deleted_at.is_(None))
        .values(updated_at=func.now(), title=func.coalesce(SessionRow.title, title_of(work.content)))
        .returning(func.coalesce(last + 1, 0))
    )
    next_index: int | None = (await tx.execute(statement)).scalar_one_or_none()
    if next_index is None:
        raise NotFound("There is no such session.")
    return next_index


async def _add_task(tx: Transaction, work: Work, owner: str, document_id: UUID | None, model: str | None) -> TaskRow:
    """The task's row, with the ticket that the database gave it."""
    values = {
        "id": uuid4(),
        "kind": _kind_of(work),
        "owner": owner,
        "session_id": work.session_id if isinstance(work, Chat) else None,
        "document_id": document_id,
        "payload": _payload(work),
        "summary": _summary(work),
        "model": model,
    }
    return (await tx.execute(_insert_task, values)).scalar_one()


async def _add_turns(tx: Transaction, work: Chat, task: TaskRow, index: int) -> None:
    """The question and the empty answer, both at once, so that the order is fixed from here on."""
    common = {"session_id": work.session_id, "task_id": task.id}
    question = common | {"turn_index": index, "role": "user", "content": work.content, "status": "completed"}
    answer = common | {"turn_index": index + 1, "role": "assistant", "content": "", "status": "queued"}
    await tx.execute(_insert_turn, [{"id": uuid4(), **question}, {"id": uuid4(), **answer}])


async def _last_place(tx: Transaction, settings: Settings) -> tuple[int, float | None]:
    """The position of who came last, and when they start if that is at once: a slot is free for them."""
    kinds = settings.kinds_with_slot
    waiting, now = await count_waiting(tx, kinds), await slots(tx, kinds)
    return waiting, 0.0 if waiting <= now.free and not now.paused else None


def _kind_of(work: Work) -> Kind:
    match work:
        case Chat():
            return "chat"
        case Research():
            return "research"
        case Ingest():
            return "ingest"


def _payload(work: Work) -> dict[str, Any]:
    match work:
        case Chat():
            return {"content": work.content, "use_library": work.use_library}
        case Research():
            return {"topic": work.topic, "sources": list(work.sources), "depth": work.depth}
        case Ingest():
            return {"filename": work.filename}


def _summary(work: Work) -> str:
    match work:
        case Chat():
            words = work.content
        case Research():
            words = work.topic
        case Ingest():
            words = work.filename
    return shorten(words, SUMMARY_CHARS)


def shorten(words: str, most: int) -> str:
    """One line of at most `most` characters, with an ellipsis where it was cut."""
    line = " ".join(words.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def title_of(content: str) -> str:
    """A session's title from its first message: its first line that says something."""
    first = next((line for line in content.splitlines() if line.strip()), content)
    return shorten(first.strip().lstrip("#>*- "), TITLE_CHARS) or shorten(content, TITLE_CHARS)
