"""Rows as the shapes that clients see (PROTOCOL: task, turn, document, report, session)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from db.models import DocumentRow, TaskRow, TurnRow
from scheduling.work import Kind, Status


class TaskView(BaseModel):
    """One task as its owner sees it. `position`, `eta_s` and `waits_for` are null unless it waits in the line.

    `asked`: what was submitted, where the whole of it is wanted.
    """

    task_id: UUID
    kind: Kind
    status: Status
    position: int | None = None
    eta_s: float | None = None
    waits_for: str | None = None
    attempt: int
    progress: dict[str, Any] | None
    error: dict[str, Any] | None
    cancel_requested: bool
    summary: str
    asked: dict[str, Any] | None = None
    model: str | None
    session_id: UUID | None
    document_id: UUID | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    stream_url: str
    cancel_url: str


class TurnView(BaseModel):
    """One entry of a session."""

    id: UUID
    session_id: UUID
    turn_index: int
    role: str
    content: str
    task_id: UUID | None
    status: str
    citations: list[dict[str, Any]]
    created_at: datetime


class DocumentView(BaseModel):
    """One file of the library, with what reading it yielded."""

    id: UUID
    filename: str
    media_type: str
    size_bytes: int
    status: Status
    title: str | None
    language: str | None
    pages: int | None
    passages: int | None
    characters: int | None
    error: dict[str, Any] | None
    task_id: UUID | None
    created_at: datetime


class ReportView(BaseModel):
    """What a research task wrote: Markdown, with its numbered sources."""

    task_id: UUID
    topic: str
    status: Status
    content: str
    citations: list[dict[str, Any]]


def task_view(task: TaskRow, *, whole: bool = False) -> TaskView:
    """A task without its place in the line, which only `QueueState` knows; `whole`: with what was submitted."""
    return TaskView(
        asked=task.payload if whole and task.kind != "ingest" else None,
        task_id=task.id,
        kind=task.kind,
        status=task.status,
        attempt=task.attempt,
        progress=task.progress,
        error=task.error,
        cancel_requested=task.cancel_requested,
        summary=task.summary,
        model=task.model,
        session_id=task.session_id,
        document_id=task.document_id,
        created_at=task.created_at,
        started_at=task.started_at,
        finished_at=task.finished_at,
        stream_url=f"/stream/{task.id}",
        cancel_url=f"/tasks/{task.id}/cancel",
    )


def turn_view(turn: TurnRow) -> TurnView:
    """A turn as it stands in the database."""
    return TurnView.model_validate(turn, from_attributes=True)


def document_view(document: DocumentRow, task_id: UUID | None) -> DocumentView:
    """A document, with the task that reads or read it."""
    values = {name: getattr(document, name) for name in DocumentView.model_fields if name != "task_id"}
    return DocumentView(task_id=task_id, **values)


def report_view(task: TaskRow) -> ReportView:
    """The report of a research task, partial while it has not completed."""
    result = task.result or {}
    return ReportView(
        task_id=task.id,
        topic=str(task.payload["topic"]),
        status=task.status,
        content=result.get("content", ""),
        citations=result.get("citations", []),
    )
