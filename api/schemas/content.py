"""Sessions, documents, what was found, and the server itself, as clients get them."""

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from api.schemas.base import DOCUMENT_ID, MOMENT, SESSION_ID, TASK_ID, Answer, Page, Status, page_of
from api.schemas.tasks import TaskError


class Session(Answer):
    """A conversation. `active_task_id` holds a slot now; `queued_count` messages wait.

    `excerpt`: where the words that were searched for stand in its turns; null but in the answer to a search.
    """

    example: ClassVar = {
        "id": SESSION_ID,
        "title": "Release notes",
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "active_task_id": TASK_ID,
        "queued_count": 1,
        "paused": False,
        "excerpt": None,
    }
    id: UUID
    title: str | None
    created_at: datetime
    updated_at: datetime
    active_task_id: UUID | None
    queued_count: int
    paused: bool
    excerpt: str | None = None


class Citation(Answer):
    """Source number `n` of a text: a passage of a document, or a web page."""

    example: ClassVar = {
        "n": 1,
        "document_id": DOCUMENT_ID,
        "url": None,
        "title": "Handbook",
        "passage": "Backups are made every night at two.",
        "locator": {"page": 12, "heading": "Backups"},
    }
    n: int
    document_id: UUID | None = None
    url: str | None = None
    title: str
    passage: str
    locator: dict[str, Any] | None = None


class Turn(Answer):
    """One entry of a session."""

    example: ClassVar = {
        "id": "5f0c2d0a-51d7-4c55-9f6e-0d4b2f1c7a11",
        "session_id": SESSION_ID,
        "turn_index": 1,
        "role": "assistant",
        "content": "Backups are made every night [1].",
        "task_id": TASK_ID,
        "status": "completed",
        "citations": [Citation.example],
        "created_at": MOMENT,
    }
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

    example: ClassVar = {
        "id": DOCUMENT_ID,
        "filename": "handbook.pdf",
        "media_type": "application/pdf",
        "size_bytes": 482_133,
        "status": "completed",
        "title": "Handbook",
        "language": "en",
        "pages": 40,
        "passages": 96,
        "characters": 81_200,
        "error": None,
        "task_id": TASK_ID,
        "created_at": MOMENT,
    }
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

    example: ClassVar = {
        "document_id": DOCUMENT_ID,
        "passage_id": "d1f7a3a0-7a59-4a0c-8f0b-6b8f3f2b9c33",
        "title": "Handbook",
        "content": "Backups are made every night at two.",
        "locator": {"page": 12, "heading": "Backups"},
        "score": 0.83,
    }
    document_id: UUID
    passage_id: UUID
    title: str
    content: str
    locator: dict[str, Any]
    score: float


class Config(Answer):
    """What a page needs to know before it shows anything."""

    example: ClassVar = {
        "auth_mode": "open",
        "user": "local",
        "is_admin": True,
        "limit": 2,
        "model": "qwen3",
        "web_search": False,
        "max_upload_bytes": 104_857_600,
        "max_message_chars": 32_000,
        "version": "0.1.0",
    }
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

    example: ClassVar = page_of(Session)


class TurnPage(Page[Turn]):
    """A part of a list; `next_cursor` leads on and is null at the end."""

    example: ClassVar = page_of(Turn)


class DocumentPage(Page[Document]):
    """A part of a list; `next_cursor` leads on and is null at the end."""

    example: ClassVar = page_of(Document)


class HitPage(Page[Hit]):
    """What was found, best first; there is no next page."""

    example: ClassVar = page_of(Hit)
