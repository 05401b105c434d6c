"""The two streams: one task's events, and one person's news."""

import re
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse

from api.clients import Clients
from api.deps import AllClients, Caller, problems
from api.event_schemas import news_events, task_events
from api.positions import position
from api.replay import frames_from_database
from db.streams import StreamHead
from db.tasks import UNFINISHED
from errors import InvalidInput, NotFound, Unavailable
from streaming.events import unlogged_frame
from streaming.follow import Follower

router = APIRouter(tags=["streams"])

HIGHEST_CURSOR = 2**53 - 1
NUMBER = re.compile(r"[0-9]+")
NEWS_ID = re.compile(r"[0-9]{1,15}-[0-9]{1,15}")


class EventStream(StreamingResponse):
    """For the OpenAPI document: what the streams below answer with."""

    media_type = "text/event-stream"


EXAMPLE = (
    'id: 1\nevent: task.started\ndata: {"task_id":"9b1f8f6a-6f0c-4a0e-8c55-7a1f0d6f5c21","seq":1,"attempt":1,'
    '"model":null,"waited_ms":12}\n\n'
)

LastEventId = Annotated[
    str | None, Header(alias="Last-Event-ID", description="the `id` of the last event seen; it wins over `after`")
]


@router.get(
    "/stream/{task_id}",
    response_class=EventStream,
    responses={
        200: {
            "description": "Events `task.*`, `queue.position`, `stream.snapshot`, `stream.closing`; "
            "`id` is the event's `seq`, `data` one line of JSON. The last one is terminal, and the server closes.",
            "content": {"text/event-stream": {"itemSchema": task_events(), "example": EXAMPLE}},
        },
        204: {"description": "The cursor is at the terminal event or past it: nothing will come"},
        **problems(400, 404),
    },
)
async def stream_task(
    caller: Caller,
    clients: AllClients,
    task_id: UUID,
    last_event_id: LastEventId = None,
    after: Annotated[str | None, Query(json_schema_extra={"pattern": "^[0-9]+$"})] = None,
    replay: Annotated[
        Literal["events", "snapshot"], Query(description="`snapshot`: all so far in one event")
    ] = "events",
) -> Response:
    """Everything a task does, from the beginning or from a cursor, to its end. Closing it cancels nothing."""
    cursor = parse_cursor(last_event_id or after)
    head = await clients.heads(task_id)
    if head is None or head.owner != caller.name:
        raise NotFound("There is no such task.")
    if head.status not in UNFINISHED and await _is_over(clients, task_id, head, cursor):
        return Response(status_code=204)
    follower = Follower(clients.hub, clients.log, clients.keys, partial(_from_database, clients, task_id))
    notice = partial(_place_of, clients, task_id) if head.status == "queued" else None
    ping = clients.settings.stream_ping_seconds
    whole, stream = replay == "snapshot", clients.streams.respond_plainly(caller.name)
    straight = stream.send_straight
    return stream.of(
        follower.follow(task_id, after=cursor, snapshot=whole, notice=notice, ping=ping, straight=straight)
    )


@router.get(
    "/events",
    response_class=EventStream,
    responses={
        200: {
            "description": "One event for each change; news have an `id`, the queue has none. `feed.reset` says that "
            "what was told before is not known any more: what is shown must be read anew.",
            "content": {"text/event-stream": {"itemSchema": news_events()}},
        },
        **problems(400),
    },
)
async def stream_news(caller: Caller, clients: AllClients, last_event_id: LastEventId = None) -> Response:
    """What changes for the caller: the queue, their tasks, sessions and documents."""
    if last_event_id and NEWS_ID.fullmatch(last_event_id) is None:
        raise _invalid_cursor()
    await clients.check()

    async def queue_now() -> bytes:
        return clients.positions.queue_frame(await clients.reader.recent(), caller.name)

    frames = clients.feed.follow(clients.hub, caller.name, after=last_event_id or None, notice=queue_now)
    return clients.streams.respond(caller.name, frames)


def parse_cursor(text: str | None) -> int:
    """A cursor as a number; none is 0, and what is beyond every possible id is the highest one.

    Raises:
        InvalidInput: `invalid_cursor`, when it is no number.
    """
    if text is None:
        return 0
    if NUMBER.fullmatch(text) is None:
        raise _invalid_cursor()
    return HIGHEST_CURSOR if len(text.lstrip("0")) > 15 else int(text)


def _invalid_cursor() -> InvalidInput:
    return InvalidInput("A cursor is the id of an event, a whole number.", code="invalid_cursor")


async def _from_database(clients: Clients, task_id: UUID, after: int) -> bytes | None:
    """See `frames_from_database`; that a task has not ended is asked for many at once."""
    head = await clients.heads(task_id)
    if head is not None and head.terminal_seq is None:
        return None
    return await frames_from_database(clients.database, task_id, after)


async def _is_over(clients: Clients, task_id: UUID, head: StreamHead, cursor: int) -> bool:
    """Whether an ended task has nothing after the cursor."""
    if cursor == 0:
        return False
    if head.terminal_seq is not None:
        return cursor >= head.terminal_seq
    try:
        entries = await clients.log.read(task_id, after=cursor)
    except Unavailable:
        return False
    return entries.ended and not entries.frames


async def _place_of(clients: Clients, task_id: UUID) -> bytes | None:
    """Where a waiting task stands, to be said first."""
    state = await clients.reader.recent()
    place = state.places.get(task_id)
    return unlogged_frame(position(place, state.size), task_id=task_id) if place is not None else None
