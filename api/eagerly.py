"""Awaitables that begin at once, and become tasks only when they have to wait (`eager_start` of Python 3.12)."""

import asyncio
from collections.abc import Awaitable, Generator
from types import coroutine
from typing import Any


def begun(awaitable: Awaitable[None]) -> asyncio.Task[None] | None:
    """Run it; the task that goes on with it when it has to wait, None when it has ended. What it raises is raised.

    Until it waits there is no current task, so it must not ask for one, as `asyncio.timeout` does.
    """
    steps = awaitable.__await__()
    try:
        awaited = next(steps)
    except StopIteration:
        return None
    return asyncio.create_task(_go_on(steps, awaited))


async def _go_on(steps: Generator[Any, Any, None], awaited: Any) -> None:
    await _rest(steps, awaited)


@coroutine
def _rest(steps: Generator[Any, Any, None], awaited: Any) -> Generator[Any, Any, None]:
    """Wait for what it waits for already, and then go on with it."""
    try:
        yield awaited
        yield from steps
    finally:
        steps.close()
