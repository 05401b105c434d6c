"""What a message's model call may know of its session, and the journal of a task's steps."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from db.database import Database, Transaction
from db.models import TaskStepRow
from db.steps import Rows, Step

MOST_TURNS = 400


def _behind(message: str) -> str:
    """What lies behind the message of a task: a row for each earlier turn, newest first, and one when there is none."""
    return f"""
        WITH message AS ({message})
        SELECT message.id, turn.task_id, turn.role, turn.content, turn.attempt,
            EXISTS (SELECT FROM passages WHERE owner = message.owner) AS has_passages
        FROM message LEFT JOIN LATERAL (
            SELECT turns.task_id, turns.role, turns.content, turns.turn_index, tasks.attempt
            FROM turns LEFT JOIN tasks ON tasks.id = turns.task_id
            WHERE turns.session_id = message.session_id AND turns.turn_index < (
                SELECT own.turn_index FROM turns AS own WHERE own.task_id = message.id AND own.role = 'user'
            )
            ORDER BY turns.turn_index DESC LIMIT {MOST_TURNS}
        ) AS turn ON true
        ORDER BY turn.turn_index DESC
    """


_OF_TASK = Step(_behind("SELECT id, session_id, owner FROM tasks WHERE id = :task_id"))

OF_NEWEST_RUN = Step(
    _behind("""
        SELECT id, session_id, owner FROM tasks
        WHERE status = 'running' AND kind = 'chat' AND worker_host = :host AND worker_pid = :pid
        AND worker_started_at = :process_started_at
        ORDER BY started_at DESC LIMIT 1
    """)
)
"""The background of the message that a process started last; see `background_in`."""


class EarlierTurn(NamedTuple):
    """What somebody said before."""

    role: str
    content: str


class Background(NamedTuple):
    """What there is to know before a message is answered. `has_passages`: its owner has a library to search."""

    turns: Sequence[EarlierTurn]
    has_passages: bool


async def background(database: Database, task_id: UUID) -> Background:
    """What a message is answered upon: the turns before its own that the model sees, oldest first, the newest 400.

    An answer without text does not count; its question does not either when it was never started.
    """
    [rows] = await database.batch(_OF_TASK, task_id=task_id)
    return background_in(rows, task_id) or Background((), has_passages=False)


def background_in(rows: Rows, task_id: UUID) -> Background | None:
    """As `background`, out of the rows that were read; None when they are of another message, or of none."""
    if not rows or rows[0].id != task_id:
        return None
    turns = [row for row in rows if row.role is not None]
    answered = {row.task_id for row in turns if row.role == "assistant" and row.content}
    seen = [
        EarlierTurn(row.role, row.content)
        for row in turns
        if (row.content if row.role == "assistant" else row.task_id in answered or row.attempt)
    ]
    return Background(seen[::-1], rows[0].has_passages)


async def recorded_step(tx: Transaction, task_id: UUID, key: str) -> TaskStepRow | None:
    """The recorded result of a finished step."""
    return await tx.get(TaskStepRow, (task_id, key))


async def record_step(tx: Transaction, task_id: UUID, key: str, result: Any) -> None:
    """Record a step's result; the first one stays."""
    values = {"task_id": task_id, "key": key, "result": result}
    await tx.execute(insert(TaskStepRow).values(**values).on_conflict_do_nothing())
