"""The closed union of events in a task's stream, and the frames they become on the wire.

An event here is what happened; the envelope (`task_id`, `seq`, `attempt`) is added when it is framed.
"""

from typing import Any, ClassVar, Literal, TypeAlias
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict

Channel = Literal["text", "reasoning"]


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True)
    type: ClassVar[str]


class Started(_Event):
    """A worker took the task. `waited_ms`: from submission to this start."""

    type = "task.started"
    model: str | None
    waited_ms: int


class Delta(_Event):
    """The next piece of text, of the answer itself or of the model's reasoning."""

    type = "task.delta"
    text: str
    channel: Channel = "text"


class Progress(_Event):
    """A step began or moved on. `step` is stable; `label` is for people; `total` is null while unknown."""

    type = "task.progress"
    step: str
    label: str
    done: int
    total: int | None


class Citation(_Event):
    """Source number `n` of the text: a passage of a document, or a web page."""

    type = "task.citation"
    n: int
    document_id: UUID | None = None
    url: str | None = None
    title: str
    passage: str
    locator: dict[str, Any] | None = None


class Reset(_Event):
    """A new attempt goes on after the first `keep` characters of the text so far."""

    type = "task.reset"
    keep: int
    reason: str


class Completed(_Event):
    """The end: `result` is `{turn}`, `{report}` or `{document}`, whole, as committed to the database."""

    type = "task.completed"
    result: dict[str, Any]


class Failed(_Event):
    """The end: `error` is `{code, message}`. What was written so far stays and is in `result`."""

    type = "task.failed"
    error: dict[str, str]
    result: dict[str, Any] | None = None


class Cancelled(_Event):
    """The end: `by` is who asked. The partial text stays and is in `result`."""

    type = "task.cancelled"
    by: str | None
    result: dict[str, Any] | None = None


class Snapshot(_Event):
    """Everything so far in one event: it replaces what the subscriber has."""

    type = "stream.snapshot"
    text: str
    reasoning: str = ""
    steps: list[dict[str, Any]] = []
    citations: list[dict[str, Any]] = []


class Position(_Event):
    """Where a waiting task stands now. Not logged, has no id."""

    type = "queue.position"
    position: int | None
    size: int
    eta_s: float | None


class Closing(_Event):
    """The server ends this connection; the task goes on. Not logged, has no id."""

    type = "stream.closing"
    reason: str


Answer: TypeAlias = Delta | Progress | Citation
"""What a generator of an answer, a report or an ingest yields."""

Terminal: TypeAlias = Completed | Failed | Cancelled
Logged: TypeAlias = Started | Delta | Progress | Citation | Reset | Snapshot | Terminal
Unlogged: TypeAlias = Position | Closing


def frame(event: Logged, *, task_id: UUID, seq: int, attempt: int) -> bytes:
    """One logged event as the bytes of its SSE frame, with `id: <seq>`."""
    # By far the most events are deltas, whose fields are JSON as they are.
    fields = vars(event) if isinstance(event, Delta) else event.model_dump(mode="json")
    data = {"task_id": task_id, "seq": seq, "attempt": attempt, **fields}
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (seq, event.type.encode(), orjson.dumps(data))


def unlogged_frame(event: Unlogged, *, task_id: UUID) -> bytes:
    """An event without an id as the bytes of its SSE frame."""
    data = {"task_id": str(task_id), **event.model_dump(mode="json")}
    return b"event: %b\ndata: %b\n\n" % (event.type.encode(), orjson.dumps(data))
