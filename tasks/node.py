"""What a worker does besides its tasks: it says that it lives, and gives back what its lost processes ran."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any
from uuid import UUID

from celery import signals
from celery.exceptions import WorkerLostError
from celery.worker.control import control_command, pool_grow
from celery.worker.state import revoked

from db.line import line_state
from db.models import TaskRow
from db.tasks import running
from db.workers import beat, retire
from errors import NotFound, SluiceError, Unavailable
from llm import load
from scheduling.changes import Changes
from scheduling.returns import Returns
from settings import Settings
from tasks.child import enter_child, host_name, leave_child, log_failure
from tasks.processes import is_process, place
from tasks.wiring import Core, build_core

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 2.0
OPERATOR = "operator"
"""Who cancelled a task that was revoked in Flower, which does not say who."""


class Node:
    """The main process of a worker, with a loop of its own in a thread.

    Its database connections live only as long as a transaction, so that a replacement child that is forked meanwhile
    hardly ever inherits one.
    """

    def __init__(self, consumer: Any) -> None:
        self.name: str = consumer.hostname
        self.queue: str = next(iter(consumer.app.amqp.queues.consume_from))
        self.pool = consumer.pool
        self.app = consumer.app
        self._cancelled: set[str] = set()
        self._growing: Future[None] | None = None
        self.loop = asyncio.new_event_loop()
        self._core: Core | None = None
        threading.Thread(target=self.loop.run_forever, name="node", daemon=True).start()
        self._living = self.submit(self._live())

    def submit(self, work: Coroutine[Any, Any, None]) -> "Future[None]":
        """Run a coroutine on the node's loop; a failure is logged."""
        future = asyncio.run_coroutine_threadsafe(work, self.loop)
        future.add_done_callback(log_failure)
        return future

    async def _live(self) -> None:
        self._core = build_core(Settings(), pool_size=0)
        while self.pool._pool._waiting_to_start:  # noqa: ASYNC110 - until its processes are up, it is not ready
            await asyncio.sleep(0.05)
        while True:
            try:
                await self._beat(self._core)
                await self._cancel_revoked()
            except SluiceError as error:
                log.warning("no heartbeat: %s", error.message)
            except Exception:
                log.exception("no heartbeat")
            await asyncio.sleep(HEARTBEAT_SECONDS)

    async def _beat(self, core: Core) -> None:
        """Say that this worker lives, and let its pool grow to a limit that was raised.

        It never shrinks: a pool that is larger than a lowered limit only has processes that wait, since the claim
        guards the limit.
        """
        async with core.database.transaction() as tx:
            await beat(tx, self.name, self.queue, host_name(), os.getpid(), len(self.pids()))
            limit = (await line_state(tx)).slot_limit
        if self.queue == "interactive" and limit > self.pool.num_processes:
            self._ask_to_grow(limit)

    def _ask_to_grow(self, limit: int) -> None:
        """Send this worker the command, which its main thread takes; no beat waits for Redis."""
        if self._growing is None or self._growing.done():
            log.info("the limit is %d now, of %d processes", limit, self.pool.num_processes)
            grow = {"arguments": {"limit": limit}, "destination": [self.name]}
            self._growing = self.submit(asyncio.to_thread(self.app.control.broadcast, grow_pool.__name__, **grow))

    async def _cancel_revoked(self) -> None:
        """Whoever revokes a task in Flower wants it cancelled, whether it runs, waits or is parked."""
        for task_id in {str(each) for each in list(revoked)} - self._cancelled:
            await self.cancel(task_id)
            self._cancelled.add(task_id)

    async def cancel(self, task_id: str) -> None:
        """End a task that was revoked, or terminated with its process."""
        assert self._core is not None
        try:
            await Changes(self._core.line).cancel(UUID(task_id), owner=None, by=OPERATOR)
        except (NotFound, ValueError):
            return
        await self.take_back()

    async def _until_done(self, step: Any) -> None:
        while True:
            try:
                await step()
            except Unavailable:
                await asyncio.sleep(1)
            else:
                return

    async def take_back(self) -> None:
        """A pool process died: what it ran goes to the front, be it one task or one more that it had taken along."""

        async def step() -> None:
            assert self._core is not None
            async with self._core.database.transaction() as tx:
                lost = [task for task in await running(tx) if self._ran(task) and not _lives(task)]
            if lost:
                await Returns(self._core.line).lost(lost)

        await self._until_done(step)

    def _ran(self, task: TaskRow) -> bool:
        return task.worker_node == self.name and task.worker_host == place()

    def pids(self) -> set[int]:
        """The pool's living processes."""
        return {process.pid for process in self.pool._pool._pool if process.is_alive()}

    def stop_children(self) -> None:
        """Tell every pool process to hand back what it runs."""
        for pid in self.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGUSR2)

    async def leave(self) -> None:
        """Say that this worker is gone."""
        self._living.cancel()
        if self._core is not None:
            async with self._core.database.transaction() as tx:
                await retire(tx, self.name)


@control_command(args=[("limit", int)])
def grow_pool(state: Any, limit: int) -> Any:
    """Let the pool have so many processes, if it has fewer; the command may come twice.

    As Celery's `pool_grow`, which leaves it to a timer of five seconds to start them.
    """
    pool = state.consumer.pool
    lacking = limit - pool.num_processes
    if lacking <= 0:
        return {"ok": "the pool is large enough"}
    answer = pool_grow(state, lacking)
    pool.maintain_pool()
    return answer


def _lives(task: TaskRow) -> bool:
    return is_process(task.worker_pid, task.worker_started_at)


_node: Node | None = None


@signals.setup_logging.connect
def _set_up_logging(**_: Any) -> None:
    level = Settings().log_level
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s", force=True)
    logging.getLogger("celery.worker.strategy").setLevel(logging.WARNING)
    logging.getLogger("celery.app.trace").setLevel(logging.WARNING)


@signals.worker_process_init.connect
def _child_starts(**_: Any) -> None:
    enter_child(Settings(), os.environ.get("SLUICE_NODE", host_name()))


@signals.worker_process_shutdown.connect
def _child_stops(**_: Any) -> None:
    leave_child()


@signals.worker_init.connect
def _worker_begins(sender: Any, **_: Any) -> None:
    os.environ["SLUICE_NODE"] = sender.hostname
    load(Settings())


@signals.worker_ready.connect
def _worker_starts(sender: Any, **_: Any) -> None:
    global _node
    _node = Node(sender)


@signals.worker_shutting_down.connect
def _worker_stops(**_: Any) -> None:
    if _node is not None:
        _node.stop_children()
        _node.submit(_node.leave())


@signals.task_revoked.connect
def _task_revoked(request: Any, **_: Any) -> None:
    if _node is not None:
        _node.submit(_node.cancel(request.id))


@signals.task_failure.connect
def _task_failed(task_id: str, exception: BaseException, **_: Any) -> None:
    if _node is not None and isinstance(exception, WorkerLostError):
        log.warning("a pool process died while it ran task %s", task_id)
        _node.submit(_node.take_back())
