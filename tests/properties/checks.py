"""What must hold after every step, read from the database beside the product's own way."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from tests.properties.operations import Operation
from tests.properties.oracle import Oracle, Result
from tests.properties.state import UNFINISHED, Entry
from tests.properties.world import World

TASKS = """
SELECT t.id, t.kind, t.owner, t.session_id, t.status, t.attempt, t.losses, t.cancel_requested,
       coalesce(q.content, t.payload->>'topic', t.payload->>'filename'),
       CASE WHEN t.kind = 'ingest' THEN ''
            WHEN t.status IN ('queued', 'running') THEN t.checkpoint_text
            ELSE coalesce(a.content, t.result->>'content', '') END,
       t.parked, t.terminal_seq, t.ticket, t.ended_ticket
FROM tasks t LEFT JOIN turns q ON q.task_id = t.id AND q.role = 'user'
             LEFT JOIN turns a ON a.task_id = t.id AND a.role = 'assistant'
ORDER BY t.ticket
"""
TURNS = """
SELECT n.session_id, n.turn_index, n.role, n.task_id, n.status, t.status
FROM turns n JOIN tasks t ON t.id = n.task_id ORDER BY n.session_id, n.turn_index
"""


class Row(NamedTuple):
    """One task as it stands in the database; the fields before `parked` are the oracle's too."""

    id: UUID
    kind: str
    owner: str
    session: UUID | None
    status: str
    attempt: int
    losses: int
    cancelling: bool
    words: str
    text: str
    parked: str | None
    terminal_seq: int | None
    ticket: int
    ended_ticket: int | None


@dataclass(frozen=True)
class Snapshot:
    """The line as it stands in the database. `rows` are in ticket order."""

    rows: list[Row]
    sessions: dict[UUID, tuple[bool, bool]]
    limit: int
    paused: bool
    purged: dict[UUID, str]

    def running(self, oracle: Oracle) -> set[tuple[UUID, int]]:
        """The attempts that hold slots."""
        return {(row.id, row.attempt) for row in self.rows if row.status == "running" and oracle.counts(row.kind)}


def take_snapshot(world: World) -> Snapshot:
    """Read everything."""
    rows = [Row(*values) for values in world.rows(TASKS)]
    sessions = {
        each: (paused, deleted)
        for each, paused, deleted in world.rows("SELECT id, paused, deleted_at IS NOT NULL FROM sessions")
    }
    ((limit, paused),) = world.rows("SELECT slot_limit, paused FROM line")
    purged = dict(world.rows("SELECT id, status FROM purged_tasks"))
    return Snapshot(rows, sessions, limit, paused, purged)  # type: ignore[arg-type]


def explain(oracle: Oracle, done: Sequence[tuple[Operation, Result]], found: Snapshot) -> Oracle | None:
    """The oracle after these calls in some order that explains both their answers and what the database holds."""
    if not done:
        return oracle if difference(oracle, found) is None else None
    for place, (operation, answer) in enumerate(done):
        after = oracle.copy()
        expected = operation.expect(after, answer)
        if expected != answer:
            continue
        explained = explain(after, [*done[:place], *done[place + 1 :]], found)
        if explained is not None:
            return explained
    return None


def difference(oracle: Oracle, found: Snapshot) -> str | None:
    """What the database holds otherwise than the oracle does, in words; None when they agree."""
    there = {row.id: row for row in found.rows}
    begun = [(ticket, each, "came") for each, ticket in oracle.tickets.items() if each in there]
    ended = [(entry.ended_at, entry.id, "ended") for entry in oracle.entries.values() if entry.ended_at]
    order = [event[1:] for event in sorted(begun + ended) if event[1] in there]
    if order != _order_of(found):
        return f"the order of tickets and ends is {_order_of(found)}, not {order}"
    if (found.limit, found.paused) != (oracle.limit, oracle.paused):
        return f"the line is {found.limit, found.paused}, not {oracle.limit, oracle.paused}"
    for entry in oracle.entries.values():
        row = there.get(entry.id)
        if row is None:
            if entry.session not in oracle.deleted or found.purged.get(entry.id) != entry.status:
                return f"{entry} is not there"
        elif row[:10] != _row_of(entry):
            return f"there is {row}, not {entry}"
    for session, state in found.sessions.items():
        if state != (session in oracle.held, session in oracle.deleted):
            return f"session {session} is (paused, deleted) {state}"
    return None


def _order_of(found: Snapshot) -> list[tuple[UUID, str]]:
    begun = [(row.ticket, row.id, "came") for row in found.rows]
    ended = [(row.ended_ticket, row.id, "ended") for row in found.rows if row.ended_ticket is not None]
    return [event[1:] for event in sorted(begun + ended)]


def _row_of(entry: Entry) -> tuple[Any, ...]:
    text = "" if entry.kind == "ingest" else entry.text  # what was read stands in the library, not in the task
    return *(getattr(entry, name) for name in Row._fields[:9]), text


