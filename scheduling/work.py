"""What goes into the line and what comes out of it: plain values, no rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from uuid import UUID

from db.models import TaskRow

Status = Literal["queued", "running", "completed", "failed", "cancelled"]
Kind = Literal["chat", "research", "ingest"]


@dataclass(frozen=True, slots=True)
class Chat:
    """A message to a session."""

    session_id: UUID
    content: str
    use_library: bool = True
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Research:
    """A topic to research. `depth` is 1 to 3; `sources` are `library` and `web`."""

    topic: str
    sources: tuple[str, ...] = ("library",)
    depth: int = 1
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Ingest:
    """A file to read into the library. `media_type` was checked against its content; `sha256` is its hash in hex."""

    filename: str
    media_type: str
    sha256: str
    content: bytes = field(repr=False)


Work: TypeAlias = Chat | Research | Ingest


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A caller's `Idempotency-Key` and a hash of what it came with."""

    key: str
    body_hash: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a submission. `replayed`: an earlier one under the same key is given again."""

    task_id: UUID
    status: Status
    session_id: UUID | None = None
    turn_index: int | None = None
    document_id: UUID | None = None
    position: int | None = None
    eta_s: float | None = None
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class WorkerIdentity:
    """The process that runs a task: `node` is stable over restarts, `pid` and `process_started_at` are not."""

    node: str
    host: str
    pid: int
    process_started_at: float


@dataclass(frozen=True, slots=True)
class Claimed:
    """A slot is held: run `task`, whose `attempt` fences every later write.

    `waited_ms`: since submission. `wakeups`: others whose turn this start made it, to be published.
    """

    task: TaskRow
    waited_ms: int
    wakeups: "Sequence[Wakeup]" = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended, and what it wrote.

    `text`: the whole answer or report, partial unless completed.
    """

    status: Literal["completed", "failed", "cancelled"]
    text: str = ""
    citations: list[dict[str, Any]] = field(default_factory=list)
    error: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Wakeup:
    """A message that should be in a Celery queue; `front`: before all that were only submitted."""

    task_id: UUID
    kind: str
    front: bool = False
