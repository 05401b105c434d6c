"""The tables. A row class ends in `Row`; a database transaction is called `tx`, never a session."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

from pgvector.sqlalchemy import Vector
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    DateTime,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Sequence,
    Text,
    UniqueConstraint,
    false,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

ticket_sequence = Sequence("task_ticket")

INTERACTIVE = "kind IN ('chat', 'research')"
UNFINISHED = "status IN ('queued', 'running')"


class Base(DeclarativeBase):
    """Columns are `timestamptz` and `jsonb` throughout."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        str: Text,
    }


class SessionRow(Base):
    """A conversation. `deleted_at` hides it at once; it is purged after its last task has ended."""

    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    owner: Mapped[str]
    title: Mapped[str | None]
    paused: Mapped[bool] = mapped_column(server_default=false())
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    deleted_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "ix_sessions_owner",
            "owner",
            "updated_at",
            "id",
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index("ix_sessions_deleted", "deleted_at", postgresql_where=text("deleted_at IS NOT NULL")),
    )


class TaskRow(Base):
    """Our record of one unit of queued work; the Celery message that carries its id is only a wake-up.

    `losses`: how many attempts died; a worker that stops in good order counts none.
    `parked`: why it stepped aside while queued (`paused`, `limit`, `order`), else null.
    `woken_at`: when its message was last published, or is due to be.
    `lease_*`: until when it is its attempt's; null unless it runs. `worker_*`: who ran it last.
    `ended_ticket`: a number of the tickets' sequence, drawn when it ended and gave back the slot that it held.
    `log_epoch`: the run of Redis in which its log was last known to be whole.
    `checkpoint_*`: how much of its stream a later attempt may build upon.
    `terminal_seq`: the id of its stream's last event, once that is written.
    """

    __tablename__ = "tasks"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    ticket: Mapped[int] = mapped_column(BigInteger, ticket_sequence, server_default=ticket_sequence.next_value())
    kind: Mapped[str]
    owner: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="queued")
    session_id: Mapped[UUID | None] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    payload: Mapped[dict[str, Any]]
    summary: Mapped[str]
    model: Mapped[str | None]
    attempt: Mapped[int] = mapped_column(Integer, server_default="0")
    losses: Mapped[int] = mapped_column(Integer, server_default="0")
    parked: Mapped[str | None]
    woken_at: Mapped[datetime] = mapped_column(server_default=func.now())
    cancel_requested: Mapped[bool] = mapped_column(server_default=false())
    cancelled_by: Mapped[str | None]
    lease_expires_at: Mapped[datetime | None]
    worker_node: Mapped[str | None]
    worker_host: Mapped[str | None]
    worker_pid: Mapped[int | None]
    worker_started_at: Mapped[float | None] = mapped_column(Float)
    checkpoint_seq: Mapped[int] = mapped_column(BigInteger, server_default="0")
    log_epoch: Mapped[str | None]
    checkpoint_text: Mapped[str] = mapped_column(server_default="")
    checkpoint_citations: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    progress: Mapped[dict[str, Any] | None]
    result: Mapped[dict[str, Any] | None]
    error: Mapped[dict[str, Any] | None]
    terminal_seq: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[datetime | None]
    first_token_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    ended_ticket: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint("kind IN ('chat', 'research', 'ingest')", name="ck_tasks_kind"),
        CheckConstraint(
            "status IN ('queued', 'running', 'completed', 'failed', 'cancelled')",
            name="ck_tasks_status",
        ),
        CheckConstraint(
            "(kind = 'chat') = (session_id IS NOT NULL)",
            name="ck_tasks_chat_has_session",
        ),
        CheckConstraint(
            "(kind = 'ingest') = (document_id IS NOT NULL)",
            name="ck_tasks_ingest_has_document",
        ),
        CheckConstraint(
            "(status = 'running') = (lease_expires_at IS NOT NULL)",
            name="ck_tasks_running_has_lease",
        ),
        UniqueConstraint("ticket", name="uq_tasks_ticket", deferrable=True, initially="DEFERRED"),
        Index("ix_tasks_queued", "ticket", postgresql_where=text("status = 'queued'")),
        Index(
            "ix_tasks_running",
            "lease_expires_at",
            postgresql_where=text("status = 'running'"),
        ),
        Index(
            "ix_tasks_unfinished_of_session",
            "session_id",
            "ticket",
            postgresql_where=text(f"session_id IS NOT NULL AND {UNFINISHED}"),
        ),
        Index("ix_tasks_queued_of_owner", "owner", "ticket", postgresql_where=text("status = 'queued'")),
        Index("ix_tasks_owner", "owner", "ticket"),
        Index(
            "ix_tasks_ended_of_owner",
            "owner",
            "ended_ticket",
            postgresql_where=text("ended_ticket IS NOT NULL"),
        ),
        Index("ix_tasks_session", "session_id"),
        Index("ix_tasks_document", "document_id", "ticket"),
        Index(
            "ix_tasks_unsent",
            "finished_at",
            postgresql_where=text(f"terminal_seq IS NULL AND NOT ({UNFINISHED})"),
        ),
        Index(
            "ix_tasks_completed",
            "kind",
            "finished_at",
            postgresql_where=text("status = 'completed'"),
        ),
    )


