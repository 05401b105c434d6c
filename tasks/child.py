"""One persistent event loop in a thread of every pool process, where all its clients live.

The pool's main thread submits a coroutine and waits, so that signals are taken while a task runs.
"""

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Coroutine
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import suppress
from time import monotonic
from typing import Any, Protocol
from uuid import UUID

import psutil

try:
    import uvloop
except ImportError:  # it is not made for every system
    uvloop = None  # type: ignore[assignment]

from assistant.web import WebSearch, build_web_search
from errors import Unavailable
from library.search import Library
from llm import build_embedder, build_engine
from llm.embeddings import Embedder
from llm.engine import Engine
from scheduling.returns import Returns
from scheduling.work import WorkerIdentity
from settings import Settings
from tasks.processes import place
from tasks.wiring import Core, build_core

log = logging.getLogger(__name__)


ENDING_SECONDS = 3.0
UNKNOWN_SECONDS = 1.0
"""Longer than it takes from a start's commit until it is known here, and shorter than a lease."""
NEWS_PAUSE_SECONDS = 0.02
"""A start or an end is followed by what somebody waits for: the model is asked, the next begins."""
SWITCH_SECONDS = 0.001
"""How long Celery's thread may keep the interpreter from the loop; Python's own 5 ms are as long as a task's start."""


def host_name() -> str:
    """The machine this process runs on, by the name people know."""
    return socket.gethostname()


class Run(Protocol):
    """A claimed task while it runs here."""

    async def ends(self) -> bool:
        """Wait until its slot is free; whether the task has ended then."""

    async def look_for_cancel(self) -> None:
        """Read whether a cancel is requested."""


class Child:
    """A pool process's loop, clients and identity.

    Args:
        settings: this process's settings.
        node: the worker's stable node name.
    """

    core: Core
    engine: Engine | None
    embedder: Embedder | None
    library: Library
    web: WebSearch | None

    def __init__(self, settings: Settings, node: str) -> None:
        self.settings = settings
        pid = os.getpid()
        self.identity = WorkerIdentity(node, place(), pid, psutil.Process(pid).create_time())
        self.runs: dict[UUID, Run] = {}
        self._ending: set[Future[None]] = set()
        self._looking: asyncio.Task[None] | None = None
        self.loop = asyncio.new_event_loop() if uvloop is None else uvloop.new_event_loop()
        self.stopping = asyncio.Event()
        self._thread = threading.Thread(target=self.loop.run_forever, name="event-loop", daemon=True)

    def start(self) -> None:
        """Start the loop, build the clients on it, and listen for the word to hand running work back."""
        sys.setswitchinterval(SWITCH_SECONDS)
        self._thread.start()
        self.run(self._build())
        # As in the API: what was loaded is not looked through again. Not collected first: the pages are shared.
        gc.freeze()
        signal.signal(signal.SIGUSR2, lambda *_: self.loop.call_soon_threadsafe(self.stopping.set))

    async def _build(self) -> None:
        self.core = build_core(self.settings, pool_size=3, news_pause=NEWS_PAUSE_SECONDS)
        self.engine = build_engine(self.settings)
        self.embedder = build_embedder(self.settings)
        self.library = Library(self.core.database, self.embedder)
        self.web = build_web_search(self.settings)
        await self.core.hub.start()
        self._watching = asyncio.create_task(self._watch_cancels())

    @property
    def continues(self) -> bool:
        """Whether the model goes on from text that an earlier attempt wrote."""
        return self.engine is not None and self.engine.continues

    def run(self, work: Coroutine[Any, Any, None], *, until: "Future[None] | None" = None) -> None:
        """Run a coroutine on the loop and wait for its end; when this thread must go, cancel it and wait.

        With `until`, what is left of it when that is done goes on beside what runs next.
        """
        future = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            if until is not None:
                wait({future, until}, return_when=FIRST_COMPLETED)
                if not future.done():
                    self._ending.add(future)
                    future.add_done_callback(self._ending.discard)
                    return
            future.result()
        except CancelledError:
            log.warning("a task was cancelled with its process")
        except BaseException:
            if not future.done():
                future.cancel()
                _wait_quietly(future)
            raise

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Run on the loop what no thread waits for."""
        future = asyncio.run_coroutine_threadsafe(work, self.loop)
        self._ending.add(future)
        future.add_done_callback(self._ending.discard)
        future.add_done_callback(log_failure)

    def give_back_unknown(self) -> None:
        """The answer to a commit that started a task here may have been lost: look, when the database is there."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._give_back_unknown())

    async def _give_back_unknown(self) -> None:
        while True:
            await asyncio.sleep(UNKNOWN_SECONDS)
            with suppress(Unavailable):
                return await Returns(self.core.line).give_back_unknown(self.identity, known=self.runs)

    async def _watch_cancels(self) -> None:
        """Let a run look whenever its cancel is announced, and every run when an announcement may have been missed."""
        channel = self.core.keys.cancels
        with self.core.hub.subscription(channel) as subscription:
            await self.core.hub.ready(channel)
            while not subscription.closing:
                missed, subscription.gap = subscription.gap, False
                batches, _ = subscription.take()
                named = {batch.head.decode() for batch in batches}
                for task_id, run in list(self.runs.items()):
                    if missed or str(task_id) in named:
                        self.begin(run.look_for_cancel())
                await subscription.wait(3600)

    def stop(self) -> None:
        """Let what is being told be told, close the clients and end the loop."""
        end = monotonic() + ENDING_SECONDS
        while self._ending and monotonic() < end:
            wait(set(self._ending), timeout=end - monotonic())
        self.run(self._close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(2)

    async def _close(self) -> None:
        for task in (self._watching, self._looking):
            if task is not None:
                task.cancel()
        if self.engine is not None:
            await self.engine.close()
        await self.core.close()


def log_failure(done: "Future[None]") -> None:
    """Log what a coroutine that nobody waits for failed with."""
    if not done.cancelled() and done.exception() is not None:
        log.error("something that ran beside the tasks failed", exc_info=done.exception())


def _wait_quietly(future: Any) -> None:
    try:
        future.result(timeout=2)
    except (Exception, CancelledError) as error:  # noqa: BLE001 - the process is going away already
        log.debug("a task ended with its process: %s", error)


_current: Child | None = None


def current_child() -> Child:
    """This pool process's `Child`."""
    if _current is None:
        raise RuntimeError("This process is not a worker's pool process.")
    return _current


def enter_child(settings: Settings, node: str) -> None:
    """Make this process a pool child."""
    global _current
    _current = Child(settings, node)
    _current.start()


def leave_child() -> None:
    """Close what the pool child holds."""
    if _current is not None:
        _current.stop()
