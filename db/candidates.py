"""Who may start: the queries that decide whose turn it is, run under the line's lock."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import inf, isinf
from uuid import UUID

from sqlalchemy import func, select, text

from db.database import Transaction
from db.line import RUNNING, Kinds, slots
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

_next_up = text(NEXT_UP)
_next_of_others = text(f"""
    {STARTABLE} AND task.owner <> ALL (CAST(:passed_over AS text[])) AND task.id <> ALL (CAST(:taken AS uuid[]))
    ORDER BY task.ticket LIMIT 1
""")
_reading = select(func.count()).where(TaskRow.status == "running", TaskRow.kind == "ingest")
_active_by_owner = select(TaskRow.owner, func.count().label("held")).where(RUNNING).group_by(TaskRow.owner)


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
        return [Candidate(*row) for row in await tx.execute(_next_up, {"kinds": list(kinds)})]
    now = await slots(tx, kinds)
    if now.paused or now.free <= 0:
        return []
    choice = _Choice(tx, kinds, ingest_concurrency - (await tx.execute(_reading)).scalar_one())
    return await choice.one_by_one(now.free, inf if max_active_per_user is None else max_active_per_user)


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

    async def one_by_one(self, count: int, most: float) -> Sequence[Candidate]:
        """The next `count`; `most`: how many slots one owner may hold before others go first."""
        rows = await self._tx.execute(_active_by_owner, {"kinds": self._kinds})
        active = Counter({str(row.owner): int(row.held) for row in rows})
        while len(self._found) < count:
            full = [owner for owner, held in active.items() if held >= most]
            candidate = await self._first(active, full, most) or (await self._next([]) if full else None)
            if candidate is None:
                break
            active[candidate.owner] += 1
            self._found.append(candidate)
        return self._found

    async def _first(self, active: Counter[str], full: list[str], most: float) -> Candidate | None:
        """Whose turn it is, of those who are not full.

        As if everybody came for their next task when the slots before it were given back: so a candidate's turn is
        its ticket, or where later, the end of its owner's task that was `most` before. Ends are numbered as tickets.
        """
        passed_over = list(full)
        best: tuple[int, Candidate] | None = None
        while True:
            candidate = await self._next(passed_over)
            if candidate is None or (best is not None and candidate.ticket > best[0]):
                return best[1] if best is not None else None
            turn = await self._turn(candidate, most - active[candidate.owner])
            if best is None or turn < best[0]:
                best = turn, candidate
            passed_over.append(candidate.owner)

    async def _turn(self, candidate: Candidate, left: float) -> int:
        if isinf(left) or candidate.attempt > 0:  # a lost task had its turn already
            return candidate.ticket
        ends = (await last_ends(self._tx, self._kinds, [candidate.owner], int(left)))[candidate.owner]
        return max(candidate.ticket, ends[-1]) if len(ends) == left else candidate.ticket

    async def _next(self, passed_over: Sequence[str]) -> Candidate | None:
        read = sum(each.kind == "ingest" for each in self._found)
        kinds = [kind for kind in self._kinds if kind != "ingest" or read < self._documents]
        values = {"kinds": kinds, "passed_over": list(passed_over), "taken": [each.id for each in self._found]}
        row = (await self._tx.execute(_next_of_others, values)).one_or_none()
        return Candidate(*row) if row is not None else None
