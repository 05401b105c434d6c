"""A relay as most tutorials have it: every client with a pub/sub connection of its own, through sse-starlette.

`REDIS_URL=… python -m bench.stream.tutorial PORT`
"""

import os
import sys
from collections.abc import AsyncIterator

import redis.asyncio as redis
import uvicorn
from fastapi import FastAPI
from sse_starlette import EventSourceResponse

app = FastAPI()
client = redis.from_url(os.environ.get("REDIS_URL", "redis://"), max_connections=10_000)


@app.get("/stream/{channel}")
async def stream(channel: str) -> EventSourceResponse:
    """What is published from now on."""

    async def events() -> AsyncIterator[dict[str, str]]:
        async with client.pubsub() as subscriber:
            await subscriber.subscribe(channel)
            async for message in subscriber.listen():
                if message["type"] == "message":
                    yield {"event": "task.delta", "data": message["data"].decode()}

    return EventSourceResponse(events())


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False, timeout_graceful_shutdown=1)
