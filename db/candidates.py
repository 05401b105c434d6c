"""Who may start: the queries that decide whose turn it is, run under the line's lock."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, Uuid, all_, and_, bindparam, case, exists, func, select
from sqlalchemy.orm import aliased

from db.database import Transaction
from db.line import QUEUED, RUNNING, Kinds, slots
from db.models import LineRow, SessionRow, TaskRow
from db.tasks import UNFINISHED


@dataclass(frozen=True, slots=True)
class Candidate:
    """A task that may start. `parked`: it stepped aside and needs a new message."""

    id: UUID
    kind: str
    owner: str
    parked: str | None


def _first_of_its_session() -> ColumnElement[bool]:
    """True where no earlier task of the same session is unfinished and the session is not paused."""
    earlier = aliased(TaskRow)
    return and_(
        ~exists().where(
            earlier.session_id == TaskRow.session_id,
            earlier.status.in_(UNFINISHED),
            earlier.ticket < TaskRow.ticket,
        ),
        ~exists().where(SessionRow.id == TaskRow.session_id, SessionRow.paused),
    )


_startable = (
    select(TaskRow.id, TaskRow.kind, TaskRow.owner, TaskRow.parked)
    .where(QUEUED, _first_of_its_session())
    .order_by(TaskRow.ticket)
)
_held = select(func.count()).select_from(TaskRow).where(RUNNING).scalar_subquery()
_free = select(case((LineRow.paused, 0), else_=func.greatest(0, LineRow.slot_limit - _held))).scalar_subquery()
_next_up = _startable.limit(_free)
_next_of_others = _startable.where(
    TaskRow.owner != all_(bindparam("full", type_=ARRAY(Text))),
    TaskRow.id != all_(bindparam("taken", type_=ARRAY(Uuid))),
).limit(1)
_reading = select(func.count()).where(TaskRow.status == "running", TaskRow.kind == "ingest")
_active_by_owner = select(TaskRow.owner, func.count().label("held")).where(RUNNING).group_by(TaskRow.owner)


async def next_up(
    tx: Transaction, kinds: Kinds, *, max_active_per_user: int | None, ingest_concurrency: int
) -> Sequence[Candidate]:
    """The tasks that the free slots are for, lowest ticket first; none while the line is paused.

    A task may not start while an earlier one of its session is unfinished or its session is paused. Owners
    at `max_active_per_user` come after everybody else: their tasks fill a slot only when nobody else could.
    Where documents take slots, only `ingest_concurrency` of them at a time do.
    """
    if max_active_per_user is None and "ingest" not in kinds:
        return [Candidate(*row) for row in await tx.execute(_next_up, {"kinds": kinds})]
    now = await slots(tx, kinds)
    if now.paused or now.free <= 0:
        return []
    choice = _Choice(tx, kinds, ingest_concurrency - (await tx.execute(_reading)).scalar_one())
    return await choice.one_by_one(now.free, inf if max_active_per_user is None else max_active_per_user)


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
        """The next `count`; owners who hold `most` slots after everybody else."""
        rows = await self._tx.execute(_active_by_owner, {"kinds": self._kinds})
        active = Counter({str(row.owner): int(row.held) for row in rows})
        while len(self._found) < count:
            full = [owner for owner, held in active.items() if held >= most]
            candidate = await self._next(full) or (await self._next([]) if full else None)
            if candidate is None:
                break
            active[candidate.owner] += 1
            self._found.append(candidate)
        return self._found

    async def _next(self, full: Sequence[str]) -> Candidate | None:
        read = sum(each.kind == "ingest" for each in self._found)
        kinds = [kind for kind in self._kinds if kind != "ingest" or read < self._documents]
        values = {"kinds": kinds, "full": full, "taken": [each.id for each in self._found]}
        row = (await self._tx.execute(_next_of_others, values)).one_or_none()
        return Candidate(*row) if row is not None else None
