"""What clients send."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field

from api.schemas.base import Request
from api.text import Message, PlainText, Title


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]
"""A whole number as JSON has it: `2.0` is one, `"2"` is none."""


class NewSession(Request):
    """A session without a title gets one from its first message."""

    title: Title | None = Field(None, examples=["Release notes"])


class SessionChange(Request):
    """A new title."""

    title: Title = Field(examples=["Release notes"])


class NewMessage(Request):
    """A message to a session. `use_library`: ground the answer in the library when something fits."""

    content: Message = Field(examples=["What does the handbook say about backups?"])
    use_library: bool = True
    model: PlainText | None = Field(None, min_length=1, max_length=200, description="another model than the default")


class NewResearch(Request):
    """A topic to research. `sources`: the library, and the web too when one is set up, if not given."""

    topic: Message = Field(examples=["How do teams share one GPU fairly?"])
    sources: list[Literal["library", "web"]] | None = Field(None, min_length=1, max_length=2)
    depth: Whole = Field(1, ge=1, le=3)
    model: PlainText | None = Field(None, min_length=1, max_length=200, description="another model than the default")


class CancelRequest(Request):
    """`pause_session`: hold the session's queued messages back, as Stop does."""

    pause_session: bool = False


class TaskChange(Request):
    """Other words for what still waits: `content` of a message, or `topic` of a research; exactly one of them."""

    content: Message | None = Field(None, examples=["What does the new handbook say about backups?"])
    topic: Message | None = None


class Move(Request):
    """Before which of one's own waiting tasks; null is behind all of them."""

    before: UUID | None = Field(strict=False, examples=["9b1f8f6a-6f0c-4a0e-8c55-7a1f0d6f5c21"])


class LineChange(Request):
    """What to change; what is left out stays. `limit`: how many chat and research tasks may run at a time."""

    paused: bool | None = None
    limit: Annotated[int, Field(ge=1, le=256), BeforeValidator(_whole)] | None = None
