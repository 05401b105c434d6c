"""Who may start now. Called after every change that can unblock somebody."""

from collections.abc import Sequence

from db.database import Transaction
from db.models import TaskRow
from db.tasks import count_running, line_state, mark_woken, startable
from scheduling.work import Wakeup
from settings import Settings


async def next_up(tx: Transaction, settings: Settings) -> Sequence[TaskRow]:
    """The tasks that the free slots are for, lowest ticket first; none while the line is paused."""
    line = await line_state(tx)
    free = line.slot_limit - await count_running(tx)
    if line.paused or free <= 0:
        return []
    return await startable(tx, free, max_active_per_user=settings.max_active_per_user)


async def wake(tx: Transaction, settings: Settings) -> list[Wakeup]:
    """Unpark what may start now.

    Only parked tasks need a new message; the others' messages still lie in the queue.

    Returns:
        What to publish after the commit, at the front, in this order.
    """
    parked = [task for task in await next_up(tx, settings) if task.parked is not None]
    if parked:
        await mark_woken(tx, [task.id for task in parked])
    return [Wakeup(task.id, task.kind, front=True) for task in parked]
