"""What is told after a change: the last event of a stream, and news for open pages.

The change is committed by then, so nothing here may fail it: what cannot be told now is told by the sweep, or read
anew by the page.
"""

import logging
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from db.database import Database
from db.models import DocumentRow, TaskRow
from db.sessions import session_state
from db.tasks import TERMINAL
from errors import SluiceError
from scheduling.ending import terminal_event
from scheduling.seams import Feed, TaskStream
from scheduling.views import document_view, task_view
from streaming.events import Terminal

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class News:
    """Tells streams and pages."""

    database: Database
    streams: TaskStream
    feed: Feed

    async def close_stream(self, task: TaskRow, event: Terminal | None = None, *, written: int | None = None) -> bool:
        """Write the last event of an ended task.

        Args:
            task: the task.
            event: its terminal event, when it was made already.
            written: the last id given, when its writer wrote everything.

        Returns:
            Whether it is there. When that fails now, the sweep does it later.
        """
        try:
            if event is None:
                async with self.database.transaction() as tx:
                    event = await terminal_event(tx, task)
            seq = await self.streams.close(
                task.id,
                event,
                attempt=task.attempt,
                floor=task.checkpoint_seq,
                written=written,
                epoch=task.log_epoch,
            )
            await self.database.batch(TERMINAL, task_id=task.id, seq=seq)
        except SluiceError as error:
            log.warning("the stream of task %s is not closed yet: %s", task.id, error.message)
            return False
        return True

    def task(self, task: TaskRow) -> None:
        """A task, and what it belongs to, changed."""
        self.feed.queue_changed()
        self.feed.person(task.owner, "task.changed", task_view(task).model_dump(mode="json"))
        if task.session_id is not None:
            self.session(task.owner, task.session_id)
        if task.document_id is not None:
            self.feed.person_later(task.owner, "document.changed", partial(self._document, task.document_id, task.id))

    def session(self, owner: str, session_id: UUID) -> None:
        """A session changed; nothing is said of one that is deleted."""
        self.feed.person_later(owner, "session.changed", partial(self._session, session_id))

    async def _session(self, session_id: UUID) -> dict[str, Any] | None:
        return await session_state(self.database, session_id)

    async def _document(self, document_id: UUID, task_id: UUID) -> dict[str, Any] | None:
        async with self.database.transaction() as tx:
            document = await tx.get(DocumentRow, document_id)
        if document is None or document.deleted_at is not None:
            return None
        return document_view(document, task_id).model_dump(mode="json")
