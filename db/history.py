"""What a message's model call may know of its session, and the journal of a task's steps."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from db.database import Database, Transaction
from db.models import TaskRow, TaskStepRow
from db.steps import Step

MOST_TURNS = 400


_EARLIER = Step(f"""
    SELECT turn.task_id, turn.role, turn.content, task.attempt
    FROM turns AS turn LEFT JOIN tasks AS task ON task.id = turn.task_id
    WHERE turn.session_id = :session_id AND turn.turn_index < (
        SELECT own.turn_index FROM turns AS own WHERE own.task_id = :task_id AND own.role = 'user'
    )
    ORDER BY turn.turn_index DESC LIMIT {MOST_TURNS}
""")


_HAS_PASSAGES = Step("SELECT EXISTS (SELECT FROM passages WHERE owner = :owner) AS found")


class EarlierTurn(NamedTuple):
    """What somebody said before."""

    role: str
    content: str


class Background(NamedTuple):
    """What there is to know before a message is answered. `has_passages`: its owner has a library to search."""

    turns: Sequence[EarlierTurn]
    has_passages: bool


async def background(database: Database, task: TaskRow) -> Background:
    """What a message is answered upon: the turns before its own that the model sees, oldest first, the newest 400.

    An answer without text does not count; its question does not either when it was never started.
    """
    values = {"session_id": task.session_id, "task_id": task.id, "owner": task.owner}
    rows, [passages] = await database.batch(_EARLIER, _HAS_PASSAGES, **values)
    answered = {row.task_id for row in rows if row.role == "assistant" and row.content}
    seen = [
        EarlierTurn(row.role, row.content)
        for row in rows
        if (row.content if row.role == "assistant" else row.task_id in answered or row.attempt)
    ]
    return Background(seen[::-1], passages.found)


async def recorded_step(tx: Transaction, task_id: UUID, key: str) -> TaskStepRow | None:
    """The recorded result of a finished step."""
    return await tx.get(TaskStepRow, (task_id, key))


async def record_step(tx: Transaction, task_id: UUID, key: str, result: Any) -> None:
    """Record a step's result; the first one stays."""
    values = {"task_id": task_id, "key": key, "result": result}
    await tx.execute(insert(TaskStepRow).values(**values).on_conflict_do_nothing())
