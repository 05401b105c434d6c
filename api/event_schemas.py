"""What the two streams send, for the OpenAPI document (`itemSchema`, as OpenAPI 3.2 has it for event streams)."""

from typing import Any, get_args

from pydantic import BaseModel

from streaming.events import Logged, Unlogged

LOGGED: dict[str, type[BaseModel]] = {event.type: event for event in get_args(Logged)}
UNLOGGED: dict[str, type[BaseModel]] = {event.type: event for event in get_args(Unlogged)}
ENVELOPE = {"task_id": {"type": "string", "format": "uuid"}}
LOGGED_ENVELOPE = {**ENVELOPE, "seq": {"type": "integer"}, "attempt": {"type": "integer"}}

NEWS: dict[str, dict[str, Any]] = {
    "queue.changed": {
        "type": "object",
        "required": ["queue"],
        "properties": {"queue": {"$ref": "#/components/schemas/Queue"}},
        "description": "the queue as `GET /queue?first=50` has it",
    },
    "task.changed": {"$ref": "#/components/schemas/Task"},
    "session.changed": {"$ref": "#/components/schemas/Session"},
    "document.changed": {"$ref": "#/components/schemas/Document"},
    "session.deleted": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
    "document.deleted": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
    "feed.reset": {"type": "object", "required": ["reason"], "properties": {"reason": {"type": "string"}}},
}


def task_events() -> dict[str, Any]:
    """The schema of one event of `/stream/{task_id}`."""
    logged = [_event(name, _enveloped(model, LOGGED_ENVELOPE), logged=True) for name, model in LOGGED.items()]
    unlogged = [_event(name, _enveloped(model, ENVELOPE), logged=False) for name, model in UNLOGGED.items()]
    return {"oneOf": [*logged, *unlogged]}


def news_events() -> dict[str, Any]:
    """The schema of one event of `/events`."""
    return {"oneOf": [_event(name, data, logged=name != "queue.changed") for name, data in NEWS.items()]}


def _enveloped(model: type[BaseModel], envelope: dict[str, Any]) -> dict[str, Any]:
    schema = model.model_json_schema(mode="serialization")
    schema["properties"] = {**envelope, **schema["properties"]}
    schema["required"] = [*envelope, *schema.get("required", [])]
    return schema


def _event(name: str, data: dict[str, Any], *, logged: bool) -> dict[str, Any]:
    content = {"type": "string", "contentMediaType": "application/json", "contentSchema": data}
    properties: dict[str, Any] = {"event": {"const": name}, "data": content}
    if logged:
        properties["id"] = {"type": "string"}
    return {"type": "object", "required": list(properties), "properties": properties}
