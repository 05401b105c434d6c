"""The first run of a process that has not spoken to Redis yet: its stream has what it wrote, however soon it ends."""

import asyncio
import os
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

import tasks.kinds
from db.line import configure_line
from db.sessions import create_session
from errors import Unavailable
from scheduling.work import Chat, WorkerIdentity
from settings import Settings
from streaming.events import Answer, Delta
from streaming.fold import Folded
from streaming.log import TaskLog
from tasks.run import Run
from tasks.wiring import Core, build_core
from tests.conftest import MakeSettings


@dataclass
class Process:
    """What a run asks of its process."""

    settings: Settings
    core: Core
    continues: bool = False
    runs: dict[UUID, Run] = field(default_factory=dict)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    identity: WorkerIdentity = field(default_factory=lambda: WorkerIdentity("test@host", "host", os.getpid(), 1.0))

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        raise AssertionError("nobody waits")

    def give_back_unknown(self) -> None:
        raise AssertionError("the database was there")


async def _say_it(*_: object) -> AsyncIterator[Answer]:
    yield Delta(text="short and done")


async def _break(*_: object) -> AsyncIterator[Answer]:
    yield Delta(text="short and")
    raise RuntimeError("broken")


async def _away(*_: object, **__: object) -> None:
    raise Unavailable("Redis cannot be reached.")


async def _stream_of_a_first_run(settings: Settings) -> Folded:
    core = build_core(settings, pool_size=2)
    async with core.database.transaction() as tx:
        await configure_line(tx, 2)
        session = (await create_session(tx, "ann", None)).id
    receipt = await core.line.submit(Chat(session, "hello"), owner="ann")
    process = Process(settings, core)
    claimed = await core.line.claim(receipt.task_id, process.identity)
    assert claimed is not None
    await Run(process, claimed).execute()  # type: ignore[arg-type]
    folded = await core.log.folded(receipt.task_id)
    await core.close()
    return folded


@pytest.mark.parametrize(("produce", "text"), [(_say_it, "short and done"), (_break, "short and")])
@pytest.mark.parametrize("redis", ["there", "back at the end"])
async def test_a_first_run_that_ends_at_once(
    make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch, produce: Any, text: str, redis: str
) -> None:
    monkeypatch.setitem(tasks.kinds._producers, "chat", produce)
    if redis != "there":
        monkeypatch.setattr(TaskLog, "open", _away)
    folded = await _stream_of_a_first_run(make_settings())
    assert folded.terminal is not None
    assert folded.text == text
