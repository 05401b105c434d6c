"""Who may start now. Called after every change that can unblock somebody."""

from collections.abc import Sequence

from db import candidates
from db.candidates import Candidate
from db.database import Transaction
from db.tasks import mark_woken
from scheduling.work import Wakeup
from settings import Settings


async def next_up(tx: Transaction, settings: Settings) -> Sequence[Candidate]:
    """The tasks that the free slots are for; see `db.candidates.next_up`."""
    return await candidates.next_up(
        tx,
        settings.kinds_with_slot,
        max_active_per_user=settings.max_active_per_user,
        ingest_concurrency=settings.ingest_concurrency,
    )


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
