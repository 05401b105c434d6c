"""Sessions, their turns and their messages."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.deps import Caller, Config, Cursor, IdempotencyKey, Limit, LineChanges, Store, WaitingLine, problems
from api.schemas import NewMessage, NewSession, Receipt, Session, SessionChange, SessionPage, TurnPage
from api.submission import accepted, idempotency
from api.text import Message, check_length
from db import sessions
from db.cursors import Page
from db.models import TurnRow
from db.sessions import SessionSummary
from scheduling.work import Chat

router = APIRouter(prefix="/sessions", tags=["sessions"])


@router.post("", status_code=201, response_model=Session, responses=problems(400, 413, 422))
async def create_session(
    caller: Caller, database: Store, line: WaitingLine, body: NewSession, response: Response
) -> SessionSummary:
    """Begin a conversation."""
    async with database.transaction() as tx:
        session = await sessions.create_session(tx, caller.name, body.title)
    line.feed.person(caller.name, "session.changed", sessions.session_json(session))
    response.headers["Location"] = f"/sessions/{session.id}"
    return session


@router.get("", response_model=SessionPage, responses=problems(400, 422))
async def list_sessions(
    caller: Caller,
    database: Store,
    q: Annotated[Message | None, Query(max_length=200, description="only those with this in title or turns")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[SessionSummary]:
    """The caller's sessions, newest activity first."""
    words = None if q is None else " ".join(q.split())
    async with database.transaction() as tx:
        return await sessions.list_sessions(tx, caller.name, limit=limit, cursor=cursor, q=words)


@router.get("/{session_id}", response_model=Session, responses=problems(404))
async def get_session(caller: Caller, database: Store, session_id: UUID) -> SessionSummary:
    """One session."""
    async with database.transaction() as tx:
        return await sessions.get_session(tx, caller.name, session_id)


@router.patch("/{session_id}", response_model=Session, responses=problems(400, 404, 413, 422))
async def rename_session(
    caller: Caller, database: Store, line: WaitingLine, session_id: UUID, body: SessionChange
) -> SessionSummary:
    """Give a session another title."""
    async with database.transaction() as tx:
        session = await sessions.rename_session(tx, caller.name, session_id, body.title)
    line.news.session(caller.name, session_id)
    return session


@router.delete("/{session_id}", status_code=204, responses=problems(404))
async def delete_session(caller: Caller, changes: LineChanges, session_id: UUID) -> None:
    """Hide a session at once, cancel its tasks, and purge it after the last has ended."""
    await changes.delete_session(session_id, owner=caller.name)


@router.get("/{session_id}/turns", response_model=TurnPage, responses=problems(400, 404, 422))
async def list_turns(
    caller: Caller,
    database: Store,
    session_id: UUID,
    cursor: Cursor = None,
    limit: Limit = 200,
    part: Annotated[
        Literal["oldest", "newest"],
        Query(alias="from", description="`newest`: the last turns first, and the cursor leads back in time"),
    ] = "oldest",
) -> Page[TurnRow]:
    """A session's turns, in `turn_index` order within a page."""
    async with database.transaction() as tx:
        return await sessions.list_turns(
            tx, caller.name, session_id, limit=limit, cursor=cursor, newest=part == "newest"
        )


@router.post(
    "/{session_id}/messages",
    status_code=202,
    response_model=Receipt,
    responses=problems(400, 404, 413, 422, 429),
)
async def send_message(
    caller: Caller,
    line: WaitingLine,
    settings: Config,
    key: IdempotencyKey,
    session_id: UUID,
    body: NewMessage,
    response: Response,
) -> Receipt:
    """Put a message into the waiting line; follow `stream_url` for its answer."""
    check_length(body.content, settings)
    work = Chat(session_id, body.content, body.use_library, body.model)
    once = idempotency(key, f"/sessions/{session_id}/messages", body)
    return accepted(await line.submit(work, owner=caller.name, idempotency=once), response)


@router.post("/{session_id}/resume", response_model=Session, responses=problems(404))
async def resume_session(caller: Caller, changes: LineChanges, database: Store, session_id: UUID) -> SessionSummary:
    """Let queued messages go on after Stop paused them."""
    await changes.resume_session(session_id, owner=caller.name)
    async with database.transaction() as tx:
        return await sessions.get_session(tx, caller.name, session_id)
