"""What people ask of the line besides submitting: cancel, edit, move, delete, resume, and what operators may."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import update

from db.line import line_state
from db.models import AuditRow, LineRow, SessionRow
from errors import NotFound
from scheduling.cancelling import Cancellation, cancel, hide_document, hide_session
from scheduling.editing import edit, move
from scheduling.line import Line
from scheduling.views import TaskView, task_view
from scheduling.wake import wake
from scheduling.work import Wakeup

TOLD_AT_ONCE = 4
"""Of one person's many tasks that end together: others want to reach the database, too."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes asked for by people, each one transaction under the line's lock and then what has to be told."""

    line: Line

    async def cancel(self, task_id: UUID, *, owner: str | None, by: str, pause_session: bool = False) -> TaskView:
        """Cancel a task in whatever state it is; idempotent.

        Args:
            task_id: which task.
            owner: whose task it must be; None for an admin, who may cancel anyone's, which is audited.
            by: who asks, as the terminal event tells.
            pause_session: hold the session's queued messages back until it is resumed.

        Returns:
            The task: ended when it was waiting or had ended, with `cancel_requested` set when it runs.

        Raises:
            NotFound: there is no such task of this owner.
        """
        async with self.line.locked() as tx:
            done = await cancel(tx, task_id, owner=owner, by=by, pause_session=pause_session)
            if owner is None:
                tx.add(AuditRow(who=by, action="cancel", details={"task_id": str(task_id), "owner": done.task.owner}))
            wakeups = await wake(tx, self.line.settings)
        await self._after_cancel([done], wakeups)
        return task_view(done.task)

    async def edit(self, task_id: UUID, *, owner: str, field: str, words: str) -> TaskView:
        """Change the words of a waiting message (`content`) or research (`topic`); see `scheduling.editing.edit`."""
        async with self.line.locked() as tx:
            task = await edit(tx, task_id, owner=owner, field=field, words=words, kinds=self._kinds)
        self.line.news.task(task)
        return task_view(task, whole=True)

    async def move(self, task_id: UUID, *, owner: str, before: UUID | None) -> TaskView:
        """Move a waiting task among its owner's own; see `scheduling.editing.move`."""
        async with self.line.locked() as tx:
            moved = await move(tx, task_id, owner=owner, before=before, kinds=self._kinds)
            wakeups = await wake(tx, self.line.settings)
        await self.line.publisher.publish(wakeups)
        self.line.news.task(moved)
        return task_view(moved)

    async def delete_session(self, session_id: UUID, *, owner: str) -> None:
        """Hide a session at once and cancel its tasks; the sweep purges it after the last has ended."""
        async with self.line.locked() as tx:
            cancelled = await hide_session(tx, session_id, owner=owner)
            wakeups = await wake(tx, self.line.settings)
        await self._after_cancel(cancelled, wakeups)
        self.line.feed.person(owner, "session.deleted", {"id": str(session_id)})

    async def delete_document(self, document_id: UUID, *, owner: str) -> None:
        """Hide a document at once and cancel its reading; the sweep purges it after that has ended."""
        async with self.line.locked() as tx:
            cancelled = await hide_document(tx, document_id, owner=owner)
            wakeups = await wake(tx, self.line.settings)
        await self._after_cancel(cancelled, wakeups)
        self.line.feed.person(owner, "document.deleted", {"id": str(document_id)})

    async def resume_session(self, session_id: UUID, *, owner: str) -> None:
        """Let the queued messages of a paused session go on.

        Raises:
            NotFound: there is no such session of this owner.
        """
        async with self.line.locked() as tx:
            statement = update(SessionRow).where(SessionRow.id == session_id, SessionRow.owner == owner)
            statement = statement.where(SessionRow.deleted_at.is_(None)).values(paused=False)
            if (await tx.execute(statement.returning(SessionRow.id))).scalar_one_or_none() is None:
                raise NotFound("There is no such session.")
            wakeups = await wake(tx, self.line.settings)
        await self.line.publisher.publish(wakeups)
        self.line.feed.queue_changed()
        self.line.news.session(owner, session_id)

    async def set_line(self, *, by: str, paused: bool | None = None, limit: int | None = None) -> LineRow:
        """Pause the line or let it go on, and change how many may run, at once and for all workers.

        What runs goes on; with a lower limit nothing starts until enough has ended. Audited.
        """
        async with self.line.locked() as tx:
            row = await line_state(tx)
            row.paused = row.paused if paused is None else paused
            row.slot_limit = row.slot_limit if limit is None else limit
            tx.add(AuditRow(who=by, action="line", details={"paused": paused, "limit": limit}))
            await tx.flush()
            wakeups = await wake(tx, self.line.settings)
        await self.line.publisher.publish(wakeups)
        self.line.feed.queue_changed()
        return row

    @property
    def _kinds(self) -> tuple[str, ...]:
        return self.line.settings.kinds_with_slot

    async def _after_cancel(self, cancelled: Sequence[Cancellation], wakeups: Sequence[Wakeup]) -> None:
        await self.line.publisher.publish(wakeups)
        for start in range(0, len(cancelled), TOLD_AT_ONCE):
            told = await asyncio.gather(*(self._tell(each) for each in cancelled[start : start + TOLD_AT_ONCE]))
            if not all(told):
                break  # Redis is away: the leases tell those that run, and the sweep closes the other streams
        for each in cancelled:
            self.line.news.task(each.task)

    async def _tell(self, cancelled: Cancellation) -> bool:
        """Say it on the task's stream, or to whoever runs it; whether that was possible."""
        if cancelled.running:
            await self.line.streams.request_cancel(cancelled.task.id)
        return not cancelled.ended_now or await self.line.news.close_stream(cancelled.task)
