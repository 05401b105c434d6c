"""Finishing what must not be interrupted."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def settle(work: Coroutine[Any, Any, T] | asyncio.Task[T]) -> T:
    """Wait for `work` to its end, however often the caller is cancelled meanwhile.

    The cancellation is raised afterwards. Closing a connection has more than one step; cancelled
    between two of them, it would stay open although nobody knows of it any more.
    """
    task = work if isinstance(work, asyncio.Task) else asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        if not task.cancelled():
            task.exception()
        raise cancelled
    return task.result()
