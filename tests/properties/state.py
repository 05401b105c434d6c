"""The line's state in plain Python, and who may start in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self
from uuid import UUID

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
    """One task. `expired`: its lease has ended; `text`: what it wrote, as far as was noted; `turn`: a message's;
    `ended_at`: when its run ended, in the count of tickets.
    """

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
    ended_at: int = 0
    purged: bool = False


@dataclass(slots=True)
class State:
    """The line's state. `tickets` counts submissions and ends of runs alike; `sessions` says whose each is."""

    rules: Rules
    limit: int
    paused: bool = False
    entries: dict[UUID, Entry] = field(default_factory=dict)
    tickets: dict[UUID, int] = field(default_factory=dict)
    clock: int = 0
    sessions: dict[UUID, str] = field(default_factory=dict)
    held: frozenset[UUID] = frozenset()
    deleted: frozenset[UUID] = frozenset()

    def copy(self) -> Self:
        """The same state, to be changed apart."""
        return replace(self, entries=dict(self.entries), tickets=dict(self.tickets), sessions=dict(self.sessions))

    @property
    def order(self) -> list[UUID]:
        """All tasks by ticket."""
        return sorted(self.tickets, key=self.tickets.__getitem__)

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
            turns = {entry.id: self.turn_of(entry, active) for entry in able}
            polite = [entry for entry in able if turns[entry.id] is not None]
            heads = {entry.owner: entry for entry in reversed(polite)}.values()
            chosen.append(min(heads, key=lambda entry: turns[entry.id] or 0) if heads else able[0])
            active.append(chosen[-1])
            able.remove(chosen[-1])
        return chosen

    def _first_ready(self, *kinds: str) -> UUID | None:
        """Of those that wait for the same workers, the first; there is a slot for each who is ready."""
        return next((entry.id for entry in self.ready() if entry.kind in kinds), None)

    def _can_read_more(self, active: Sequence[Entry]) -> bool:
        most = self.rules.documents_in_line
        return most is not None and [entry.kind for entry in active].count("ingest") < most

    def turn_of(self, entry: Entry, active: Sequence[Entry]) -> int | None:
        """From when on it waits, in the count of tickets; None while its owner has enough slots.

        Each owner is served as if they had come for a task when the one `most_active` before it was over.
        """
        most, ticket = self.rules.most_active, self.tickets[entry.id]
        if most is None:
            return ticket
        left = most - [other.owner for other in active].count(entry.owner)
        if left <= 0:
            return None
        mine = [other for other in self.entries.values() if other.owner == entry.owner and self.in_line(other)]
        ends = sorted((other.ended_at for other in mine if other.ended_at), reverse=True)
        return ticket if entry.attempt or len(ends) < left else max(ticket, ends[left - 1])

    def _may_start(self, entry: Entry) -> bool:
        if entry.session is None:
            return True
        unfinished = [e for e in self._of_session(entry.session) if e.status in UNFINISHED]
        return min(e.turn for e in unfinished) == entry.turn and (entry.attempt > 0 or entry.session not in self.held)

    def _of_session(self, session: UUID) -> list[Entry]:
        found = (self.entries[each] for each in self.order)
        return [entry for entry in found if entry.session == session]
