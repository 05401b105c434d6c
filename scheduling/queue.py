"""The queue as it stands, and as one person may see it."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypedDict
from uuid import UUID

from db.database import Database
from db.line import LINE_NOW, MEANS, MEANS_UP_TO, UNFINISHED_UP_TO, QueuedRow, unfinished
from scheduling.estimates import estimate, is_held
from scheduling.turns import read_turns, stepping_aside
from scheduling.work import Kind
from settings import Settings

WaitsFor = Literal["session", "owner_limit", "paused"]

LONG = 500
"""From so many tasks on, a state is put together beside the event loop."""


class QueueItem(TypedDict):
    """One task in the queue. What it is about is null for others than its owner and admins."""

    task_id: UUID
    kind: Kind
    position: int | None
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
    waits_for: WaitsFor | None
    eta_s: float | None


class IngestQueue(TypedDict):
    """Documents being read, apart: they take no slot, unless `INGEST_TAKES_SLOT`. `size` is how many wait."""

    limit: int
    size: int
    active: list[QueueItem]
    waiting: list[QueueItem]


class QueueView(TypedDict):
    """The queue for one viewer. `size` is how many wait, also when `waiting` shows not all of them."""

    limit: int
    paused: bool
    size: int
    active: list[QueueItem]
    waiting: list[QueueItem]
    ingest: IngestQueue


class Place(NamedTuple):
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
    active: Sequence[QueuedRow]
    waiting: Sequence[QueuedRow]
    ingest_active: Sequence[QueuedRow]
    ingest_waiting: Sequence[QueuedRow]
    places: Mapping[UUID, Place]

    @property
    def size(self) -> int:
        """How many wait."""
        return len(self.waiting)

    def view(self, viewer: str, *, is_admin: bool, first: int | None = None) -> QueueView:
        """The queue as `viewer` may see it; with `first`, of what waits only so many and the viewer's own."""

        def items(tasks: Sequence[QueuedRow]) -> list[QueueItem]:
            return [self._item(task, viewer, is_admin) for task in tasks]

        return {
            "limit": self.limit,
            "paused": self.paused,
            "size": self.size,
            "active": items(self.active),
            "waiting": items(_shown(self.waiting, viewer, first)),
            "ingest": {
                "limit": self.ingest_limit,
                "size": len(self.ingest_waiting),
                "active": items(self.ingest_active),
                "waiting": items(_shown(self.ingest_waiting, viewer, first)),
            },
        }

    def _item(self, task: QueuedRow, viewer: str, is_admin: bool) -> QueueItem:
        mine = task.owner == viewer
        open_to_viewer = mine or is_admin
        progress = task.progress
        if progress is not None and not open_to_viewer:
            progress = {**progress, "label": None}
        place = self.places.get(task.id)
        return {
            "task_id": task.id,
            "kind": task.kind,
            "position": place.position if place else None,
            "mine": mine,
            "owner": task.owner,
            "summary": task.summary if open_to_viewer else None,
            "title": (task.title or task.summary) if open_to_viewer else None,
            "session_id": task.session_id if open_to_viewer else None,
            "document_id": task.document_id if open_to_viewer else None,
            "progress": progress,
            "cancel_requested": task.cancel_requested,
            "attempt": task.attempt,
            "created_at": task.created_at,
            "started_at": task.started_at if task.status == "running" else None,
            "waits_for": place.waits_for if place else None,
            "eta_s": place.eta_s if place else None,
        }


async def read_queue(database: Database, settings: Settings) -> QueueState:
    """Read the whole queue at one moment, with positions and estimates."""
    [[line]] = await database.batch(LINE_NOW)
    async with database.transaction() as tx:
        rows = await unfinished(tx)
    pairs = sorted({(task.kind, task.model) for task in rows}, key=str)
    of = {"of_kinds": [kind for kind, _ in pairs], "models": [model for _, model in pairs]}
    [means] = await database.batch(MEANS, **of)
    return await _state(database, settings, line, rows, means)


async def read_queue_up_to(database: Database, settings: Settings, ticket: int) -> QueueState:
    """As `read_queue`, but only the line up to a ticket, which is all that a place in it depends on."""
    values = {"kinds": list(settings.kinds_with_slot), "up_to": ticket}
    [line], rows, means = await database.batch(LINE_NOW, UNFINISHED_UP_TO, MEANS_UP_TO, **values)
    return await _state(database, settings, line, rows, means)


async def _state(
    database: Database, settings: Settings, line: Any, rows: Sequence[QueuedRow], recent: Sequence[Any]
) -> QueueState:
    parts: dict[tuple[bool, bool], list[QueuedRow]] = defaultdict(list)
    for task in rows:
        parts[task.kind in settings.kinds_with_slot, task.status == "running"].append(task)
    active, waiting = parts[True, True], parts[True, False]
    turns = await read_turns(database, active, waiting, settings)
    etas: list[float | None] = [None] * len(waiting)
    if waiting and not line.paused:
        means = {(pair.kind, pair.model): float(pair.seconds) for pair in recent}
        etas = await _beside(len(waiting), estimate, active, waiting, means, line.slot_limit, line.now, turns)
        if settings.ingest_concurrency < line.slot_limit:
            # That fewer documents than tasks may run at a time is not played: nobody knows when theirs is free.
            etas = [eta if task.kind != "ingest" else None for task, eta in zip(waiting, etas, strict=True)]
    aside: set[UUID] = await _beside(len(waiting), stepping_aside, turns, active, waiting) if turns else set()
    places = await _beside(len(waiting), _places, active, waiting, etas, line.paused, aside)
    return QueueState(
        limit=line.slot_limit,
        paused=line.paused,
        ingest_limit=settings.ingest_concurrency,
        active=active,
        waiting=waiting,
        ingest_active=parts[False, True],
        ingest_waiting=parts[False, False],
        places=places,
    )


def _shown(tasks: Sequence[QueuedRow], viewer: str, first: int | None) -> Sequence[QueuedRow]:
    if first is None or len(tasks) <= first:
        return tasks
    return [*tasks[:first], *(task for task in tasks[first:] if task.owner == viewer)]


async def _beside(size: int, compute: Any, *arguments: Any) -> Any:
    """Run a computation here when it is small, else in a thread, so that streams go on meanwhile."""
    return compute(*arguments) if size < LONG else await asyncio.to_thread(compute, *arguments)


def _places(
    active: Sequence[QueuedRow],
    waiting: Sequence[QueuedRow],
    etas: Sequence[float | None],
    paused: bool,
    aside: Collection[UUID],
) -> dict[UUID, Place]:
    """Each waiting task's place, and why it is not next as far as anything but its place keeps it."""
    busy_sessions = {task.session_id for task in active}
    places: dict[UUID, Place] = {}
    for index, (task, eta) in enumerate(zip(waiting, etas, strict=True)):
        session = task.session_id
        reason: WaitsFor | None = None
        if paused or is_held(task):
            reason = "paused"
        elif session is not None and session in busy_sessions:
            reason = "session"
        elif task.id in aside:
            reason = "owner_limit"
        if session is not None:
            busy_sessions.add(session)
        places[task.id] = Place(index + 1, None if reason == "paused" else eta, reason)
    return places
