"""Sessions, documents, what was found, and the server itself, as clients get them."""

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from api.schemas.base import MOMENT, SESSION_ID, TASK_ID, Answer, Page, Status
from api.schemas.tasks import TaskError


class Session(Answer):
    """A conversation. `active_task_id` holds a slot now; `queued_count` messages wait."""

    example: ClassVar = {
        "id": SESSION_ID,
        "title": "Release notes",
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "active_task_id": TASK_ID,
        "queued_count": 1,
        "paused": False,
    }
    id: UUID
    title: str | None
    created_at: datetime
    updated_at: datetime
    active_task_id: UUID | None
    queued_count: int
    paused: bool


class Citation(Answer):
    """Source number `n` of a text: a passage of a document, or a web page."""

    n: int
    document_id: UUID | None = None
    url: str | None = None
    title: str
    passage: str
    locator: dict[str, Any] | None = None


class Turn(Answer):
    """One entry of a session."""

    id: UUID
    session_id: UUID
    turn_index: int
    role: Literal["user", "assistant"]
    content: str
    task_id: UUID | None
    status: Status
    citations: list[Citation]
    created_at: datetime


class Document(Answer):
    """One file of the library, with what reading it yielded. Its status is its ingest task's."""

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
    error: TaskError | None
    task_id: UUID | None
    created_at: datetime


class Hit(Answer):
    """A passage that was found. `locator` says where in its document: page, heading, what is known."""

    document_id: UUID
    passage_id: UUID
    title: str
    content: str
    locator: dict[str, Any]
    score: float


class Config(Answer):
    """What a page needs to know before it shows anything."""

    auth_mode: Literal["open", "proxy"]
    user: str
    is_admin: bool
    limit: int
    model: str | None
    web_search: bool
    max_upload_bytes: int
    max_message_chars: int
    version: str


class SessionPage(Page[Session]):
    """A part of a list; `next_cursor` leads on and is null at the end."""


class TurnPage(Page[Turn]):
    """A part of a list; `next_cursor` leads on and is null at the end."""


class DocumentPage(Page[Document]):
    """A part of a list; `next_cursor` leads on and is null at the end."""


class HitPage(Page[Hit]):
    """What was found, best first; there is no next page."""
