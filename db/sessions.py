"""Queries on sessions and their turns. Every one is bound to an owner; a deleted session is not there."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_, update

from db.cursors import Page, decode_moment, decode_number, encode_moment, encode_number
from db.database import Database, Transaction
from db.models import SessionRow, TaskRow, TurnRow
from db.steps import Step
from errors import NotFound

EXCERPT_LEAD = 24
EXCERPT_CHARS = 160


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A session with what it does now. `active_task_id` holds a slot; `queued_count` tasks wait behind it.

    `excerpt`: where the words of a search stand in its turns; null without a search, or when none has them.
    """

    id: UUID
    title: str | None
    paused: bool
    created_at: datetime
    updated_at: datetime
    active_task_id: UUID | None
    queued_count: int
    excerpt: str | None = None


async def create_session(tx: Transaction, owner: str, title: str | None) -> SessionSummary:
    """A new, empty session."""
    row = SessionRow(owner=owner, title=title)
    tx.add(row)
    await tx.flush()
    await tx.refresh(row)
    return SessionSummary(row.id, row.title, row.paused, row.created_at, row.updated_at, None, 0)


async def get_session(tx: Transaction, owner: str, session_id: UUID) -> SessionSummary:
    """One session.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    row = (await tx.execute(_summaries().where(_of(owner), SessionRow.id == session_id))).one_or_none()
    if row is None:
        raise NotFound("There is no such session.")
    return SessionSummary(*row)


_STATE = Step("""
    SELECT id, title, paused, created_at, updated_at,
        (SELECT id FROM tasks WHERE session_id = sessions.id AND status = 'running' LIMIT 1) AS active_task_id,
        (SELECT count(*) FROM tasks WHERE session_id = sessions.id AND status = 'queued') AS queued_count
    FROM sessions WHERE id = :session_id AND deleted_at IS NULL
""")


async def session_state(database: Database, session_id: UUID) -> dict[str, Any] | None:
    """A session, whoever's it is, as the JSON shape that clients see; None when there is none."""
    [rows] = await database.batch(_STATE, session_id=session_id)
    return session_json(SessionSummary(*rows[0])) if rows else None


async def list_sessions(
    tx: Transaction, owner: str, *, limit: int, cursor: str | None = None, q: str | None = None
) -> Page[SessionSummary]:
    """One person's sessions, newest activity first; with `q`, those with these words in their title or a turn.

    Raises:
        InvalidInput: `invalid_cursor`.
    """
    newest_first = SessionRow.updated_at.desc(), SessionRow.id.desc()
    query = _summaries().where(_of(owner)).order_by(*newest_first).limit(limit + 1)
    if q is not None:
        query = _with_words(query, q)
    if cursor is not None:
        query = query.where(tuple_(SessionRow.updated_at, SessionRow.id) < decode_moment("sessions", cursor))
    rows = [SessionSummary(*row) for row in await tx.execute(query)]
    page = rows[:limit]
    more = len(rows) > limit
    return Page(page, encode_moment("sessions", page[-1].updated_at, page[-1].id) if more else None)


async def rename_session(tx: Transaction, owner: str, session_id: UUID, title: str) -> SessionSummary:
    """Give a session another title; its place in the list, by activity, stays.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    await tx.execute(update(SessionRow).where(_of(owner), SessionRow.id == session_id).values(title=title))
    return await get_session(tx, owner, session_id)


async def list_turns(
    tx: Transaction, owner: str, session_id: UUID, *, limit: int, cursor: str | None = None, newest: bool = False
) -> Page[TurnRow]:
    """A session's turns in `turn_index` order.

    With `newest`, the page is the last `limit` turns, and its cursor leads to the ones before them.

    Raises:
        NotFound: there is no such session, or it is somebody else's.
        InvalidInput: `invalid_cursor`; a cursor belongs to the direction it was given for.
    """
    await get_session(tx, owner, session_id)
    name = f"{'older' if newest else 'turns'}:{session_id}"
    query = select(TurnRow).where(TurnRow.session_id == session_id).limit(limit + 1)
    if cursor is not None:
        at = decode_number(name, cursor)
        query = query.where(TurnRow.turn_index < at if newest else TurnRow.turn_index > at)
    order = TurnRow.turn_index.desc() if newest else TurnRow.turn_index.asc()
    rows = (await tx.execute(query.order_by(order))).scalars().all()
    page = rows[:limit]
    next_cursor = encode_number(name, page[-1].turn_index) if len(rows) > limit else None
    return Page(page[::-1] if newest else page, next_cursor)


def _of(owner: str) -> ColumnElement[bool]:
    return SessionRow.owner == owner


def _summaries() -> Select[Any]:
    """Sessions that are not deleted, each with its tasks looked up in the same query."""
    active = select(TaskRow.id).where(TaskRow.session_id == SessionRow.id, TaskRow.status == "running").limit(1)
    queued = select(func.count(TaskRow.id)).where(TaskRow.session_id == SessionRow.id, TaskRow.status == "queued")
    return select(
        SessionRow.id,
        SessionRow.title,
        SessionRow.paused,
        SessionRow.created_at,
        SessionRow.updated_at,
        active.correlate(SessionRow).scalar_subquery(),
        queued.correlate(SessionRow).scalar_subquery(),
    ).where(SessionRow.deleted_at.is_(None))


def _with_words(query: Select[Any], q: str) -> Select[Any]:
    """Sessions that have `q` in their title or a turn, whatever its case; also inside what other scripts run together.

    The latest turn that has it gives an excerpt, from a little before it on.
    """
    at = func.strpos(func.lower(TurnRow.content), func.lower(q))
    excerpt = func.substr(TurnRow.content, func.greatest(1, at - EXCERPT_LEAD), EXCERPT_CHARS)
    found = (
        select(excerpt)
        .where(TurnRow.session_id == SessionRow.id, TurnRow.content.icontains(q, autoescape=True))
        .order_by(TurnRow.turn_index.desc())
        .limit(1)
        .correlate(SessionRow)
        .scalar_subquery()
    )
    return query.add_columns(found).where(or_(SessionRow.title.icontains(q, autoescape=True), found.is_not(None)))


def session_json(session: SessionSummary) -> dict[str, Any]:
    """A session as the JSON shape that clients see."""
    return {
        "id": str(session.id),
        "title": session.title,
        "paused": session.paused,
        "created_at": _utc(session.created_at),
        "updated_at": _utc(session.updated_at),
        "active_task_id": str(session.active_task_id) if session.active_task_id else None,
        "queued_count": session.queued_count,
    }


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
