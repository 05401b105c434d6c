"""Celery's task for reading a document into the library."""

from collections.abc import AsyncIterator
from contextlib import aclosing

from db.models import TaskRow
from library.ingest import ingest as read_document
from streaming.events import Answer
from tasks.app import app
from tasks.child import Child, current_child
from tasks.kinds import produces
from tasks.serve import carry_out


@app.task(name="tasks.ingest.ingest")
def ingest(task_id: str) -> None:
    """Read the document that a task row stands for."""
    carry_out(current_child(), task_id, "ingest")


@produces("ingest")
async def _read(child: Child, task: TaskRow, _partial: str) -> AsyncIterator[Answer]:
    assert task.document_id is not None
    events = read_document(
        task.document_id, database=child.core.database, embedder=child.embedder, settings=child.settings
    )
    async with aclosing(events):
        async for event in events:
            yield event
