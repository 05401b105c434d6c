"""What one API process holds, from its start to its end."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from redis.exceptions import RedisError
from sqlalchemy import select

from api.positions import Positions
from api.streams import Streams
from db import Database
from db.streams import StreamHead, stream_heads
from errors import Unavailable
from library.search import Library
from llm import build_embedder
from scheduling.line import Line
from scheduling.reading import QueueReader
from scheduling.seams import Publisher
from settings import Settings
from streaming.feed import NewsFeed
from streaming.hub import Hub
from streaming.keys import Keys
from streaming.log import TaskLog
from streaming.together import Together

if TYPE_CHECKING:
    from tasks.wiring import Core

HEADS = 200
"""So many tasks are looked up with one query at the most."""


@dataclass(slots=True)
class Clients:
    """Everything endpoints work with. `started`: the database was there, and the line has its row."""

    core: "Core"
    library: Library
    streams: Streams
    reader: QueueReader
    positions: Positions
    heads: Together[UUID, StreamHead | None]
    started: asyncio.Event = field(default_factory=asyncio.Event)
    checking: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    @property
    def settings(self) -> Settings:
        """The settings of this process."""
        return self.core.settings

    @property
    def database(self) -> Database:
        """The database."""
        return self.core.database

    @property
    def line(self) -> Line:
        """The waiting line."""
        return self.core.line

    @property
    def hub(self) -> Hub:
        """The fan-out of what is published."""
        return self.core.hub

    @property
    def keys(self) -> Keys:
        """Names of channels."""
        return self.core.keys

    @property
    def log(self) -> TaskLog:
        """The logs of tasks."""
        return self.core.log

    @property
    def feed(self) -> NewsFeed:
        """News for open pages."""
        return self.core.feed

    async def check(self) -> None:
        """Make sure that Redis and the database answer.

        Raises:
            Unavailable: one of them does not.
        """
        await self.check_redis()
        async with self.database.transaction() as tx:
            await tx.execute(select(1))

    async def check_redis(self) -> None:
        """Make sure that Redis answers.

        Raises:
            Unavailable: it does not.
        """
        try:
            async with self.checking:
                await self.core.redis.ping()
        except (RedisError, OSError) as error:
            raise Unavailable("Redis cannot be reached.") from error

    async def begin(self) -> None:
        """Wait for the database and its tables, however long that takes."""
        await self.core.configure()
        self.started.set()


@asynccontextmanager
async def open_clients(settings: Settings, *, publisher: Publisher | None = None) -> AsyncIterator[Clients]:
    """Build the clients, and close them in the end.

    Nothing has to be there yet: while the database is away, calls are answered with 503.

    Args:
        settings: of this process.
        publisher: instead of Celery's.
    """
    # Celery's application reads the settings when it is imported; what is wrong with them was told before.
    from tasks.wiring import build_core

    core = build_core(settings)
    if publisher is not None:
        core = replace(core, line=replace(core.line, publisher=publisher))
    streams = Streams(core.hub, settings)
    reader = QueueReader(core.line)
    positions = Positions(reader, core.hub, core.keys, settings)
    heads = Together(partial(stream_heads, core.database), most=HEADS)
    clients = Clients(core, Library(core.database, build_embedder(settings)), streams, reader, positions, heads)
    await core.hub.start()
    background = [asyncio.create_task(clients.begin()), asyncio.create_task(positions.run())]
    try:
        yield clients
    finally:
        for task in background:
            task.cancel()
        for task in background:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await core.close()
