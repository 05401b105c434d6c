"""What people, workers and the sweep do to the line: each on the real one, and the same on the oracle."""

from dataclasses import dataclass
from time import monotonic
from typing import Protocol
from uuid import UUID

from errors import Conflict, Fenced, InvalidInput, LineFull, NotFound
from scheduling.returns import Returns
from scheduling.sweep import Sweep
from scheduling.work import Chat, Claimed, Ingest, Outcome, Research, Work
from tests.properties.oracle import Oracle, Result
from tests.properties.world import World

REFUSALS = (Conflict, Fenced, InvalidInput, LineFull, NotFound)


class Operation(Protocol):
    """One call of the line."""

    async def run(self, world: World) -> Result:
        """Do it; what the line answered."""

    def expect(self, oracle: Oracle, answer: Result) -> Result:
        """Do the same to the oracle: what the line should have answered. Of `answer` only new ids may be used."""


async def answer_of(operation: Operation, world: World) -> Result:
    """What the line answers, refusals as their names."""
    try:
        return await operation.run(world)
    except REFUSALS as refusal:
        return type(refusal).__name__


@dataclass(frozen=True)
class Submit:
    kind: str
    owner: str
    session: UUID | None = None
    words: str = "words"

    async def run(self, world: World) -> Result:
        receipt = await world.line.submit(self._work(), owner=self.owner)
        return receipt.task_id, receipt.position, receipt.turn_index

    def _work(self) -> Work:
        if self.session is not None:
            return Chat(self.session, self.words)
        return Research(self.words) if self.kind == "research" else Ingest(self.words, "text/plain", "00", b"a")

    def expect(self, oracle: Oracle, answer: Result) -> Result:
        task_id = answer[0] if isinstance(answer, tuple) else None
        return oracle.submit(task_id, self.kind, self.owner, self.session, self.words)


@dataclass(frozen=True)
class Claim:
    """A message is delivered."""

    task_id: UUID

    async def run(self, world: World) -> Result:
        claimed = await world.line.claim(self.task_id, world.worker())
        if claimed is None:
            return None
        world.runs.setdefault(self.task_id, []).append(claimed)
        return claimed.task.attempt

    def expect(self, oracle: Oracle, answer: Result) -> Result:
        return oracle.claim(self.task_id)


@dataclass(frozen=True)
class OfRun:
    """Something that a run of a task does, be it the one that owns it or an earlier one."""

    claimed: Claimed

    @property
    def task_id(self) -> UUID:
        return self.claimed.task.id

    @property
    def attempt(self) -> int:
        return self.claimed.task.attempt

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.task_id}, attempt {self.attempt})"


@dataclass(frozen=True, repr=False)
class Finish(OfRun):
    """A run ends. `goes_on`: its process takes the next in line along with the slot."""

    status: str
    goes_on: bool = False

    async def run(self, world: World) -> Result:
        error = {"code": "model_cut", "message": "cut"} if self.status == "failed" else None
        outcome = Outcome(self.status, self._text, error=error)  # type: ignore[arg-type]
        got: list[Claimed | None] = []
        worker = world.worker() if self.goes_on else None
        await world.line.finish(self.claimed.task, outcome, last_seq=3, freed=got.append, next_worker=worker)
        [successor] = got
        if successor is None:
            return "done"
        world.runs.setdefault(successor.task.id, []).append(successor)
        return successor.task.id, successor.task.attempt

    def expect(self, oracle: Oracle, answer: Result) -> Result:
        result = oracle.finish(self.task_id, self.attempt, self.status, self._text)
        return oracle.go_on(self.task_id) if result == "done" and self.goes_on else result

    @property
    def _text(self) -> str:
        return f"by attempt {self.attempt}"


@dataclass(frozen=True, repr=False)
class Renew(OfRun):
    async def run(self, world: World) -> Result:
        return await world.line.renew(self.claimed.task, checkpoint_text=self._text)

    def expect(self, oracle: Oracle, answer: Result) -> Result:
        return oracle.renew(self.task_id, self.attempt, self._text)

    @property
    def _text(self) -> str:
        return f"noted by attempt {self.attempt}"


@dataclass(frozen=True, repr=False)
class Lose(OfRun):
    """A pool process died and its worker says so; or it stops in good order."""

    died: bool

    async def run(self, world: World) -> Result:
        if self.died:
            await Returns(world.line).lost([self.claimed.task])
        else:
            await Returns(world.line).hand_back(self.claimed.task)
        return None

    def expect(self, oracle: Oracle, answer: Result) -> Result:
        oracle.take_back(self.task_id, self.attempt, died=self.died)


@dataclass(frozen=True)
class SweepOnce:
    """`gone`: whether silent processes can be ended; `purges`: whether it is time to remove what was deleted."""

    gone: bool
    purges: bool = True

    async def run(self, world: World) -> Result:
        sweep = Sweep(world.line, terminate=lambda _: self.gone)
        if not self.purges:
            sweep._purged = monotonic()
        await sweep.once()
        return None

    def expect(self, oracle: Oracle, answer: Result) -> Result:
        if self.gone:
            oracle.sweep()


@dataclass(frozen=True)
class Cancel:
    task_id: UUID
    owner: str | None
    hold: bool

    async def run(self, world: World) -> Result:
        by = self.owner or "root"
        view = await world.changes.cancel(self.task_id, owner=self.owner, by=by, pause_session=self.hold)
        return view.status, view.cancel_requested

    def expect(self, oracle: Oracle, answer: Result) -> Result:
        return oracle.cancel(self.task_id, self.owner, hold=self.hold)


@dataclass(frozen=True)
class Edit:
    task_id: UUID
    owner: str
    field_name: str

    async def run(self, world: World) -> Result:
        await world.changes.edit(self.task_id, owner=self.owner, field=self.field_name, words="other words")
        return "done"

    def expect(self, oracle: Oracle, answer: Result) -> Result:
        return oracle.edit(self.task_id, self.owner, self.field_name, "other words")


@dataclass(frozen=True)
class Move:
    task_id: UUID
    owner: str
    before: UUID | None

    async def run(self, world: World) -> Result:
        await world.changes.move(self.task_id, owner=self.owner, before=self.before)
        return "done"

    def expect(self, oracle: Oracle, answer: Result) -> Result:
        return oracle.move(self.task_id, self.owner, self.before)


@dataclass(frozen=True)
class OfSession:
    session: UUID
    owner: str


@dataclass(frozen=True)
class Resume(OfSession):
    async def run(self, world: World) -> Result:
        await world.changes.resume_session(self.session, owner=self.owner)
        return "done"

    def expect(self, oracle: Oracle, answer: Result) -> Result:
        return oracle.resume(self.session, self.owner)


@dataclass(frozen=True)
class DeleteSession(OfSession):
    async def run(self, world: World) -> Result:
        await world.changes.delete_session(self.session, owner=self.owner)
        return "done"

    def expect(self, oracle: Oracle, answer: Result) -> Result:
        return oracle.delete_session(self.session, self.owner)


@dataclass(frozen=True)
class SetLine:
    paused: bool | None = None
    limit: int | None = None

    async def run(self, world: World) -> Result:
        await world.changes.set_line(by="root", paused=self.paused, limit=self.limit)
        return "done"

    def expect(self, oracle: Oracle, answer: Result) -> Result:
        return oracle.set_line(paused=self.paused, limit=self.limit)
