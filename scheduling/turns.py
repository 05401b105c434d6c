"""Whose turn it is with `MAX_ACTIVE_PER_USER`, told and played forward; the decision itself is `db.candidates`'."""

from collections import Counter, defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from math import inf
from operator import itemgetter
from uuid import UUID

from db.candidates import last_ends, turn_of
from db.database import Database
from db.line import QueuedRow
from settings import Settings

AFTER_ALL_TICKETS = 1 << 62


@dataclass(frozen=True, slots=True)
class Turns:
    """What a turn depends on.

    most: how many slots an owner may hold before others go first.
    ends: by owner, when their last `most` tasks gave their slots back, in the count of tickets, the latest first.
    """

    most: int
    ends: Mapping[str, Sequence[int]]


async def read_turns(
    database: Database, active: Sequence[QueuedRow], waiting: Sequence[QueuedRow], settings: Settings
) -> Turns | None:
    """What the turns of those who wait depend on; None where owners have no limit."""
    most = settings.max_active_per_user
    if most is None:
        return None
    owners = {task.owner for tasks in (active, waiting) for task in tasks}
    async with database.transaction() as tx:
        return Turns(most, await last_ends(tx, settings.kinds_with_slot, owners, most))


def stepping_aside(turns: Turns, active: Sequence[QueuedRow], waiting: Sequence[QueuedRow]) -> set[UUID]:
    """The waiting tasks before which somebody goes who stands behind them: another owner's, whose turn is earlier."""
    held = Counter(task.owner for task in active)
    passed: set[UUID] = set()
    earliest: dict[str, float] = {}  # the earliest turn of those behind, and the earliest of another owner
    for task in reversed(waiting):
        owner = task.owner
        turn = turn_of(task, turns.ends.get(owner, ()), turns.most - held[owner])
        if any(other != owner and theirs < turn for other, theirs in earliest.items()):
            passed.add(task.id)
        earliest[owner] = min(turn, earliest.get(owner, inf))
        earliest = dict(sorted(earliest.items(), key=itemgetter(1))[:2])
    return passed


class InTurn:
    """Those who may start while a line is played forward: the owner whose turn is the earliest, with their first task.

    Owners who hold all the slots they may come after everybody else.

    Args:
        turns: what is known now.
        active: what runs.
        waiting: those who wait, in their order; here they go by their index.
    """

    def __init__(self, turns: Turns, active: Sequence[QueuedRow], waiting: Sequence[QueuedRow]) -> None:
        self._most = turns.most
        self._waiting = waiting
        self._held = Counter(task.owner for task in active)
        self._ends = {owner: deque(ends, maxlen=turns.most) for owner, ends in turns.ends.items()}
        self._clock = count(AFTER_ALL_TICKETS)
        self._ready: defaultdict[str, list[int]] = defaultdict(list)
        self._size = 0
        self._turns: list[tuple[float, int, str]] = []

    def __len__(self) -> int:
        return self._size

    def add(self, index: int) -> None:
        """One more may start."""
        owner = self._waiting[index].owner
        heappush(self._ready[owner], index)
        self._size += 1
        self._tell(owner)

    def pop(self) -> int:
        """The next to start, which does."""
        index = self._first()
        owner = self._waiting[index].owner
        heappop(self._ready[owner])
        if not self._ready[owner]:
            del self._ready[owner]
        self._size -= 1
        self._held[owner] += 1
        self._tell(owner)
        return index

    def ended(self, owner: str) -> None:
        """A task of this owner gave its slot back."""
        self._held[owner] -= 1
        self._ends.setdefault(owner, deque(maxlen=self._most)).appendleft(next(self._clock))
        self._tell(owner)

    def _first(self) -> int:
        while self._turns:
            turn, index, owner = heappop(self._turns)
            if self._turn(owner) == (turn, index):
                return index
        return min(indices[0] for indices in self._ready.values())

    def _tell(self, owner: str) -> None:
        """Note an owner's turn as it is now; what was noted before counts no more."""
        turn = self._turn(owner)
        if turn is not None:
            heappush(self._turns, (*turn, owner))

    def _turn(self, owner: str) -> tuple[float, int] | None:
        if owner not in self._ready or self._held[owner] >= self._most:
            return None
        index = self._ready[owner][0]
        return turn_of(self._waiting[index], self._ends.get(owner, ()), self._most - self._held[owner]), index
