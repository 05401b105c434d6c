"""A message from Celery, served in a pool process."""

import asyncio
from concurrent.futures import Future
from contextlib import suppress
from uuid import UUID

from errors import Unavailable
from scheduling.work import Wakeup
from tasks.child import Child
from tasks.run import Run

REST_SECONDS = 0.5


def carry_out(child: Child, task_id: str, kind: str) -> None:
    """Run a task in this pool process, and return as soon as it could run another: its end may still be being told."""
    freed: Future[None] = Future()
    child.run(_serve(child, UUID(task_id), kind, freed), until=freed)


async def _serve(child: Child, task_id: UUID, kind: str, freed: "Future[None]") -> None:
    """Claim a task and run it to its end, unless it is not to be run now, or runs here already."""
    line = child.core.line
    if (begun := child.runs.get(task_id)) is not None and await begun.ends():
        return
    if child.stopping.is_set():
        await line.publisher.publish([Wakeup(task_id, kind, front=True)])
        return
    try:
        claimed = await line.claim(task_id, child.identity)
    except Unavailable:
        child.give_back_unknown()
        raise
    if claimed is not None:
        await Run(child, claimed, freed).execute()
    elif not await line.has_free_slot(kind):
        # More processes wait for messages than there are slots. Without a rest they would go through the whole queue.
        with suppress(TimeoutError):
            async with asyncio.timeout(REST_SECONDS):
                await child.stopping.wait()
