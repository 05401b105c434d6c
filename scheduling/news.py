"""What is told after a change: the last event of a stream, and news for open pages.

The change is committed by then, so nothing here may fail it: what cannot be told now is told by the sweep, or read
anew by the page.
"""

import logging
from dataclasses import dataclass
from uuid import UUID

from db.database import Database
from db.models import DocumentRow, TaskRow
from db.sessions import session_state
from db.tasks import mark_terminal
from errors import SluiceError
from scheduling.ending import terminal_event
from scheduling.seams import Feed, TaskStream
from scheduling.views import document_view, task_view

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class News:
    """Tells streams and pages."""

    database: Database
    streams: TaskStream
    feed: Feed

    async def close_stream(self, task: TaskRow, *, written: int | None = None) -> bool:
        """Write the terminal event of an ended task; `written`: the last id given, when its writer wrote everything.

        Returns:
            Whether it is there. When that fails now, the sweep does it later.
        """
        try:
            async with self.database.transaction() as tx:
                event = await terminal_event(tx, task)
            seq = await self.streams.close(
                task.id, event, attempt=task.attempt, floor=task.checkpoint_seq, written=written
            )
            async with self.database.transaction() as tx:
                await mark_terminal(tx, task.id, seq)
        except SluiceError as error:
            log.warning("the stream of task %s is not closed yet: %s", task.id, error.message)
            return False
        return True

    async def task(self, task: TaskRow) -> None:
        """A task, and what it belongs to, changed."""
        self.feed.queue_changed()
        self.feed.person(task.owner, "task.changed", task_view(task).model_dump(mode="json"))
        if task.session_id is not None:
            await self.session(task.owner, task.session_id)
        if task.document_id is not None:
            await self._document(task.owner, task.document_id, task.id)

    async def session(self, owner: str, session_id: UUID) -> None:
        """A session changed; nothing is said of one that is deleted."""
        try:
            async with self.database.transaction() as tx:
                state = await session_state(tx, session_id)
        except SluiceError as error:
            log.warning("pages are not told of session %s: %s", session_id, error.message)
            return
        if state is not None:
            self.feed.person(owner, "session.changed", state)

    async def _document(self, owner: str, document_id: UUID, task_id: UUID) -> None:
        try:
            async with self.database.transaction() as tx:
                document = await tx.get(DocumentRow, document_id)
        except SluiceError as error:
            log.warning("pages are not told of document %s: %s", document_id, error.message)
            return
        if document is not None and document.deleted_at is None:
            self.feed.person(owner, "document.changed", document_view(document, task_id).model_dump(mode="json"))
