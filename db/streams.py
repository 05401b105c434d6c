"""What a stream must know of its task before anything is sent, for many at once."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from db.database import Database
from db.steps import Step


class StreamHead(NamedTuple):
    """Whose task it is, how it stands, and the id of its terminal event once that is written."""

    owner: str
    status: str
    terminal_seq: int | None


_HEADS = Step("""
    SELECT id, owner, status, terminal_seq FROM tasks AS task WHERE id = ANY(CAST(:task_ids AS uuid[]))
    AND NOT EXISTS (SELECT FROM sessions WHERE sessions.id = task.session_id AND sessions.deleted_at IS NOT NULL)
    AND NOT EXISTS (SELECT FROM documents WHERE documents.id = task.document_id AND documents.deleted_at IS NOT NULL)
""")


async def stream_heads(database: Database, task_ids: Sequence[UUID]) -> dict[UUID, StreamHead | None]:
    """The heads of tasks; None for one that does not exist, or whose session or document was deleted."""
    [rows] = await database.batch(_HEADS, task_ids=list(task_ids))
    found: dict[UUID, StreamHead | None] = dict.fromkeys(task_ids)
    found.update((row.id, StreamHead(row.owner, row.status, row.terminal_seq)) for row in rows)
    return found
