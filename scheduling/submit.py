"""The one door into the line: what a submission writes, in one transaction."""

import logging
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import orjson

from db.database import Database, Transaction
from db.line import count_waiting, lock_line
from db.models import DocumentFileRow, DocumentRow, IdempotencyRow, TaskRow
from db.passing import ENTER_MESSAGE, ENTER_OTHER, LOCK, PLACE, task_of
from db.steps import Rows, Step
from errors import InvalidInput, LineFull, NotFound, SluiceError
from scheduling.queue import read_queue_up_to
from scheduling.wake import next_up
from scheduling.work import Chat, Idempotency, Ingest, Kind, Receipt, Research, Work
from settings import Settings

SUMMARY_CHARS = 120
TITLE_CHARS = 60
FULL_RETRY_SECONDS = 10
NEAR_THE_FRONT = 50

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entered:
    """What a submission made: the answer for the caller, and the row unless the answer is an earlier one's."""

    receipt: Receipt
    task: TaskRow | None


async def enter_at_once(
    database: Database, work: Work, owner: str, idempotency: Idempotency | None, settings: Settings
) -> Entered | None:
    """As `enter`, when nothing is to be looked at first; None when something is.

    Raises:
        NotFound: the session does not exist or is another person's.
    """
    limited = settings.max_waiting is not None or settings.max_waiting_per_user is not None
    if limited or idempotency is not None or isinstance(work, Ingest):
        return None
    step, values = _entry(work, owner, None, settings)
    _, rows, [place] = await database.batch(LOCK, step, PLACE, kinds=list(settings.kinds_with_slot), **values)
    return _entered(rows, place)


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
    step, values = _entry(work, owner, document.id if document is not None else None, settings)
    rows = await step.within(tx, **values)
    [place] = await PLACE.within(tx, kinds=list(settings.kinds_with_slot)) if in_line and rows else [None]
    entered = _entered(rows, place)
    if idempotency is not None:
        await remember(tx, owner, idempotency, entered.receipt)
    return entered


async def with_estimate(
    database: Database, entered: Entered, owner: str, idempotency: Idempotency | None, settings: Settings
) -> Receipt:
    """The answer, telling those near the front when they will start; the others learn it from their stream."""
    receipt, task = entered.receipt, entered.task
    if task is None or receipt.position is None or receipt.position > NEAR_THE_FRONT or receipt.eta_s is not None:
        return receipt
    try:
        place = (await read_queue_up_to(database, settings, task.ticket)).places.get(receipt.task_id)
        if place is None:
            return receipt
        receipt = replace(receipt, eta_s=place.eta_s)
        if idempotency is not None:
            async with database.transaction() as tx:
                await remember(tx, owner, idempotency, receipt)
    except SluiceError as error:
        log.warning("task %s has no estimate: %s", receipt.task_id, error.message)
    return receipt


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


def _entry(work: Work, owner: str, document_id: UUID | None, settings: Settings) -> tuple[Step, dict[str, Any]]:
    """The statement that writes a submission, and its values."""
    values: dict[str, Any] = {
        "task_id": uuid4(),
        "owner": owner,
        "payload": orjson.dumps(_payload(work)).decode(),
        "summary": _summary(work),
        "model": None if isinstance(work, Ingest) else work.model or settings.llm_model,
    }
    if not isinstance(work, Chat):
        return ENTER_OTHER, values | {"kind": _kind_of(work), "document_id": document_id}
    of_turns = {"content": work.content, "question_id": uuid4(), "answer_id": uuid4()}
    return ENTER_MESSAGE, values | of_turns | {"session_id": work.session_id, "title": title_of(work.content)}


def _entered(rows: Rows, place: Any) -> Entered:
    """What was written, and its answer; `place` is a row of `PLACE`, None for what does not stand in the line."""
    if not rows:
        raise NotFound("There is no such session.")
    task = task_of(rows[0])
    at_once = place is not None and place.waiting <= place.free and not (place.paused or rows[0].held)
    at_once &= task.kind != "ingest"  # fewer documents may be read at a time
    receipt = Receipt(
        task_id=task.id,
        status="queued",
        session_id=task.session_id,
        turn_index=rows[0].next_index,
        document_id=task.document_id,
        position=place.waiting if place is not None else None,
        eta_s=0.0 if at_once else None,
    )
    return Entered(receipt, task)


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
