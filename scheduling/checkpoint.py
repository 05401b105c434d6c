"""Bringing the checkpoint of a dead attempt up to what clients have seen of it.

A checkpoint is written about once a second; the log in Redis is at most a moment behind the clients.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from db.models import TaskRow
from errors import Unavailable
from scheduling.seams import TaskStream
from streaming.log import Told

log = logging.getLogger(__name__)

PATIENCE = 1.0
"""Seconds that taking tasks back may wait for Redis: the checkpoints will do."""


async def told_after_checkpoint(streams: TaskStream, tasks: Sequence[TaskRow]) -> dict[UUID, Told]:
    """What the logs of these tasks hold, by task, as far as Redis tells in time."""
    told: dict[UUID, Told] = {}

    async def look(task: TaskRow) -> None:
        with suppress(Unavailable):
            if (found := await streams.told(task.id)) is not None:
                told[task.id] = found

    try:
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(look(task) for task in tasks if task.kind != "ingest"))
    except TimeoutError:
        log.warning("Redis does not tell what %d lost tasks wrote last; their checkpoints stand", len(tasks))
    return told


def bring_up(task: TaskRow, told: Told | None) -> None:
    """Let the checkpoint say what the log says, unless the log may have lost something or is behind."""
    if told is None or told.epoch != task.log_epoch:
        return
    if told.text == task.checkpoint_text or not task.checkpoint_text.startswith(told.text):
        task.checkpoint_text, task.checkpoint_citations = told.text, told.citations
