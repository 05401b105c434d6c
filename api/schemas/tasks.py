"""Tasks and the queue, as clients get them."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from api.schemas.base import MOMENT, SESSION_ID, TASK_ID, Answer, Kind, Page, Status, page_of

WaitsFor = Literal["session", "owner_limit", "paused"]


class Progress(Answer):
    """The step a task is at. `label` is null in the queue for others than its owner and admins."""

    example: ClassVar = {"step": "search-2", "label": "Searching: fair queues", "done": 3, "total": 8}
    step: str
    label: str | None
    done: int
    total: int | None


class TaskError(Answer):
    """Why a task or a document failed."""

    example: ClassVar = {"code": "model_timeout", "message": "The model server sent nothing for 60 seconds."}
    code: str
    message: str


class Asked(Answer):
    """What was submitted: `content` and `use_library` of a message, `topic`, `sources` and `depth` of a research."""

    example: ClassVar = {"content": "What does the handbook say about backups?", "use_library": True}
    content: str | None = None
    use_library: bool | None = None
    topic: str | None = None
    sources: list[str] | None = None
    depth: int | None = None


class Task(Answer):
    """One unit of queued work. `position`, `eta_s` (seconds) and `waits_for` are null unless it waits in the line.

    `asked` is told where one task is asked for or changed, never in lists or news, for it can be long.
    """

    example: ClassVar = {
        "task_id": TASK_ID,
        "kind": "chat",
        "status": "queued",
        "position": 3,
        "eta_s": 40.0,
        "waits_for": None,
        "attempt": 0,
        "progress": None,
        "error": None,
        "cancel_requested": False,
        "summary": "What does the handbook say about backups?",
        "asked": Asked.example,
        "model": "qwen3",
        "session_id": SESSION_ID,
        "document_id": None,
        "created_at": MOMENT,
        "started_at": None,
        "finished_at": None,
        "stream_url": f"/stream/{TASK_ID}",
        "cancel_url": f"/tasks/{TASK_ID}/cancel",
    }
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
    asked: Asked | None = None
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

    example: ClassVar = {
        "task_id": TASK_ID,
        "kind": "chat",
        "position": 1,
        "mine": True,
        "owner": "local",
        "summary": "What does the handbook say about backups?",
        "title": "Backups",
        "session_id": SESSION_ID,
        "document_id": None,
        "progress": None,
        "cancel_requested": False,
        "attempt": 0,
        "created_at": MOMENT,
        "started_at": None,
        "waits_for": None,
        "eta_s": 12.5,
    }
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
    """Documents being read; they take no slot. `size` is how many wait."""

    example: ClassVar = {"limit": 2, "size": 0, "active": [], "waiting": []}
    limit: int
    size: int
    active: list[QueueItem]
    waiting: list[QueueItem]


class Queue(Answer):
    """What runs, what waits, in order. `size` is how many wait, also when `waiting` shows not all of them."""

    example: ClassVar = {
        "limit": 2,
        "paused": False,
        "size": 1,
        "active": [],
        "waiting": [QueueItem.example],
        "ingest": IngestQueue.example,
    }
    limit: int
    paused: bool
    size: int
    active: list[QueueItem]
    waiting: list[QueueItem]
    ingest: IngestQueue


class TaskPage(Page[Task]):
    """A part of a list; `next_cursor` leads on and is null at the end."""

    example: ClassVar = page_of(Task)


class LineState(Answer):
    """How many may run, and whether anything new may start."""

    example: ClassVar = {"limit": 2, "paused": False}
    limit: int
    paused: bool
