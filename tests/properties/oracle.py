"""What the line must do, said a second time in plain Python: one call after another, no database, no clock."""

from dataclasses import dataclass, replace
from typing import TypeAlias
from uuid import UUID

from tests.properties.state import UNFINISHED, Entry, State

Result: TypeAlias = object
"""What a call answers, as a plain value; a refusal is the name of its error."""


@dataclass(slots=True)
class Oracle(State):
    """A state, and all that changes it."""

    def submit(self, task_id: UUID | None, kind: str, owner: str, session: UUID | None, words: str) -> Result:
        """Accept a task, whose id the real line chose; its position and its turn."""
        counts = self.counts(kind)
        if counts and self._is_full(owner):
            return "LineFull"
        if session is not None and (session in self.deleted or self.sessions[session] != owner):
            return "NotFound"
        if task_id is None:
            return "accepted"
        turn = 2 * len(self._of_session(session)) if session is not None else 0
        self.entries[task_id] = Entry(task_id, kind, owner, session, words, turn=turn)
        self.clock += 1
        self.tickets[task_id] = self.clock
        return task_id, len(self.having("queued")) if counts else None, turn if session is not None else None

    def _is_full(self, owner: str) -> bool:
        starting = [entry.id for entry in self.ready()]
        waiting = [entry.owner for entry in self.having("queued") if entry.id not in starting]
        everybody, mine = self.rules.most_waiting, self.rules.most_waiting_of_one
        return (everybody is not None and len(waiting) >= everybody) or (
            mine is not None and waiting.count(owner) >= mine
        )

    def claim(self, task_id: UUID) -> Result:
        """The number of the attempt that begins, or None."""
        entry = self.entries[task_id]
        if entry.status != "queued":
            return None
        if self.in_line(entry) and task_id not in (self._first_ready("ingest"), self._first_ready("chat", "research")):
            return None
        self._change(entry, status="running", attempt=entry.attempt + 1, expired=False)
        return entry.attempt + 1

    def finish(self, task_id: UUID, attempt: int, status: str, text: str) -> Result:
        """End an attempt."""
        entry = self._owned(task_id, attempt)
        if entry is None:
            return "Fenced"
        self._end(entry, status=status, text=text)
        return "done"

    def go_on(self, ended: UUID) -> Result:
        """Who got the slot at once, and as which attempt; "done" when nobody could."""
        plain = self.rules.most_active is None and self.rules.documents_in_line is None
        ready = self.ready() if plain and self.in_line(self.entries[ended]) else []
        return (ready[0].id, self.claim(ready[0].id)) if ready else "done"

    def renew(self, task_id: UUID, attempt: int, text: str) -> Result:
        """Whether to stop."""
        entry = self._owned(task_id, attempt)
        if entry is None:
            return "Fenced"
        self._change(entry, expired=False, text=text)
        return entry.cancelling

    def expire(self, task_id: UUID) -> None:
        """Its worker is silent."""
        self._change(self.entries[task_id], expired=True)

    def take_back(self, task_id: UUID, attempt: int, *, died: bool) -> None:
        """An attempt ended without an end: another one, or none if that was enough."""
        entry = self._owned(task_id, attempt)
        if entry is None:
            return
        losses = entry.losses + died
        status = "queued"
        if entry.cancelling:
            status = "cancelled"
        elif losses >= self.rules.attempts:
            status = "failed"
        if status == "queued":
            self._change(entry, losses=losses, status=status)
        else:
            self._end(entry, losses=losses, status=status)

    def sweep(self) -> None:
        """Take back what expired."""
        for entry in list(self.entries.values()):
            if entry.status == "running" and entry.expired:
                self.take_back(entry.id, entry.attempt, died=True)

    def cancel(self, task_id: UUID, owner: str | None, *, hold: bool) -> Result:
        """Its status, and whether it is to stop."""
        entry = self.entries[task_id]
        if entry.purged or (owner is not None and not self._sees(owner, entry)):
            return "NotFound"
        if hold and entry.status in UNFINISHED and entry.session is not None:
            others = [each for each in self._held_back(entry.session) if each != task_id]
            self.held |= {entry.session} if others else set()
        waited = entry.status == "queued"
        answer = self._cancel(entry)
        if waited and entry.session is not None:
            self.held -= set() if self._held_back(entry.session) else {entry.session}
        return answer

    def _held_back(self, session: UUID) -> list[UUID]:
        """What a pause of a session holds back: what waits for its first start."""
        return [entry.id for entry in self._of_session(session) if entry.status == "queued" and not entry.attempt]

    def _sees(self, owner: str, entry: Entry) -> bool:
        return owner == entry.owner and entry.session not in self.deleted

    def _cancel(self, entry: Entry) -> Result:
        if entry.status == "queued":
            entry = self._change(entry, status="cancelled")
        elif entry.status == "running":
            entry = self._change(entry, cancelling=True)
        return entry.status, entry.cancelling

    def delete_session(self, session: UUID, owner: str) -> Result:
        """Hide it and cancel what is under way in it."""
        if session in self.deleted or self.sessions[session] != owner:
            return "NotFound"
        self.deleted |= {session}
        for entry in self._of_session(session):
            self._cancel(entry)
        return "done"

    def resume(self, session: UUID, owner: str) -> Result:
        """Let its messages go on."""
        if session in self.deleted or self.sessions[session] != owner:
            return "NotFound"
        self.held -= {session}
        return "done"

    def edit(self, task_id: UUID, owner: str, field_name: str, words: str) -> Result:
        """Other words for what never started."""
        entry = self.entries[task_id]
        if not self._sees(owner, entry):
            return "NotFound"
        if entry.status != "queued" or not self.in_line(entry):
            return "Conflict"
        if {"chat": "content", "research": "topic"}.get(entry.kind) != field_name:
            return "InvalidInput"
        if entry.attempt:
            return "Conflict"
        self._change(entry, words=words)
        return "done"

    def move(self, task_id: UUID, owner: str, before: UUID | None) -> Result:
        """Another place among one's own: they share out the places that they have."""
        entry = self.entries[task_id]
        if not self._sees(owner, entry):
            return "NotFound"
        if entry.status != "queued" or not self.in_line(entry):
            return "Conflict"
        mine = [e.id for e in self.having("queued") if e.owner == owner]
        if before is not None and before not in mine:
            return "NotFound"
        if before == task_id:
            return "done"
        moved = [each for each in mine if each != task_id]
        moved.insert(len(moved) if before is None else moved.index(before), task_id)
        before_it = self.tickets
        self.tickets = before_it | dict(zip(moved, [before_it[each] for each in mine], strict=True))
        if not self._keeps_turns():
            self.tickets = before_it
            return "Conflict"
        return "done"

    def _keeps_turns(self) -> bool:
        last: dict[UUID | None, int] = {}
        for entry in (self.entries[each] for each in self.order):
            if entry.session is not None and entry.status in UNFINISHED:
                if entry.turn < last.get(entry.session, 0):
                    return False
                last[entry.session] = entry.turn
        return True

    def purge(self, task_id: UUID) -> None:
        """It ended, and its session was deleted: nothing of it counts any more."""
        self._change(self.entries[task_id], purged=True, ended_at=0)

    def set_line(self, *, paused: bool | None, limit: int | None) -> Result:
        """Hold everything back or let it go; more or fewer slots."""
        self.paused = self.paused if paused is None else paused
        self.limit = self.limit if limit is None else limit
        return "done"

    def _owned(self, task_id: UUID, attempt: int) -> Entry | None:
        entry = self.entries[task_id]
        return entry if (entry.status, entry.attempt) == ("running", attempt) else None

    def _end(self, entry: Entry, **values: object) -> None:
        self.clock += 1
        self._change(entry, ended_at=self.clock, **values)

    def _change(self, entry: Entry, **values: object) -> Entry:
        self.entries[entry.id] = changed = replace(entry, **values)  # type: ignore[arg-type]
        return changed
