"""Any interleaving of what can happen to the line, one at a time and several at once."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.properties import checks
from tests.properties.choices import OWNERS, Choices
from tests.properties.operations import (
    Finish,
    Operation,
    Resume,
    SetLine,
    SweepOnce,
    answer_of,
)
from tests.properties.oracle import Oracle
from tests.properties.state import UNFINISHED, Entry, Rules
from tests.properties.world import World

NUMBER = st.integers(0, 47)
ENOUGH = 8
"""Waiting tasks; with more, things only take longer."""
AT_ONCE = (
    *("chat", "research", "ingest", "deliver", "deliver", "deliver", "stray", "finish", "finish", "zombie", "renew"),
    *("lose", "sweep", "cancel", "cancel", "resume", "edit", "move", "pause", "limit", "delete"),
)
MISFORTUNES = (
    "a message goes with a worker's connection",
    "redis forgets everything",
    "redis goes or comes back",
    "a worker falls silent",
    "a worker falls silent",
    "seconds pass",
)
OPERATION = st.tuples(st.sampled_from(AT_ONCE), NUMBER, NUMBER)
DELAYS = st.lists(st.integers(0, 8), min_size=5, max_size=5)


class LineMachine(RuleBasedStateMachine):
    """Drives the real line and the oracle side by side, and compares them after every step."""

    world: World

    @initialize(
        limit=st.integers(1, 3),
        most_active=st.sampled_from((None, None, 1, 2)),
        attempts=st.integers(1, 3),
        full=st.sampled_from(((None, None), (None, None), (None, None), (5, None), (6, 3))),
        documents_in_line=st.sampled_from((None, None, 1, 2)),
        first=st.lists(st.tuples(st.sampled_from(("chat", "chat", "chat", "research", "ingest")), NUMBER), max_size=6),
    )
    def open(
        self,
        limit: int,
        most_active: int | None,
        attempts: int,
        full: tuple[int | None, int | None],
        documents_in_line: int | None,
        first: Sequence[tuple[str, int]],
    ) -> None:
        """A line with some settings, people with a session each, and what they begin with."""
        self.world.open(
            max_concurrent_chat_and_research=limit,
            max_active_per_user=most_active,
            max_attempts=attempts,
            max_waiting=full[0],
            max_waiting_per_user=full[1],
            ingest_takes_slot=documents_in_line is not None,
            ingest_concurrency=documents_in_line or 2,
        )
        self.oracle = Oracle(Rules(most_active, attempts, *full, documents_in_line), limit)
        self.sessions = [self._new_session(owner) for owner in OWNERS]
        self.found = checks.take_snapshot(self.world)
        self.broken = False
        for number, (kind, owner) in enumerate(first):
            self._choose(kind, owner, number)

    def _new_session(self, owner: str) -> UUID:
        session = self.world.new_session(owner)
        self.oracle.sessions[session] = owner
        return session

    # One at a time

    @rule(kind=st.sampled_from(("chat", "chat", "research", "ingest")), place=NUMBER, number=NUMBER)
    def submit(self, kind: str, place: int, number: int) -> None:
        self._choose("finish" if len(self.oracle.having("queued")) > ENOUGH else kind, place, number)

    @rule(times=st.integers(1, 3), a=NUMBER, b=NUMBER)
    def deliver(self, times: int, a: int, b: int) -> None:
        """Workers take messages, mostly the next."""
        for _ in range(times):
            self._choose("deliver", a, b)

    @rule()
    def deliver_all(self) -> None:
        """Idle workers look at every message: who may not start steps aside."""
        for _ in self.world.outside.lying():
            self._choose("deliver", 47, 3)

    @rule(a=NUMBER, b=NUMBER)
    def finish(self, a: int, b: int) -> None:
        self._choose("finish", a, b)

    @rule(name=st.sampled_from(("cancel", "cancel", "move", "edit", "resume")), a=NUMBER, b=NUMBER)
    def someone_asks(self, name: str, a: int, b: int) -> None:
        self._choose(name, a, b)

    @rule(name=st.sampled_from(("renew", "lose", "lose", "zombie", "stray", "sweep")), a=NUMBER, b=NUMBER)
    def workers_and_sweep(self, name: str, a: int, b: int) -> None:
        self._choose(name, a, b)

    @rule(name=st.sampled_from(("pause", "limit", "limit", "delete")), a=NUMBER, b=NUMBER)
    def something_big(self, name: str, a: int, b: int) -> None:
        self._choose(name, a, b)

    # Several at once

    @rule(one=OPERATION, other=OPERATION, delays=DELAYS)
    def two_at_once(self, one: tuple[str, int, int], other: tuple[str, int, int], delays: Sequence[int]) -> None:
        self._at_once((one, other), delays)

    @rule(wanted=st.lists(OPERATION, min_size=3, max_size=5), delays=DELAYS)
    def many_at_once(self, wanted: Sequence[tuple[str, int, int]], delays: Sequence[int]) -> None:
        self._at_once(wanted, delays)

    def _at_once(self, wanted: Sequence[tuple[str, int, int]], delays: Sequence[int]) -> None:
        """Several people, workers and sweeps, each on a connection of its own."""
        choices = Choices(self.world, self.oracle, self.sessions)
        operations = [operation for each in wanted if (operation := choices.pick(*each)) is not None]
        for place, operation in enumerate(operations):
            if isinstance(operation, SweepOnce):
                # What is removed, and when, would depend on which ends were told by then.
                operations[place] = replace(operation, purges=False)
        self._do(*operations, delays=delays)

    # What nobody does

    @rule(what=st.sampled_from(MISFORTUNES), a=NUMBER)
    def something_bad(self, what: str, a: int) -> None:
        outside = self.world.outside
        lying = outside.lying()
        match what:
            case "a message goes with a worker's connection" if lying:
                outside.lose(lying[a % len(lying)])
            case "redis forgets everything":
                for each in lying:
                    outside.lose(each)
            case "redis goes or comes back":
                outside.down = not outside.down
            case "a worker falls silent":
                self._expire(a)
            case "seconds pass":
                self.world.make_old()

    def _expire(self, a: int) -> None:
        running = [entry.id for entry in self.oracle.entries.values() if entry.status == "running"]
        if running:
            silent = running[a % len(running)]
            self.world.expire(silent)
            self.oracle.expire(silent)

    @precondition(lambda self: not self.world.outside.down)
    @rule()
    def the_line_comes_to_rest(self) -> None:
        """After a sweep and with every message delivered no free slot stands empty while somebody may start."""
        self.world.make_old()
        self._do(SweepOnce(gone=True))
        # Whoever may not start is woken again later, also by a message that came twice.
        for _ in range(3 * (len(self.oracle.entries) + len(self.world.outside.lying()))):
            if self.world.outside.lying():
                self._choose("deliver", 0, 1)
        lying, ready = self.world.outside.lying(), self.oracle.ready()
        assert not lying, f"messages are delivered for ever: {lying}"
        assert not ready, f"a slot is free, and these wait for it: {ready}"

    def _choose(self, name: str, a: int, b: int) -> None:
        """Do this; where there is nothing to do it to, let time not be wasted."""
        choices = Choices(self.world, self.oracle, self.sessions)
        operation = choices.pick(name, a, b) or choices.pick("deliver", a, b) or choices.pick("chat", a, b)
        assert operation is not None
        self._do(operation)

    def _do(self, *operations: Operation, delays: Sequence[int] = (0,) * 5) -> None:
        """Do these at once, and look whether some order of them explains what came of it."""
        self.broken = True
        answers = self.world.run(self._all(operations, delays))
        done = list(zip(operations, answers, strict=True))
        for operation, answer in done:
            note(f"    {operation} -> {answer}")
        before, self.found = self.found, checks.take_snapshot(self.world)
        explained = checks.explain(self.oracle, done, self.found)
        assert explained is not None, self._why_not(done)
        self.oracle = explained
        for each in set(self.oracle.entries) - {row.id for row in self.found.rows}:
            self.oracle.purge(each)
        limits = [operation.limit or 0 for operation in operations if isinstance(operation, SetLine)]
        checks.never_over_the_limit(self.oracle, before, self.found, limits)
        checks.those_that_wait_are_counted(self.world, self.found)
        checks.sessions_are_in_order(self.world, self.found)
        checks.nobody_is_forgotten(self.world, self.oracle, self.found)
        checks.positions_are_true(self.world, self.oracle)
        checks.ends_are_told_once(self.world, self.found)
        for place, session in enumerate(self.sessions):
            if session in self.oracle.deleted:
                self.sessions[place] = self._new_session(OWNERS[place])
        self.broken = False

    async def _all(self, operations: Sequence[Operation], delays: Sequence[int]) -> list[object]:
        async def one(operation: Operation, delay: int) -> object:
            for _ in range(delay):
                await asyncio.sleep(0)
            return await answer_of(operation, self.world)

        return await asyncio.gather(*(one(*each) for each in zip(operations, delays, strict=False)))

    def _unfinished(self) -> list[Entry]:
        return [entry for entry in self.oracle.entries.values() if entry.status in UNFINISHED]

    def _why_not(self, done: Sequence[tuple[Operation, object]]) -> str:
        in_turn = self.oracle.copy()
        expected = [operation.expect(in_turn, answer) for operation, answer in done]
        return (
            f"no order of these explains what happened: {done}\n"
            f"in this order the answers would be {expected}\n"
            f"and then {checks.difference(in_turn, self.found)}"
        )

    # The end

    def teardown(self) -> None:
        """Everything that was accepted ends, once nothing stands in its way."""
        if not hasattr(self, "broken") or self.broken:
            return
        self.world.outside.down = False
        self._do(SetLine(paused=False, limit=3))
        for session in self.oracle.held:
            self._do(Resume(session, self.oracle.sessions[session]))
        self.the_line_comes_to_rest()
        rounds = 2 * len(self.oracle.entries)
        while self._unfinished() and rounds:
            rounds -= 1
            running = Choices(self.world, self.oracle, self.sessions).living
            if not running:
                self.the_line_comes_to_rest()
            for run in running:
                self._do(Finish(run, "completed"))
                if self.world.outside.lying():
                    self._choose("deliver", 0, 1)
        assert not self._unfinished(), f"accepted and never ended: {self._unfinished()}"
        self.world.make_old()
        self._do(SweepOnce(gone=True))
        untold = [row for row in self.found.rows if row.terminal_seq is None]
        assert not untold, f"nobody was told of the end of {untold}"