def never_over_the_limit(oracle: Oracle, before: Snapshot, after: Snapshot, limits: Sequence[int]) -> None:
    """Promise 1: above the limit only what ran already goes on."""
    running = after.running(oracle)
    started = running - before.running(oracle)
    most = max(before.limit, after.limit, *limits)
    assert not started or len(running) <= most, f"{len(running)} run, {started} are new; limit {most}"


def those_that_wait_are_counted(world: World, found: Snapshot) -> None:
    """The number that tells a new task its place is how many are queued."""
    counted = dict(world.rows("SELECT kind, tasks FROM waiting"))
    queued = Counter(row.kind for row in found.rows if row.status == "queued")
    assert counted == {kind: queued[kind] for kind in ("chat", "research", "ingest")}


def sessions_are_in_order(world: World, found: Snapshot) -> None:
    """Promise 4: turns without holes, in ticket order; one message is worked on at a time, the first."""
    tasks: dict[UUID, list[UUID]] = {}
    turns: dict[UUID, list[tuple[Any, ...]]] = {}
    for session, *turn in world.rows(TURNS):
        turns.setdefault(session, []).append(tuple(turn))
    for session, of_it in turns.items():
        assert [turn[0] for turn in of_it] == list(range(len(of_it))), f"the turns of {session}: {of_it}"
        assert [turn[1] for turn in of_it] == ["user", "assistant"] * (len(of_it) // 2)
        assert [turn[2] for turn in of_it[::2]] == [turn[2] for turn in of_it[1::2]]
        assert all(turn[3] == turn[4] for turn in of_it[1::2]), f"an answer's status is not its task's: {of_it}"
        tasks[session] = [turn[2] for turn in of_it[::2]]
    for session, ids in tasks.items():
        unfinished = [row for row in found.rows if row.session == session and row.status in UNFINISHED]
        assert [row.id for row in unfinished] == [each for each in ids if each in {row.id for row in unfinished}]
        passed_over = [row for row in unfinished[1:] if row.status == "running"]
        assert not passed_over, f"{session} passed over a message: {unfinished}"


def nobody_is_forgotten(world: World, oracle: Oracle, found: Snapshot) -> None:
    """Promise 5: for whoever may start now a message is under way, or was lost as the sweep can see."""
    outside = world.outside
    known = outside.lost | set(outside.lying())
    rows = {row.id: row for row in found.rows}
    waiting = [entry.id for entry in oracle.ready()]
    waiting += [row.id for row in found.rows if row.status == "queued" and not oracle.counts(row.kind)]
    for each in waiting:
        assert rows[each].parked is None, f"{rows[each]} may start, but is parked and was not woken"
        assert each in known, f"{rows[each]} may start, but nobody was told"


def positions_are_true(world: World, oracle: Oracle) -> None:
    """What people are shown: places from 1 without holes, in order, and why each waits."""
    state = world.run(world.line.queue())
    waiting, active = oracle.having("queued"), oracle.having("running")
    assert [(each, place.position) for each, place in state.places.items()] == [
        (entry.id, number) for number, entry in enumerate(waiting, 1)
    ]
    view = state.view("ann", is_admin=False)
    assert view["size"] == len(waiting)
    assert [item["task_id"] for item in view["waiting"]] == [entry.id for entry in waiting]
    assert [item["task_id"] for item in view["active"]] == [entry.id for entry in active]
    assert [item["summary"] is None for item in view["waiting"]] == [entry.owner != "ann" for entry in waiting]
    for index, entry in enumerate(waiting):
        ahead = {other.session for other in (*active, *waiting[:index])} - {None}
        expected = None
        if oracle.paused or (entry.session in oracle.held and not entry.attempt):
            expected = "paused"
        elif entry.session in ahead:
            expected = "session"
        elif _steps_aside(oracle, entry):
            expected = "owner_limit"
        assert state.places[entry.id].waits_for == expected, entry


def _steps_aside(oracle: Oracle, entry: Entry) -> bool:
    """Whether another person goes before it who stands behind it."""
    active, behind = oracle.having("running"), oracle.having("queued")
    behind = behind[behind.index(entry) + 1 :]
    turn = oracle.turn_of(entry, active)
    others = [oracle.turn_of(other, active) for other in behind if other.owner != entry.owner]
    return any(other is not None and (turn is None or other < turn) for other in others)


def ends_are_told_once(world: World, found: Snapshot) -> None:
    """Promise 6: however often an end is told, it is the same one, and the database's."""
    ends = world.outside.ends
    for row in found.rows:
        told = ends.get(row.id, [])
        assert all(event == told[0] for event in told), f"{row} ended in several ways: {told}"
        if row.status in UNFINISHED:
            assert not told, f"{row} has not ended"
        if row.terminal_seq is not None:
            assert told, f"the end of {row} counts as told"
        if told:
            assert told[0].type == f"task.{row.status}"
            result = told[0].result or {}
            text = (result.get("turn") or result.get("report") or {}).get("content", "")
            assert text == row.text, f"{row}: the stream's end says {text!r}"
