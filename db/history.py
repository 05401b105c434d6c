"""What a message's model call may know of its session, and the journal of a task's steps."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from db.database import Transaction
from db.models import TaskRow, TaskStepRow, TurnRow

MOST_TURNS = 400


async def earlier_turns(tx: Transaction, task: TaskRow) -> Sequence[TurnRow]:
    """The turns before a message's own that the model sees, oldest first, the newest 400 at most.

    An answer without text does not count; its question does not either when it was never started.
    """
    question = select(TurnRow.turn_index).where(TurnRow.task_id == task.id, TurnRow.role == "user").scalar_subquery()
    query = (
        select(TurnRow, TaskRow.attempt)
        .outerjoin(TaskRow, TaskRow.id == TurnRow.task_id)
        .where(TurnRow.session_id == task.session_id, TurnRow.turn_index < question)
        .order_by(TurnRow.turn_index.desc())
        .limit(MOST_TURNS)
    )
    rows = (await tx.execute(query)).all()
    answered = {turn.task_id for turn, _ in rows if turn.role == "assistant" and turn.content}
    seen = [
        turn
        for turn, attempt in rows
        if (turn.content if turn.role == "assistant" else turn.task_id in answered or attempt)
    ]
    return seen[::-1]


async def recorded_step(tx: Transaction, task_id: UUID, key: str) -> TaskStepRow | None:
    """The recorded result of a finished step."""
    return await tx.get(TaskStepRow, (task_id, key))


async def record_step(tx: Transaction, task_id: UUID, key: str, result: Any) -> None:
    """Record a step's result; the first one stays."""
    values = {"task_id": task_id, "key": key, "result": result}
    await tx.execute(insert(TaskStepRow).values(**values).on_conflict_do_nothing())
