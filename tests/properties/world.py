"""The real line on a real database, and what stands around it only written down: queues, streams, pages."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar
from uuid import UUID

import psycopg

from db import Database
from db.line import configure_line
from db.sessions import create_session
from errors import Unavailable
from scheduling.changes import Changes
from scheduling.line import Line
from scheduling.work import Claimed, Wakeup, WorkerIdentity
from settings import Settings
from streaming.events import Terminal
from streaming.log import Told
from tests.services import Services

T = TypeVar("T")

TABLES = ("turns", "task_steps", "tasks", "purged_tasks", "sessions", "documents", "idempotency_keys", "audit", "line")
QUEUES = {"chat": "interactive", "research": "interactive", "ingest": "ingest"}


@dataclass
class Outside:
    """The queues of wake-ups, which lose what is published while they are down, and the streams, which fail then."""

    queues: dict[str, list[Wakeup]] = field(default_factory=lambda: {"interactive": [], "ingest": []})
    lost: set[UUID] = field(default_factory=set)
    down: bool = False
    ends: dict[UUID, list[Terminal]] = field(default_factory=dict)
    known_epoch: str | None = "this run"

    async def publish(self, wakeups: Sequence[Wakeup]) -> None:
        for wakeup in wakeups:
            if self.down:
                self.lost.add(wakeup.task_id)
            else:
                self.queues[QUEUES[wakeup.kind]].append(wakeup)

    async def pending(self, queue: str) -> set[UUID] | None:
        return None if self.down else {wakeup.task_id for wakeup in self.queues[queue]}

    async def close(self, task_id: UUID, event: Terminal, *, floor: int, **_: Any) -> int:
        if self.down:
            raise Unavailable("The streams cannot be written.")
        self.ends.setdefault(task_id, []).append(event)
        return floor + 1

    async def told(self, task_id: UUID) -> Told | None:
        """There is no log here: the checkpoints are all that was told."""
        if self.down:
            raise Unavailable("The streams cannot be read.")
        return None

    async def request_cancel(self, task_id: UUID) -> None:
        """The lease tells it too."""

    def queue_changed(self) -> None:
        """Nobody looks."""

    def person(self, owner: str, event: str, data: dict[str, Any]) -> None:
        """Nobody looks."""

    def person_later(self, owner: str, event: str, read: Callable[[], Awaitable[dict[str, Any] | None]]) -> None:
        """Nobody looks."""

    def lying(self) -> list[UUID]:
        """The messages in the order in which workers take them: the front first."""
        everything = [wakeup for queue in self.queues.values() for wakeup in queue]
        return [w.task_id for w in everything if w.front] + [w.task_id for w in everything if not w.front]

    def take(self, task_id: UUID) -> None:
        """One message leaves its queue."""
        for queue in self.queues.values():
            places = [place for place, wakeup in enumerate(queue) if wakeup.task_id == task_id]
            front = [place for place in places if queue[place].front]
            if places:
                queue.pop((front or places)[0])
                return

    def lose(self, task_id: UUID) -> None:
        """One message is gone for good."""
        self.take(task_id)
        self.lost.add(task_id)


class World:
    """One line at a time, each on emptied tables.

    Args:
        services: where the database is.
        settings: for every line, except for what `open` changes.
        runner: the event loop that the line lives on.
    """

    outside: Outside
    line: Line
    changes: Changes

    def __init__(self, services: Services, settings: Settings, runner: asyncio.Runner) -> None:
        self._runner = runner
        self._settings = settings
        self.database = Database(settings)
        self.plain = psycopg.connect(services.database_url, autocommit=True)
        self._pids = count(1000)

    def open(self, **changes: Any) -> None:
        """Begin anew with these settings."""
        for table in TABLES:
            self.plain.execute(f"DELETE FROM {table}".encode())
        settings = self._settings.model_copy(update=changes)
        self.outside = Outside()
        self.line = Line(self.database, self.outside, self.outside, self.outside, settings)
        self.changes = Changes(self.line)
        self.runs: dict[UUID, list[Claimed]] = {}
        self.run(self._configure(settings.max_concurrent_chat_and_research))

    async def _configure(self, limit: int) -> None:
        async with self.database.transaction() as tx:
            await configure_line(tx, limit)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run on the line's loop."""
        return self._runner.run(work)

    def new_session(self, owner: str) -> UUID:
        """A session without messages."""

        async def create() -> UUID:
            async with self.database.transaction() as tx:
                return (await create_session(tx, owner, None)).id

        return self.run(create())

    def worker(self) -> WorkerIdentity:
        """A process that runs nothing yet."""
        return WorkerIdentity("interactive@test", "elsewhere", next(self._pids), 1.0)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Read the database beside the product's own way."""
        return self.plain.execute(query.encode(), values).fetchall()

    def expire(self, task_id: UUID) -> None:
        """As if the lease of a running task had ended."""
        late = "UPDATE tasks SET lease_expires_at = now() - interval '1 s' WHERE id = %s"
        self.plain.execute(late, (task_id,))

    def make_old(self) -> None:
        """As if seconds had passed: what was woken or ended is due for the sweep."""
        self.plain.execute("UPDATE tasks SET woken_at = woken_at - interval '10 s' WHERE status = 'queued'")
        late = "UPDATE tasks SET finished_at = finished_at - interval '10 s' WHERE terminal_seq IS NULL"
        self.plain.execute(late.encode())

    def close(self) -> None:
        """Close the connections."""
        self.plain.close()
        self.run(self.database.close())
