"""The product's own pen at a set rate: claimed tasks, each with its `Writer`, in the place of many workers.

`DATABASE_URL=… REDIS_URL=… python -m bench.stream.writers`; a request is `{streams, rate, until}`, or with `events`
instead of a rate so many events at once. The same number of streams gets the same tasks again.
"""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from bench.stream.commands import answer, requests
from bench.stream.stamps import stamp, ticks
from db.sessions import create_session
from scheduling.work import Chat, Wakeup, WorkerIdentity
from settings import Settings
from streaming.events import Delta, Started
from tasks.wiring import Core, build_core
from tasks.writer import Writer


class Nobody:
    """Takes wake-ups and wakes nobody: the tasks are claimed here."""

    async def publish(self, wakeups: Sequence[Wakeup]) -> None:
        """Do nothing."""

    async def pending(self, queue: str) -> set[UUID] | None:
        """Not known."""
        return None


@dataclass(frozen=True, slots=True)
class Running:
    """A claimed task and its pen."""

    task_id: UUID
    writer: Writer
    writing: asyncio.Task[None]


class Attempts:
    """Tasks that this process runs.

    Args:
        core: the product's own clients.
    """

    def __init__(self, core: Core) -> None:
        self._core = replace(core, line=replace(core.line, publisher=Nobody()))
        self._running: dict[str, list[Running]] = {}
        self._pacing: dict[UUID, asyncio.Task[None]] = {}

    async def of(self, name: str, count: int) -> list[Running]:
        """So many running tasks, made when they are not there yet."""
        running = self._running.setdefault(name, [])
        while len(running) < count:
            running.append(await self._begin())
        for each in running:
            await each.writer.drain(10)
        return running

    async def _begin(self) -> Running:
        core = self._core
        async with core.database.transaction() as tx:
            session = await create_session(tx, "local", None)
        receipt = await core.line.submit(Chat(session.id, "hello", False, None), owner="local")
        claimed = await core.line.claim(receipt.task_id, WorkerIdentity("bench@host", "host", os.getpid(), 1.0))
        assert claimed is not None
        writer = Writer(core.log, core.line, claimed.task, log_max_bytes=core.settings.stream_log_max_bytes)
        writer.emit(Started(model=None, waited_ms=claimed.waited_ms))
        return Running(receipt.task_id, writer, asyncio.create_task(writer.run()))

    def pace(self, running: Sequence[Running], rate: float, until: int) -> None:
        """Let all write at a rate, up to a moment, instead of what they wrote before."""
        for number, each in enumerate(running):
            earlier = self._pacing.get(each.task_id)
            if earlier is not None:
                earlier.cancel()
            writing = _write(each.writer, rate, (number + 0.5) / len(running), until)
            self._pacing[each.task_id] = asyncio.create_task(writing)


async def _write(writer: Writer, rate: float, phase: float, until: int) -> None:
    async for number in ticks(rate, phase, until):
        writer.emit(Delta(text=stamp(number)))


async def _fill(running: Running, events: int) -> None:
    for number in range(events):
        running.writer.emit(Delta(text=stamp(number)))
        await running.writer.drain(10)


async def serve(settings: Settings) -> None:
    """Take requests."""
    core = build_core(settings)
    await core.configure()
    attempts = Attempts(core)
    async for request in requests():
        running = await attempts.of(request["name"], request["streams"])
        if "events" in request:
            await asyncio.gather(*(_fill(each, request["events"]) for each in running))
        answer({"streams": _described(running)})
        if "rate" in request:
            attempts.pace(running, request["rate"], request["until"])


def _described(running: Sequence[Running]) -> list[dict[str, Any]]:
    return [{"task_id": str(each.task_id), "seq": each.writer.seq} for each in running]


if __name__ == "__main__":
    asyncio.run(serve(Settings(_env_file=None)))
