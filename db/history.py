"""What a message's model call may know of its session, and the journal of a task's steps."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from db.database import Transaction
from db.models import TaskRow, TaskStepRow, TurnRow

MOST_TURNS = 400


_own = aliased(TurnRow)
_earlier = (
    select(TurnRow.task_id, TurnRow.role, TurnRow.content, TaskRow.attempt)
    .outerjoin(TaskRow, TaskRow.id == TurnRow.task_id)
    .where(
        TurnRow.session_id == bindparam("session_id"),
        TurnRow.turn_index
        < select(_own.turn_index).where(_own.task_id == bindparam("task_id"), _own.role == "user").scalar_subquery(),
    )
    .order_by(TurnRow.turn_index.desc())
    .limit(MOST_TURNS)
)


class EarlierTurn(NamedTuple):
    """What somebody said before."""

    role: str
    content: str


async def earlier_turns(tx: Transaction, task: TaskRow) -> Sequence[EarlierTurn]:
    """The turns before a message's own that the model sees, oldest first, the newest 400 at most.

    An answer without text does not count; its question does not either when it was never started.
    """
    rows = (await tx.execute(_earlier, {"session_id": task.session_id, "task_id": task.id})).all()
    answered = {row.task_id for row in rows if row.role == "assistant" and row.content}
    seen = [
        EarlierTurn(row.role, row.content)
        for row in rows
        if (row.content if row.role == "assistant" else row.task_id in answered or row.attempt)
    ]
    return seen[::-1]


async def recorded_step(tx: Transaction, task_id: UUID, key: str) -> TaskStepRow | None:
    """The recorded result of a finished step."""
    return await tx.get(TaskStepRow, (task_id, key))


async def record_step(tx: Transaction, task_id: UUID, key: str, result: Any) -> None:
    """Record a step's result; the first one stays."""
    values = {"task_id": task_id, "key": key, "result": result}
    await tx.execute(insert(TaskStepRow).values(**values).on_conflict_do_nothing())
