"""Builds what a process needs to take part: database, Redis, streams, feed, publisher and the line over them."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import redis.asyncio as redis
from sqlalchemy.exc import SQLAlchemyError

from db.database import Database
from db.line import configure_line
from errors import SluiceError
from scheduling.line import Line
from settings import Settings
from streaming.feed import NewsFeed
from streaming.hub import Hub
from streaming.keys import Keys
from streaming.log import TaskLog
from tasks.app import app
from tasks.publisher import CeleryPublisher

log = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
CLOSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Core:
    """One process's clients. Build them on the event loop that uses them."""

    settings: Settings
    database: Database
    redis: "redis.Redis"
    keys: Keys
    log: TaskLog
    feed: NewsFeed
    hub: Hub
    line: Line

    async def configure(self) -> None:
        """Wait for the database and its tables, however long that takes, and make sure the line has its row."""
        while True:
            try:
                async with self.database.transaction() as tx:
                    await configure_line(tx, self.settings.max_concurrent_chat_and_research)
            except (SluiceError, SQLAlchemyError) as error:
                log.warning("waiting for the database and its tables: %s", type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return

    async def close(self) -> None:
        """Close every connection."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.feed.flush()
        await self.hub.stop()
        self.log.disconnect()
        self.feed.disconnect()
        await self.redis.aclose()
        await self.database.close()


def build_core(settings: Settings, *, pool_size: int | None = None, news_pause: float = 0.0) -> Core:
    """The clients for these settings; `pool_size` as in `Database`, `news_pause` as in `NewsFeed`."""
    url = settings.application_redis_url
    database = Database(settings, pool_size=pool_size)
    client = redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2, health_check_interval=15)
    keys = Keys(_database_number(url, client))
    log = TaskLog(client, keys, retention=settings.stream_retention)
    feed = NewsFeed(client, keys, pause=news_pause)
    line = Line(database, CeleryPublisher(app), log, feed, settings)
    return Core(settings, database, client, keys, log, feed, Hub(url), line)


def _database_number(url: str, client: "redis.Redis") -> int:
    if urlsplit(url).scheme == "unix":
        return int(client.connection_pool.connection_kwargs.get("db") or 0)
    return int(urlsplit(url).path.lstrip("/") or 0)
