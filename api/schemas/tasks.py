"""Tasks and the queue, as clients get them."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from api.schemas.base import SESSION_ID, TASK_ID, Answer, Kind, Page, Status

WaitsFor = Literal["session", "owner_limit", "paused"]


class Progress(Answer):
    """The step a task is at. `label` is null in the queue for others than its owner and admins."""

    step: str
    label: str | None
    done: int
    total: int | None


class TaskError(Answer):
    """Why a task or a document failed."""

    code: str
    message: str


class Task(Answer):
    """One unit of queued work. `position`, `eta_s` (seconds) and `waits_for` are null unless it waits in the line."""

    task_id: UUID
    kind: Kind
    status: Status
    position: int | None
    eta_s: float | None
    waits_for: WaitsFor | None
    attempt: int
    progress: Progress | None
    error: TaskError | None
    cancel_requested: bool
    summary: str
    model: str | None
    session_id: UUID | None
    document_id: UUID | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    stream_url: str
    cancel_url: str


class Receipt(Answer):
    """The answer to a submission. `turn_index` is the user's turn; `eta_s` is in seconds."""

    example: ClassVar = {
        "task_id": TASK_ID,
        "session_id": SESSION_ID,
        "turn_index": 4,
        "document_id": None,
        "status": "queued",
        "position": 3,
        "eta_s": 40.0,
        "stream_url": f"/stream/{TASK_ID}",
        "cancel_url": f"/tasks/{TASK_ID}/cancel",
    }
    task_id: UUID
    session_id: UUID | None
    turn_index: int | None
    document_id: UUID | None
    status: Status
    position: int | None
    eta_s: float | None
    stream_url: str
    cancel_url: str


class QueueItem(Answer):
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
    progress: Progress | None
    cancel_requested: bool
    attempt: int
    created_at: datetime
    started_at: datetime | None
    waits_for: WaitsFor | None
    eta_s: float | None


class IngestQueue(Answer):
    """Documents being read; they take no slot."""

    limit: int
    active: list[QueueItem]
    waiting: list[QueueItem]


class Queue(Answer):
    """What runs, what waits, in order."""

    limit: int
    paused: bool
    active: list[QueueItem]
    waiting: list[QueueItem]
    ingest: IngestQueue


class TaskPage(Page[Task]):
    """A part of a list; `next_cursor` leads on and is null at the end."""
