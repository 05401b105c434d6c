"""From small numbers to something that can be done now: which task, which session, which run."""

from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID

from scheduling.work import Claimed
from tests.properties.operations import (
    Cancel,
    Claim,
    DeleteSession,
    Edit,
    Finish,
    Lose,
    Move,
    Operation,
    Renew,
    Resume,
    SetLine,
    Submit,
    SweepOnce,
)
from tests.properties.oracle import Oracle
from tests.properties.state import UNFINISHED
from tests.properties.world import World

T = TypeVar("T")

OWNERS = ("ann", "bob", "cyd")
"""Whose the sessions are; the only people there are."""

STATUSES = ("completed", "completed", "completed", "failed", "cancelled")


class Choices:
    """Picks operations for one machine.

    Args:
        world: what is lying in the queues, and who ran what.
        oracle: what the line holds now.
        sessions: the open sessions, one for each of `OWNERS`.
    """

    def __init__(self, world: World, oracle: Oracle, sessions: Sequence[UUID]) -> None:
        self._world = world
        self._oracle = oracle
        self._sessions = sessions

    def pick(self, name: str, a: int, b: int) -> Operation | None:
        """The operation of this name that two numbers stand for; None when there is nothing to do it to."""
        choose: Callable[[int, int], Operation | None] = getattr(self, f"_{name}")
        return choose(a, b)

    def _chat(self, a: int, b: int) -> Operation:
        place = a % len(self._sessions)
        stranger = b % 16 == 15
        owner = "eve" if stranger else OWNERS[place]
        return Submit("chat", owner, self._sessions[place], f"message {b}")

    def _research(self, a: int, b: int) -> Operation:
        return Submit("research", _one(OWNERS, a))

    def _ingest(self, a: int, b: int) -> Operation:
        return Submit("ingest", _one(OWNERS, a))

    def _deliver(self, a: int, b: int) -> Operation | None:
        """Mostly the next message; also one out of order; now and then it stays, to be delivered again."""
        lying = self._world.outside.lying()
        if not lying:
            return None
        task_id = _one(lying, a if b % 3 == 0 else 0)
        if b % 5 != 4:
            self._world.outside.take(task_id)
        return Claim(task_id)

    def _stray(self, a: int, b: int) -> Operation | None:
        """A message from long ago."""
        return Claim(_one(self._tasks, a)) if self._tasks else None

    def _finish(self, a: int, b: int) -> Operation | None:
        return Finish(_one(self.living, a), _one(STATUSES, b), goes_on=b % 2 == 1) if self.living else None

    def _zombie(self, a: int, b: int) -> Operation | None:
        """A run that lost its task goes on as if it had not."""
        dead = [run for runs in self._world.runs.values() for run in runs if run not in self.living]
        if not dead:
            return None
        replaced = [run for run in dead if self._oracle.entries[run.task.id].status == "running"]
        run = _one(replaced or dead, a)
        return (Finish(run, "completed"), Renew(run), Lose(run, died=True), Lose(run, died=False))[b % 4]

    def _renew(self, a: int, b: int) -> Operation | None:
        return Renew(_one(self.living, a)) if self.living else None

    def _lose(self, a: int, b: int) -> Operation | None:
        return Lose(_one(self.living, a), died=b % 3 != 0) if self.living else None

    def _sweep(self, a: int, b: int) -> Operation:
        return SweepOnce(gone=b % 8 != 7)

    def _cancel(self, a: int, b: int) -> Operation | None:
        if not self._tasks:
            return None
        unfinished = [each for each in self._tasks if self._oracle.entries[each].status in UNFINISHED]
        task_id = _one((b % 3 == 0 and self._blocking) or (b % 4 and unfinished) or self._tasks, a)
        owner = self._oracle.entries[task_id].owner
        asking = {6: None, 7: "eve"}.get(b % 8, owner)
        return Cancel(task_id, asking, hold=b % 2 == 1)

    def _resume(self, a: int, b: int) -> Operation:
        held = sorted(self._oracle.held) if b % 3 else list(self._sessions)
        session = _one(held or self._sessions, a)
        return Resume(session, self._oracle.sessions[session])

    def _edit(self, a: int, b: int) -> Operation | None:
        waiting = [entry.id for entry in self._oracle.having("queued")] if b % 4 else self._tasks
        if not waiting:
            return None
        entry = self._oracle.entries[_one(waiting, a)]
        right = "topic" if entry.kind == "research" else "content"
        wrong = "content" if right == "topic" else "topic"
        return Edit(entry.id, entry.owner if b % 7 else "eve", wrong if b % 5 == 4 else right)

    def _move(self, a: int, b: int) -> Operation | None:
        """Mostly one's own waiting task among one's own; sometimes before somebody else's."""
        waiting = self._oracle.having("queued")
        if not waiting:
            return None
        entry = _one(waiting, a)
        mine = [None, *(other.id for other in waiting if other.owner == entry.owner or b % 6 == 5)]
        return Move(entry.id, entry.owner, _one(mine, b))

    def _pause(self, a: int, b: int) -> Operation:
        return SetLine(paused=not self._oracle.paused and b % 2 == 0)

    def _limit(self, a: int, b: int) -> Operation:
        return SetLine(limit=1 + a % 4)

    def _delete(self, a: int, b: int) -> Operation:
        place = a % len(self._sessions)
        return DeleteSession(self._sessions[place], "eve" if b % 6 == 5 else OWNERS[place])

    @property
    def _tasks(self) -> list[UUID]:
        return self._oracle.order

    @property
    def _blocking(self) -> list[UUID]:
        """The messages that others of their session wait for."""
        waiting = [entry for entry in self._oracle.having("queued") if entry.session is not None]
        behind = {entry.session: entry.turn for entry in waiting}
        tasks = (self._oracle.entries[each] for each in self._tasks)
        return [e.id for e in tasks if e.status in UNFINISHED and e.turn < behind.get(e.session, 0)]

    @property
    def living(self) -> list[Claimed]:
        """The runs that own their tasks."""
        latest = [runs[-1] for runs in self._world.runs.values()]
        return [run for run in latest if self._oracle.entries[run.task.id].status == "running"]


def _one(things: Sequence[T], number: int) -> T:
    return things[number % len(things)]
