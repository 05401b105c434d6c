"""What the line must do, said a second time in plain Python: one call after another, no database, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias
from uuid import UUID

Result: TypeAlias = object
"""What a call answers, as a plain value; a refusal is the name of its error."""

UNFINISHED = ("queued", "running")


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings that matter here."""

    most_active: int | None
    attempts: int
    most_waiting: int | None
    most_waiting_of_one: int | None
    documents_in_line: int | None = None
    """How many documents may be read at a time where they take slots; None where they take none."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One task. `expired`: its lease has ended; `text`: what it wrote, as far as was noted; `turn`: a message's."""

    id: UUID
    kind: str
    owner: str
    session: UUID | None
    words: str
    status: str = "queued"
    attempt: int = 0
    losses: int = 0
    cancelling: bool = False
    expired: bool = False
    text: str = ""
    turn: int = 0


@dataclass(slots=True)
class Oracle:
    """The line's state. `order` holds all tasks by ticket; `sessions` says whose each is."""

    rules: Rules
    limit: int
    paused: bool = False
    entries: dict[UUID, Entry] = field(default_factory=dict)
    order: list[UUID] = field(default_factory=list)
    sessions: dict[UUID, str] = field(default_factory=dict)
    held: frozenset[UUID] = frozenset()
    deleted: frozenset[UUID] = frozenset()

    def copy(self) -> "Oracle":
        """The same state, to be changed apart."""
        return replace(self, entries=dict(self.entries), order=list(self.order), sessions=dict(self.sessions))

    # What may start

    def in_line(self, entry: Entry) -> bool:
        """Whether the limit counts it."""
        return self.counts(entry.kind)

    def counts(self, kind: str) -> bool:
        """Whether tasks of a kind take slots."""
        return kind != "ingest" or self.rules.documents_in_line is not None

    def having(self, status: str) -> list[Entry]:
        """The line's tasks of a status, by ticket."""
        found = (self.entries[each] for each in self.order)
        return [entry for entry in found if entry.status == status and self.in_line(entry)]

    def ready(self) -> list[Entry]:
        """The tasks that the free slots are for: the first that may, those after others whose owner has enough."""
        if self.paused:
            return []
        active, chosen = self.having("running"), []
        free = self.limit - len(active)
        able = [entry for entry in self.having("queued") if self._may_start(entry)]
        while len(chosen) < free:
            able = [entry for entry in able if entry.kind != "ingest" or self._can_read_more(active)]
            if not able:
                break
            polite = [entry for entry in able if not self._has_enough(entry.owner, active)]
            chosen.append((polite or able)[0])
            active.append(chosen[-1])
            able.remove(chosen[-1])
        return chosen

    def _first_ready(self, *kinds: str) -> UUID | None:
        """Of those that wait for the same workers, the first; there is a slot for each who is ready."""
        return next((entry.id for entry in self.ready() if entry.kind in kinds), None)

    def _can_read_more(self, active: Sequence[Entry]) -> bool:
        most = self.rules.documents_in_line
        return most is not None and [entry.kind for entry in active].count("ingest") < most

    def _has_enough(self, owner: str, active: Sequence[Entry]) -> bool:
        most = self.rules.most_active
        return most is not None and [entry.owner for entry in active].count(owner) >= most

    def _may_start(self, entry: Entry) -> bool:
        if entry.session is None:
            return True
        unfinished = [e for e in self._of_session(entry.session) if e.status in UNFINISHED]
        return min(e.turn for e in unfinished) == entry.turn and entry.session not in self.held

    def _of_session(self, session: UUID) -> list[Entry]:
        found = (self.entries[each] for each in self.order)
        return [entry for entry in found if entry.session == session]

    # What changes it

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
        self.order.append(task_id)
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
        self._change(entry, status=status, text=text)
        return "done"

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
        self._change(entry, losses=losses, status=status)

    def sweep(self) -> None:
        """Take back what expired."""
        for entry in list(self.entries.values()):
            if entry.status == "running" and entry.expired:
                self.take_back(entry.id, entry.attempt, died=True)

    def cancel(self, task_id: UUID, owner: str | None, *, hold: bool) -> Result:
        """Its status, and whether it is to stop."""
        entry = self.entries[task_id]
        if owner not in (None, entry.owner):
            return "NotFound"
        if hold and entry.status in UNFINISHED and entry.session is not None:
            others = [e for e in self._of_session(entry.session) if e.status == "queued" and e.id != task_id]
            self.held |= {entry.session} if others else set()
        return self._cancel(entry)

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
        if entry.owner != owner:
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
        if entry.owner != owner:
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
        order = list(self.order)
        for place, each in zip([self.order.index(each) for each in mine], moved, strict=True):
            order[place] = each
        if not self._keeps_turns(order):
            return "Conflict"
        self.order = order
        return "done"

    def _keeps_turns(self, order: Sequence[UUID]) -> bool:
        last: dict[UUID | None, int] = {}
        for entry in (self.entries[each] for each in order):
            if entry.session is not None and entry.status in UNFINISHED:
                if entry.turn < last.get(entry.session, 0):
                    return False
                last[entry.session] = entry.turn
        return True

    def set_line(self, *, paused: bool | None, limit: int | None) -> Result:
        """Hold everything back or let it go; more or fewer slots."""
        self.paused = self.paused if paused is None else paused
        self.limit = self.limit if limit is None else limit
        return "done"

    def _owned(self, task_id: UUID, attempt: int) -> Entry | None:
        entry = self.entries[task_id]
        return entry if (entry.status, entry.attempt) == ("running", attempt) else None

    def _change(self, entry: Entry, **values: object) -> Entry:
        self.entries[entry.id] = changed = replace(entry, **values)  # type: ignore[arg-type]
        return changed
