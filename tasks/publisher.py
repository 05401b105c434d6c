"""Wake-ups over Celery: what `scheduling.seams.Publisher` asks for."""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from uuid import UUID

import orjson
import redis
from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from scheduling.work import Wakeup
from tasks.app import BASE, FRONT, QUEUES

log = logging.getLogger(__name__)

SUBMIT_SECONDS = 2.0
MOST_LATE = 100
PRIORITY_SEPARATOR = "\x06\x16"


class CeleryPublisher:
    """Publishes wake-ups; blocking calls run in threads, so that a frozen broker blocks nobody for long.

    Args:
        app: the Celery application.
    """

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._late: set[asyncio.Future[None]] = set()
        # One thread: messages go out in order, and a frozen broker takes no thread that others need.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="publisher")

    async def publish(self, wakeups: Sequence[Wakeup]) -> None:
        """Publish in order; what cannot be published is logged and left to the sweep."""
        if not wakeups:
            return
        if len(self._late) >= MOST_LATE:
            log.warning("the broker does not answer; the sweep will publish %d wake-ups", len(wakeups))
            return
        sending = asyncio.get_running_loop().run_in_executor(self._thread, self._send, tuple(wakeups))
        self._late.add(sending)
        sending.add_done_callback(self._late.discard)
        done, _ = await asyncio.wait({sending}, timeout=SUBMIT_SECONDS)
        if not done:
            log.warning("the broker does not answer; %d wake-ups go on in the background", len(wakeups))

    async def pending(self, queue: str) -> set[UUID] | None:
        """The ids of all messages in a queue's lists, of every priority."""
        try:
            return await asyncio.to_thread(self._pending, queue)
        except (OperationalError, RedisError, OSError) as error:
            log.warning("the broker cannot be read: %s", error)
            return None

    def _send(self, wakeups: Sequence[Wakeup]) -> None:
        for wakeup in wakeups:
            try:
                self._send_one(wakeup)
            except (OperationalError, RedisError, OSError):
                try:
                    self._send_one(wakeup)
                except (OperationalError, RedisError, OSError) as error:
                    log.warning("task %s could not be published, the sweep will: %s", wakeup.task_id, error)

    def _send_one(self, wakeup: Wakeup) -> None:
        self._app.send_task(
            f"tasks.{wakeup.kind}.{wakeup.kind}",
            args=[str(wakeup.task_id)],
            task_id=str(wakeup.task_id),
            queue=QUEUES[wakeup.kind],
            priority=FRONT if wakeup.front else BASE,
            retry=False,
        )

    def _pending(self, queue: str) -> set[UUID]:
        with self._app.connection_for_read() as connection:
            client: redis.Redis = connection.default_channel.client
            ids: set[UUID] = set()
            for priority in (FRONT, BASE):
                name = f"{queue}{PRIORITY_SEPARATOR}{priority}" if priority else queue
                for message in client.lrange(name, 0, -1):
                    with suppress(KeyError, TypeError, ValueError):
                        ids.add(UUID(orjson.loads(message)["headers"]["id"]))
            return ids
