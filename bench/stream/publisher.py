"""Publishes stamped events to channels of Redis, as a worker without a log would.

`REDIS_URL=… python -m bench.stream.publisher`; a request is `{streams, rate, until}`, the channels are `bench:0` on.
"""

import asyncio
import os
from typing import Any

import redis.asyncio as redis

from bench.stream.commands import answer, requests
from bench.stream.direct import data_of
from bench.stream.stamps import ticks


def channel(number: int) -> str:
    """The channel of a stream."""
    return f"bench:{number}"


async def publish(client: "redis.Redis", number: int, phase: float, request: dict[str, Any]) -> None:
    """One stream's events to their end."""
    async for tick in ticks(request["rate"], phase, request["until"]):
        await client.publish(channel(number), data_of(tick))


async def serve() -> None:
    """Take requests."""
    client = redis.from_url(os.environ["REDIS_URL"], max_connections=10_000)
    running: set[asyncio.Task[None]] = set()
    async for request in requests():
        for task in running:
            task.cancel()
        streams = request["streams"]
        for number in range(streams):
            task = asyncio.create_task(publish(client, number, (number + 0.5) / streams, request))
            running.add(task)
            task.add_done_callback(running.discard)
        answer({"streams": [channel(number) for number in range(streams)]})


if __name__ == "__main__":
    asyncio.run(serve())
