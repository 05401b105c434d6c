"""The line on a real database; wake-ups, streams and news only written down."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from db import Database
from db.line import configure_line
from db.sessions import create_session
from errors import Unavailable
from scheduling.changes import Changes
from scheduling.line import Line
from scheduling.returns import Returns
from scheduling.work import Chat, Claimed, Outcome, Receipt, Research, Wakeup, WorkerIdentity
from streaming.events import Terminal
from streaming.log import Told
from tests.conftest import MakeSettings

WORKER = WorkerIdentity("interactive@test", "here", 1, 1.0)


@dataclass
class Written:
    """What the line told the outside."""

    published: list[Wakeup] = field(default_factory=list)
    closed: dict[UUID, Terminal] = field(default_factory=dict)
    cancels: list[UUID] = field(default_factory=list)
    news: list[tuple[str, str]] = field(default_factory=list)
    lying: set[UUID] | None = field(default_factory=set)
    """What `pending` says lies in the queues."""
    logs: dict[UUID, Told] = field(default_factory=dict)
    redis_is_away: bool = False
    known_epoch: str | None = "this run"

    async def publish(self, wakeups: Sequence[Wakeup]) -> None:
        self.published += wakeups

    async def pending(self, queue: str) -> set[UUID] | None:
        return self.lying

    async def close(self, task_id: UUID, event: Terminal, *, floor: int, **_: Any) -> int:
        self.closed[task_id] = event
        return floor + 1

    async def told(self, task_id: UUID) -> Told | None:
        if self.redis_is_away:
            raise Unavailable("Redis cannot be reached.")
        return self.logs.get(task_id)

    async def request_cancel(self, task_id: UUID) -> None:
        self.cancels.append(task_id)

    def queue_changed(self) -> None:
        self.news.append(("", "queue.changed"))

    def person(self, owner: str, event: str, data: dict[str, Any]) -> None:
        self.news.append((owner, event))

    def person_later(self, owner: str, event: str, read: Callable[[], Awaitable[dict[str, Any] | None]]) -> None:
        self.news.append((owner, event))

    def taken(self) -> list[UUID]:
        """The ids published since the last look, in order."""
        ids = [wakeup.task_id for wakeup in self.published]
        self.published.clear()
        return ids


@dataclass
class Desk:
    """A line with what it told, and short words for what people do."""

    line: Line
    written: Written

    @property
    def changes(self) -> Changes:
        return Changes(self.line)

    @property
    def returns(self) -> Returns:
        return Returns(self.line)

    async def session(self, owner: str = "ann") -> UUID:
        async with self.line.database.transaction() as tx:
            return (await create_session(tx, owner, None)).id

    async def say(self, session: UUID, words: str = "hello", owner: str = "ann") -> Receipt:
        return await self.line.submit(Chat(session, words), owner=owner)

    async def chat(self, owner: str = "ann") -> Receipt:
        """A message in a session of its own."""
        return await self.say(await self.session(owner), owner=owner)

    async def research(self, owner: str = "ann") -> Receipt:
        return await self.line.submit(Research("a topic"), owner=owner)

    async def claim(self, receipt: Receipt) -> Claimed | None:
        return await self.line.claim(receipt.task_id, WORKER)

    async def start(self, receipt: Receipt) -> Claimed:
        claimed = await self.claim(receipt)
        assert claimed is not None
        return claimed

    async def complete(self, claimed: Claimed, text: str = "an answer") -> None:
        await self.line.finish(claimed.task, Outcome("completed", text), last_seq=10)


OpenDesk = Callable[..., Any]


@pytest.fixture
async def open_desk(database: Database, make_settings: MakeSettings) -> OpenDesk:
    """Opens the line with some settings."""

    async def opened(**changes: Any) -> Desk:
        settings = make_settings(**changes)
        async with database.transaction() as tx:
            await configure_line(tx, settings.max_concurrent_chat_and_research)
        written = Written()
        return Desk(Line(database, written, written, written, settings), written)

    return opened


@pytest.fixture
async def desk(open_desk: OpenDesk) -> AsyncIterator[Desk]:
    """The line with its defaults."""
    return await open_desk()
