"""The queue as it stands, and as one person may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select

from db.database import Transaction
from db.models import SessionRow, TaskRow
from db.tasks import INTERACTIVE, database_now, line_state, mean_run_seconds, unfinished
from scheduling.estimates import estimate
from scheduling.work import Kind
from settings import Settings

WaitsFor = Literal["session", "owner_limit", "paused"]


class QueueItem(BaseModel):
    """One task in the queue. What it is about is null for others than its owner and admins."""

    task_id: UUID
    kind: Kind
    position: int | None = None
    mine: bool
    owner: str
    summary: str | None
    title: str | None
    session_id: UUID | None
    document_id: UUID | None
    progress: dict[str, Any] | None
    cancel_requested: bool
    attempt: int
    created_at: datetime
    started_at: datetime | None
    waits_for: WaitsFor | None = None
    eta_s: float | None = None


class IngestQueue(BaseModel):
    """Documents being read, apart: they take no slot."""

    limit: int
    active: list[QueueItem]
    waiting: list[QueueItem]


class QueueView(BaseModel):
    """The queue for one viewer."""

    limit: int
    paused: bool
    active: list[QueueItem]
    waiting: list[QueueItem]
    ingest: IngestQueue


@dataclass(frozen=True, slots=True)
class Place:
    """Where a waiting task stands: 1-based position, seconds to its start, and why it is not simply next."""

    position: int
    eta_s: float | None
    waits_for: WaitsFor | None


@dataclass(frozen=True, slots=True)
class QueueState:
    """All unfinished tasks, for no viewer yet: read once, shown to many."""

    limit: int
    paused: bool
    ingest_limit: int
    tasks: Sequence[TaskRow]
    places: dict[UUID, Place]
    titles: dict[UUID, str]

    @property
    def size(self) -> int:
        """How many wait."""
        return len(self.places)

    def view(self, viewer: str, *, is_admin: bool) -> QueueView:
        """The queue as `viewer` may see it."""
        lists: dict[tuple[bool, bool], list[QueueItem]] = {}
        for task in self.tasks:
            key = (task.kind == "ingest", task.status == "running")
            lists.setdefault(key, []).append(self._item(task, viewer, is_admin))
        ingest = IngestQueue(
            limit=self.ingest_limit, active=lists.get((True, True), []), waiting=lists.get((True, False), [])
        )
        return QueueView(
            limit=self.limit,
            paused=self.paused,
            active=lists.get((False, True), []),
            waiting=lists.get((False, False), []),
            ingest=ingest,
        )

    def _item(self, task: TaskRow, viewer: str, is_admin: bool) -> QueueItem:
        mine = task.owner == viewer
        open_to_viewer = mine or is_admin
        progress = dict(task.progress) if task.progress is not None else None
        if progress is not None and not open_to_viewer:
            progress["label"] = None
        place = self.places.get(task.id)
        return QueueItem(
            task_id=task.id,
            kind=task.kind,
            position=place.position if place else None,
            mine=mine,
            owner=task.owner,
            summary=task.summary if open_to_viewer else None,
            title=self.titles.get(task.id) if open_to_viewer else None,
            session_id=task.session_id if open_to_viewer else None,
            document_id=task.document_id if open_to_viewer else None,
            progress=progress,
            cancel_requested=task.cancel_requested,
            attempt=task.attempt,
            created_at=task.created_at,
            started_at=task.started_at if task.status == "running" else None,
            waits_for=place.waits_for if place else None,
            eta_s=place.eta_s if place else None,
        )


async def read_queue(tx: Transaction, settings: Settings) -> QueueState:
    """Read the whole queue at one moment, with positions and estimates."""
    line = await line_state(tx)
    tasks = await unfinished(tx)
    active = [task for task in tasks if task.status == "running" and task.kind in INTERACTIVE]
    waiting = [task for task in tasks if task.status == "queued" and task.kind in INTERACTIVE]
    pairs = sorted({(task.kind, task.model) for task in (*active, *waiting)}, key=str)
    etas: list[float | None] = [None] * len(waiting)
    if waiting and not line.paused:
        means = await mean_run_seconds(tx, pairs)
        etas = estimate(active, waiting, means, limit=line.slot_limit, now=await database_now(tx))
    sessions = await _sessions_of(tx, tasks)
    reasons = _reasons(active, waiting, sessions, paused=line.paused, most=settings.max_active_per_user)
    places = {
        task.id: Place(index + 1, None if reasons[task.id] == "paused" else eta, reasons[task.id])
        for index, (task, eta) in enumerate(zip(waiting, etas, strict=True))
    }
    titles = {task.id: _title(task, sessions) for task in tasks}
    return QueueState(line.slot_limit, line.paused, settings.ingest_concurrency, tasks, places, titles)


async def _sessions_of(tx: Transaction, tasks: Sequence[TaskRow]) -> dict[UUID, SessionRow]:
    ids = {task.session_id for task in tasks if task.session_id is not None}
    if not ids:
        return {}
    rows = (await tx.execute(select(SessionRow).where(SessionRow.id.in_(ids)))).scalars()
    return {row.id: row for row in rows}


def _reasons(
    active: Sequence[TaskRow],
    waiting: Sequence[TaskRow],
    sessions: dict[UUID, SessionRow],
    *,
    paused: bool,
    most: int | None,
) -> dict[UUID, WaitsFor | None]:
    """Why each waiting task is not next, as far as anything but its place keeps it."""
    busy_sessions = {task.session_id for task in active if task.session_id is not None}
    owners = [task.owner for task in active]
    reasons: dict[UUID, WaitsFor | None] = {}
    for task in waiting:
        session = sessions.get(task.session_id) if task.session_id is not None else None
        if paused or (session is not None and session.paused):
            reasons[task.id] = "paused"
        elif task.session_id is not None and task.session_id in busy_sessions:
            reasons[task.id] = "session"
        elif most is not None and owners.count(task.owner) >= most:
            reasons[task.id] = "owner_limit"
        else:
            reasons[task.id] = None
        if task.session_id is not None:
            busy_sessions.add(task.session_id)
    return reasons


def _title(task: TaskRow, sessions: dict[UUID, SessionRow]) -> str:
    session = sessions.get(task.session_id) if task.session_id is not None else None
    return (session.title if session is not None else None) or task.summary
