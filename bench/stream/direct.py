"""The floors without Redis: one process that makes the events and sends them itself.

`python -m bench.stream.direct PORT`: `/pure` is plain ASGI, `/sse` goes through sse-starlette. The query says how:
`rate`, `phase` and `until` for a stream of one client, `shared=1` for one stream of all clients, `replay` for so many
events at once and then silence.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from urllib.parse import parse_qsl

import orjson
import uvicorn
from sse_starlette import EventSourceResponse
from starlette.types import Receive, Scope, Send

from bench.stream.stamps import stamp, ticks

TASK = "9b1f8f6a-6f0c-4a0e-8c55-7a1f0d6f5c21"
HEADERS = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
Query = dict[str, str]


def data_of(number: int) -> bytes:
    """One event's JSON, of the fields and the length that ours has."""
    text = stamp(number)
    return orjson.dumps({"task_id": TASK, "seq": number, "attempt": 1, "text": text, "channel": "text"})


class Broadcast:
    """One stream of events for all who listen, with a queue for each."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[bytes]] = set()
        self._source: asyncio.Task[None] | None = None

    async def listen(self, rate: float, until: int) -> AsyncIterator[bytes]:
        """The events from now on."""
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._queues.add(queue)
        if self._source is None or self._source.done():
            self._source = asyncio.create_task(self._make(rate, until))
        try:
            while True:
                yield await queue.get()
        finally:
            self._queues.discard(queue)

    async def _make(self, rate: float, until: int) -> None:
        async for number in ticks(rate, 0.5, until):
            data = data_of(number)
            for queue in self._queues:
                queue.put_nowait(data)


broadcast = Broadcast()


async def events(query: Query) -> AsyncIterator[bytes]:
    """The JSON of each event as the query asks."""
    if "replay" in query:
        for number in range(int(query["replay"])):
            yield data_of(number)
        await asyncio.Event().wait()
    rate, until = float(query["rate"]), int(query["until"])
    if "shared" in query:
        async for data in broadcast.listen(rate, until):
            yield data
    else:
        async for number in ticks(rate, float(query["phase"]), until):
            yield data_of(number)


async def pure(query: Query, send: Send) -> None:
    """Plain ASGI: a head, and a body in pieces."""
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    async for data in events(query):
        frame = b"id: 1\nevent: task.delta\ndata: %b\n\n" % data
        await send({"type": "http.response.body", "body": frame, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def named(query: Query) -> AsyncIterator[dict[str, str]]:
    """Events as sse-starlette takes them."""
    async for data in events(query):
        yield {"id": "1", "event": "task.delta", "data": data.decode()}


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Both floors."""
    query = dict(parse_qsl(scope["query_string"].decode()))
    if scope["path"] == "/sse":
        await EventSourceResponse(named(query))(scope, receive, send)
        return
    sending = asyncio.create_task(pure(query, send))
    while (await receive())["type"] != "http.disconnect":
        pass
    sending.cancel()
    with suppress(asyncio.CancelledError):
        await sending


if __name__ == "__main__":
    uvicorn.run(
        app,
        port=int(sys.argv[1]),
        lifespan="off",
        log_level="warning",
        access_log=False,
        ws="none",
        timeout_graceful_shutdown=1,
    )
