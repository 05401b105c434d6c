"""What a stream must know of its task before anything is sent, for many at once."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from db.database import Transaction
from db.models import TaskRow
from db.tasks import not_hidden


class StreamHead(NamedTuple):
    """Whose task it is, how it stands, and the id of its terminal event once that is written."""

    owner: str
    status: str
    terminal_seq: int | None


async def stream_heads(tx: Transaction, task_ids: Sequence[UUID]) -> dict[UUID, StreamHead | None]:
    """The heads of tasks; None for one that does not exist, or whose session or document was deleted."""
    query = select(TaskRow.id, TaskRow.owner, TaskRow.status, TaskRow.terminal_seq)
    rows = await tx.execute(query.where(TaskRow.id.in_(task_ids), not_hidden()))
    found: dict[UUID, StreamHead | None] = dict.fromkeys(task_ids)
    found.update((row.id, StreamHead(row.owner, row.status, row.terminal_seq)) for row in rows)
    return found
