"""What all shapes share."""

from typing import Any, ClassVar, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

Status = Literal["queued", "running", "completed", "failed", "cancelled"]
Kind = Literal["chat", "research", "ingest"]

SESSION_ID = "0b6c3f0e-8f0f-4d3b-9a43-2d6a3d1d1f10"
TASK_ID = "9b1f8f6a-6f0c-4a0e-8c55-7a1f0d6f5c21"
DOCUMENT_ID = "2c7e0d7e-3a55-4b0e-9a5d-6f1b8c4d2e90"
MOMENT = "2026-11-22T09:30:00Z"

Item = TypeVar("Item")


class Request(BaseModel):
    """What clients send: types are taken at their word, unknown fields are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore")


class Answer(BaseModel):
    """What clients get. `example` is shown in the OpenAPI document."""

    example: ClassVar[dict[str, Any]] = {}
    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra=lambda schema, model: schema.update({"example": model.example} if model.example else {}),
    )


class Page(Answer, Generic[Item]):
    """A part of a list; `next_cursor` leads on and is null at the end."""

    items: list[Item]
    next_cursor: str | None


def page_of(item: type[Answer]) -> dict[str, Any]:
    """The example of a last page with one item."""
    return {"items": [item.example], "next_cursor": None}


class FieldError(Answer):
    """What is wrong with one field of a request; the body itself has an empty name."""

    example: ClassVar = {"field": "content", "message": "Field required"}
    field: str
    message: str


class Problem(Answer):
    """RFC 9457. `code` is stable and for programs, `detail` is one sentence for people."""

    example: ClassVar = {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no such session.",
        "code": "not_found",
    }
    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldError] | None = None
    missing: list[str] | None = None


class Health(Answer):
    """`alive` or `ready`."""

    example: ClassVar = {"status": "ready"}
    status: str
