"""The stream of a task that ended and whose log is gone, from the database."""

from uuid import UUID

from db import Database
from db.tasks import get_task
from scheduling.ending import terminal_event
from streaming.events import frame
from streaming.log import snapshot_of


async def frames_from_database(database: Database, task_id: UUID, after: int) -> bytes | None:
    """A snapshot and the terminal event, with the ids they had.

    Returns:
        Frames after the cursor `after`, empty when it is at the end or the task was purged; None while the task
        has not ended, or its terminal event is not written yet.
    """
    async with database.transaction() as tx:
        task = await get_task(tx, task_id)
        if task is None:
            return b""
        last = task.terminal_seq
        if last is None:
            return None
        terminal = await terminal_event(tx, task)
    if after >= last:
        return b""
    data = frame(terminal, task_id=task_id, seq=last, attempt=task.attempt)
    if after == last - 1:
        return data
    return frame(snapshot_of(terminal.result), task_id=task_id, seq=last - 1, attempt=task.attempt) + data