class TurnRow(Base):
    """One entry of a session. `previous_index` and its foreign key make a hole impossible."""

    __tablename__ = "turns"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    turn_index: Mapped[int]
    previous_index: Mapped[int | None] = mapped_column(
        Computed("CASE WHEN turn_index > 0 THEN turn_index - 1 END", persisted=True)
    )
    role: Mapped[str]
    content: Mapped[str] = mapped_column(server_default="")
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("tasks.id"))
    status: Mapped[str]
    citations: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        CheckConstraint(
            "role = CASE WHEN mod(turn_index, 2) = 0 THEN 'user' ELSE 'assistant' END",
            name="ck_turns_role",
        ),
        CheckConstraint("turn_index >= 0", name="ck_turns_index"),
        UniqueConstraint("session_id", "turn_index", name="uq_turns_index"),
        ForeignKeyConstraint(
            ["session_id", "previous_index"],
            ["turns.session_id", "turns.turn_index"],
            name="fk_turns_previous",
        ),
        Index("ix_turns_task", "task_id"),
    )


class DocumentRow(Base):
    """A file in somebody's library. Its status is its ingest task's."""

    __tablename__ = "documents"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    owner: Mapped[str]
    filename: Mapped[str]
    media_type: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="queued")
    title: Mapped[str | None]
    language: Mapped[str | None]
    pages: Mapped[int | None]
    passages: Mapped[int | None]
    characters: Mapped[int | None]
    error: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    deleted_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "ix_documents_owner",
            "owner",
            "created_at",
            "id",
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index("ix_documents_deleted", "deleted_at", postgresql_where=text("deleted_at IS NOT NULL")),
    )


class DocumentFileRow(Base):
    """The bytes of a document, apart from its row so that no list ever loads them."""

    __tablename__ = "document_files"

    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class PassageRow(Base):
    """A piece of a document that can be found and cited.

    `locator`: `{"page": 3, "heading": "…"}`, what is known of it.
    `terms`: the search terms made in Python (`library/terms.py`), with positions.
    """

    __tablename__ = "passages"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    owner: Mapped[str]
    ordinal: Mapped[int]
    content: Mapped[str]
    locator: Mapped[dict[str, Any]]
    terms: Mapped[Any] = mapped_column(TSVECTOR)
    term_count: Mapped[int]
    embedding: Mapped[Any | None] = mapped_column(Vector())
    embedding_model: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("document_id", "ordinal", name="uq_passages_ordinal"),
        Index("ix_passages_terms", "terms", postgresql_using="gin"),
        Index("ix_passages_owner", "owner"),
    )


class TaskStepRow(Base):
    """The journal: the result of one finished step, so that a later attempt does not repeat it."""

    __tablename__ = "task_steps"

    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    result: Mapped[Any] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class IdempotencyRow(Base):
    """The first answer given under a caller's `Idempotency-Key`."""

    __tablename__ = "idempotency_keys"

    owner: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    body_hash: Mapped[str]
    response: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (Index("ix_idempotency_created", "created_at"),)


class LineRow(Base):
    """The one row of the line's own state. `configured_limit` is the environment's value seen last."""

    __tablename__ = "line"

    id: Mapped[int] = mapped_column(primary_key=True, server_default="1")
    slot_limit: Mapped[int]
    configured_limit: Mapped[int]
    paused: Mapped[bool] = mapped_column(server_default=false())

    __table_args__ = (CheckConstraint("id = 1", name="ck_line_one_row"),)


class WaitingRow(Base):
    """How many tasks of a kind are queued. Only the triggers of `tasks` write here, with each change."""

    __tablename__ = "waiting"

    kind: Mapped[str] = mapped_column(primary_key=True)
    tasks: Mapped[int]


class PurgedTaskRow(Base):
    """What is left of a purged task: how it ended and when, so that counters never go back."""

    __tablename__ = "purged_tasks"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    status: Mapped[str]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    first_token_at: Mapped[datetime | None]
    finished_at: Mapped[datetime]


class WorkerRow(Base):
    """A worker process that lives: health is this heartbeat, not `inspect ping`."""

    __tablename__ = "workers"

    node: Mapped[str] = mapped_column(primary_key=True)
    queue: Mapped[str]
    host: Mapped[str]
    pid: Mapped[int]
    concurrency: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    heartbeat_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AuditRow(Base):
    """What an operator did. Nothing is ever removed from here."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    who: Mapped[str]
    action: Mapped[str]
    details: Mapped[dict[str, Any]]
