"""Who may start: the queries that decide whose turn it is, run under the line's lock."""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import inf
from uuid import UUID

from sqlalchemy import TextClause, func, select, text

from db.database import Transaction
from db.line import RUNNING, Kinds, QueuedRow, slots
from db.models import TaskRow


@dataclass(frozen=True, slots=True)
class Candidate:
    """A task that may start. `parked`: it stepped aside and needs a new message."""

    id: UUID
    kind: str
    owner: str
    parked: str | None
    ticket: int
    attempt: int


HELD = """
    SELECT count(*) FROM tasks WHERE status = 'running' AND kind = ANY(CAST(:kinds AS text[]))
"""
# Neither condition may become a join: the line is walked in its order, and most of a long one is never looked at.
STARTABLE = """
    SELECT task.id, task.kind, task.owner, task.parked, task.ticket, task.attempt
    FROM tasks AS task
    WHERE task.status = 'queued' AND task.kind = ANY(CAST(:kinds AS text[])) AND (
        SELECT earlier.id FROM tasks AS earlier
        WHERE earlier.session_id = task.session_id AND earlier.status IN ('queued', 'running')
        AND earlier.ticket < task.ticket LIMIT 1
    ) IS NULL
    AND (
        SELECT sessions.id FROM sessions WHERE sessions.id = task.session_id AND sessions.paused AND task.attempt = 0
    ) IS NULL
"""
"""The tasks that neither an earlier one of their session holds back nor the session itself: when it is paused, those
that had begun go on all the same."""

NEXT_UP = f"""
    {STARTABLE} ORDER BY task.ticket LIMIT (
        SELECT CASE WHEN paused THEN 0 ELSE greatest(0, slot_limit - ({HELD})) END FROM line
    )
"""
"""The tasks that the free slots are for, where no owner has a limit and no document takes a slot."""

_NOT_TAKEN = f"{STARTABLE} AND task.id <> ALL (CAST(:taken AS uuid[]))"

HEADS = f"""
    WITH RECURSIVE head AS (
        ({_NOT_TAKEN} ORDER BY task.owner, task.ticket LIMIT 1)
        UNION ALL
        SELECT next.* FROM head, LATERAL (
            {_NOT_TAKEN} AND task.owner > head.owner ORDER BY task.owner, task.ticket LIMIT 1
        ) AS next
    )
    SELECT id, kind, owner, parked, ticket, attempt FROM head
"""
"""Of each owner the first task that may start and is not taken yet."""

_next_up = text(NEXT_UP)
_first = text(f"{_NOT_TAKEN} ORDER BY task.ticket LIMIT 1")
_heads = text(HEADS)
_reading = select(func.count()).where(TaskRow.status == "running", TaskRow.kind == "ingest")
_active_by_owner = select(TaskRow.owner, func.count().label("held")).where(RUNNING).group_by(TaskRow.owner)
_no_sort = text("SET LOCAL enable_sort = off")
_sort_again = text("SET LOCAL enable_sort TO DEFAULT")


@asynccontextmanager
async def unsorted(tx: Transaction) -> AsyncIterator[None]:
    """Search the line in the block; an error in it must end the transaction.

    Where statistics are of a shorter line, the server would rather sort all of it than walk an index in its order: ten
    milliseconds for each start with 10,000 waiting, now one. A prepared search keeps the plan that it was given once,
    so every one of them runs in here, and nothing else: other queries would walk all of the history instead.
    """
    await tx.execute(_no_sort)
    yield
    await tx.execute(_sort_again)


