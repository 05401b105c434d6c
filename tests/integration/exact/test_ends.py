"""The end of a run: written at the first attempt, and the same in the stream and in the database."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

import tasks.kinds
from db.line import configure_line
from db.models import TaskRow
from db.sessions import create_session
from scheduling.changes import Changes
from scheduling.line import Line
from scheduling.returns import Returns
from scheduling.work import Chat, Claimed, Outcome
from streaming.events import Answer, Citation, Delta
from streaming.log import TaskLog
from tasks.run import Run
from tasks.wiring import Core, build_core
from tests.conftest import MakeSettings
from tests.integration.api.server import Published
from tests.integration.exact.cluster import Pen
from tests.integration.exact.test_a_fresh_process import Process

CITATION = Citation(n=1, title="A source", passage="…")


async def _short(*_: object) -> AsyncIterator[Answer]:
    yield Delta(text="short")


@pytest.fixture
async def core(make_settings: MakeSettings) -> AsyncIterator[Core]:
    core = build_core(make_settings(), pool_size=2)
    async with core.database.transaction() as tx:
        await configure_line(tx, 2)
    yield replace(core, line=replace(core.line, publisher=Published()))
    await core.close()


async def _waiting(core: Core) -> UUID:
    async with core.database.transaction() as tx:
        session = (await create_session(tx, "ann", None)).id
    return (await core.line.submit(Chat(session, "hello"), owner="ann")).task_id


async def _claimed(process: Process, task_id: UUID) -> Claimed:
    claimed = await process.core.line.claim(task_id, process.identity)
    assert claimed is not None
    return claimed


async def _row(core: Core, task_id: UUID) -> TaskRow:
    async with core.database.transaction() as tx:
        row = await tx.get(TaskRow, task_id)
    assert row is not None
    return row


async def _run(core: Core, monkeypatch: pytest.MonkeyPatch, produce: Any) -> UUID:
    """Run a task that writes this, to its end."""
    monkeypatch.setitem(tasks.kinds._producers, "chat", produce)
    task_id, process = await _waiting(core), Process(core.settings, core)
    await Run(process, await _claimed(process, task_id)).execute()  # type: ignore[arg-type]
    return task_id


async def _assert_failed_inside(core: Core, task_id: UUID, text: str) -> None:
    row, folded = await _row(core, task_id), await core.log.folded(task_id)
    assert (row.status, row.attempt, row.lease_expires_at) == ("failed", 1, None)
    assert row.error is not None
    assert row.error["code"] == "internal_error"
    assert folded.terminal is not None
    assert folded.terminal[1]["error"] == row.error
    assert folded.terminal[1]["result"]["turn"]["content"] == folded.text == text


async def test_an_answer_that_the_database_refuses_fails_at_the_first_attempt(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unstorable(*_: object) -> AsyncIterator[Answer]:
        yield Delta(text="a\x00b")

    await _assert_failed_inside(core, await _run(core, monkeypatch, unstorable), "")


async def test_an_end_that_cannot_be_written_leaves_what_was_noted(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    async def noted(_: object, task: TaskRow, *__: object) -> AsyncIterator[Answer]:
        yield Delta(text="This was noted")
        async with asyncio.timeout(10):
            while (await _row(core, task.id)).checkpoint_text == "":
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.05)  # the run learns of it
        yield Delta(text=", this was not")

    finish = Line.finish

    async def refuse(line: Line, task: TaskRow, outcome: Outcome, **options: Any) -> None:
        if outcome.status == "completed":
            raise LookupError("nobody expected this")
        await finish(line, task, outcome, **options)

    monkeypatch.setattr(Line, "finish", refuse)
    await _assert_failed_inside(core, await _run(core, monkeypatch, noted), "This was noted")


async def test_an_end_that_can_never_be_written_is_left_to_the_lease(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends: list[str] = []

    async def refuse(line: Line, task: TaskRow, outcome: Outcome, **_: Any) -> None:
        ends.append(outcome.status)
        raise LookupError("nobody expected this")

    monkeypatch.setattr(Line, "finish", refuse)
    with pytest.raises(LookupError):
        await _run(core, monkeypatch, _short)
    assert ends == ["completed", "failed"]


async def test_stopped_before_it_knew_of_a_citation_its_stream_ends_as_the_database_says(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    task_id = await _waiting(core)
    pen = await Pen(core, task_id, 1_000_000).begin()
    await pen.say("It was noon [1]")
    await pen.emit(CITATION)
    await pen.stop()
    await Returns(core.line).hand_back(pen._task, notes={"checkpoint_text": "It was noon [1]"})
    process = Process(core.settings, core, continues=True)
    claimed = await _claimed(process, task_id)
    await Changes(core.line).cancel(task_id, owner="ann", by="ann")
    opening = TaskLog.open

    async def late(*given: Any, **options: Any) -> Any:
        await asyncio.sleep(0.5)
        return await opening(*given, **options)

    monkeypatch.setattr(TaskLog, "open", late)
    monkeypatch.setitem(tasks.kinds._producers, "chat", _short)
    await Run(process, claimed).execute()  # type: ignore[arg-type]
    folded = await core.log.folded(task_id)
    assert folded.terminal is not None
    assert folded.terminal[0] == "task.cancelled"
    turn = folded.terminal[1]["result"]["turn"]
    assert (turn["content"], turn["citations"]) == (folded.text, folded.citations)