async def next_up(
    tx: Transaction, kinds: Kinds, *, max_active_per_user: int | None, ingest_concurrency: int
) -> Sequence[Candidate]:
    """The tasks that the free slots are for, who is first first; none while the line is paused.

    A task may not start while an earlier one of its session is unfinished or its session is paused. Owners
    at `max_active_per_user` come after everybody else: their tasks fill a slot only when nobody else could. Who has
    had that many slots since others came steps aside for those, too.
    Where documents take slots, only `ingest_concurrency` of them at a time do.
    """
    if max_active_per_user is None and "ingest" not in kinds:
        async with unsorted(tx):
            return [Candidate(*row) for row in await tx.execute(_next_up, {"kinds": list(kinds)})]
    now = await slots(tx, kinds)
    if now.paused or now.free <= 0:
        return []
    choice = _Choice(tx, kinds, ingest_concurrency - (await tx.execute(_reading)).scalar_one())
    return await choice.one_by_one(now.free, max_active_per_user)


_last_ends = text("""
    SELECT asked.owner, ARRAY(
        SELECT ended_ticket FROM tasks
        WHERE tasks.owner = asked.owner AND ended_ticket IS NOT NULL AND kind = ANY(CAST(:kinds AS text[]))
        ORDER BY ended_ticket DESC LIMIT :most
    ) AS ends
    FROM unnest(CAST(:owners AS text[])) AS asked (owner)
""")


async def last_ends(tx: Transaction, kinds: Kinds, owners: Collection[str], most: int) -> dict[str, Sequence[int]]:
    """When each owner's last `most` tasks gave their slots back, in the count of tickets, the latest first."""
    values = {"kinds": list(kinds), "owners": list(owners), "most": most}
    return {row.owner: row.ends for row in await tx.execute(_last_ends, values)}


class _Choice:
    """Who may start, found one after the other, so that each start counts for the next.

    Args:
        tx: holds the line lock.
        kinds: those that take a slot.
        documents: how many of the chosen may be documents.
    """

    def __init__(self, tx: Transaction, kinds: Kinds, documents: int) -> None:
        self._tx = tx
        self._kinds = kinds
        self._documents = documents
        self._found: list[Candidate] = []

    async def one_by_one(self, count: int, most: int | None) -> Sequence[Candidate]:
        """The next `count`; `most`: how many slots one owner may hold before others go first, None without a limit."""
        rows = await self._tx.execute(_active_by_owner, {"kinds": self._kinds})
        active = Counter({str(row.owner): int(row.held) for row in rows})
        while len(self._found) < count:
            candidate = await (self._first() if most is None else self._first_by_turn(active, most))
            if candidate is None:
                break
            active[candidate.owner] += 1
            self._found.append(candidate)
        return self._found

    async def _first(self) -> Candidate | None:
        """The first by ticket."""
        return next(iter(await self._search(_first)), None)

    async def _first_by_turn(self, active: Mapping[str, int], most: int) -> Candidate | None:
        """Whose turn it is, of those who are not full; where all are, the first by ticket."""
        heads = await self._search(_heads)
        ends = await last_ends(self._tx, self._kinds, [head.owner for head in heads], most)

        def place(head: Candidate) -> tuple[float, int]:
            return turn_of(head, ends[head.owner], most - active.get(head.owner, 0)), head.ticket

        return min(heads, key=place, default=None)

    async def _search(self, query: TextClause) -> Sequence[Candidate]:
        read = sum(each.kind == "ingest" for each in self._found)
        kinds = [kind for kind in self._kinds if kind != "ingest" or read < self._documents]
        async with unsorted(self._tx):
            rows = await self._tx.execute(query, {"kinds": kinds, "taken": [each.id for each in self._found]})
            return [Candidate(*row) for row in rows]


def turn_of(task: Candidate | QueuedRow, ends: Sequence[int], left: int) -> float:
    """When a task's turn is, in the count of tickets; infinite while its owner has none of the `left` slots left.

    As if everybody came for their next task when the slots before it were given back: so it is its ticket, or where
    later, the end of its owner's task that was `most` before. `ends` are numbered as tickets, the latest first.
    """
    if left <= 0:
        return inf
    ticket: int = task.ticket
    if task.attempt > 0 or len(ends) < left:  # a lost task had its turn already
        return ticket
    return max(ticket, ends[left - 1])
