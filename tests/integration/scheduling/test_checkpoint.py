"""What was written stays, whoever dies: the checkpoint, and what clients were told after it."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from db.history import record_step, recorded_step
from db.models import TaskRow, TurnRow
from db.purge import purge
from scheduling.work import Claimed
from streaming.log import Told
from tests.integration.scheduling.conftest import Desk, OpenDesk

EPOCH = "a run of redis"
CITATION = {"n": 1, "document_id": None, "url": None, "title": "A source", "passage": "…", "locator": None}


async def _started(desk: Desk, noted: str = "It was", **columns: Any) -> Claimed:
    """A chat that wrote something, as the database knows it."""
    claimed = await desk.start(await desk.chat())
    await desk.line.renew(claimed.task, checkpoint_text=noted, log_epoch=EPOCH, checkpoint_seq=1000, **columns)
    return claimed


async def _checkpoint(desk: Desk, task_id: UUID) -> tuple[str, list[dict[str, Any]]]:
    async with desk.line.database.transaction() as tx:
        task = await tx.get(TaskRow, task_id)
        assert task is not None
        return task.checkpoint_text, task.checkpoint_citations


async def _turn(desk: Desk, task_id: UUID) -> tuple[str, str, list[dict[str, Any]]]:
    async with desk.line.database.transaction() as tx:
        query = select(TurnRow).where(TurnRow.task_id == task_id, TurnRow.role == "assistant")
        turn = (await tx.execute(query)).scalar_one()
        return turn.status, turn.content, turn.citations


def _told(desk: Desk, claimed: Claimed, text: str, *, epoch: str = EPOCH) -> None:
    desk.written.logs[claimed.task.id] = Told(text, [CITATION], epoch)


async def test_what_clients_were_told_last_is_noted_when_an_attempt_dies(desk: Desk) -> None:
    claimed = await _started(desk)
    _told(desk, claimed, "It was noon [1]")
    await desk.returns.lost([claimed.task])
    assert await _checkpoint(desk, claimed.task.id) == ("It was noon [1]", [CITATION])


@pytest.mark.parametrize("why", ["it is behind", "another run of redis", "no log", "redis is away"])
async def test_a_log_that_may_not_be_whole_changes_no_checkpoint(desk: Desk, why: str) -> None:
    claimed = await _started(desk, "It was noon", checkpoint_citations=[CITATION])
    if why != "no log":
        _told(desk, claimed, "It" if why == "it is behind" else "It was noon in", epoch="x" if "run" in why else EPOCH)
    desk.written.redis_is_away = why == "redis is away"
    await desk.returns.lost([claimed.task])
    assert await _checkpoint(desk, claimed.task.id) == ("It was noon", [CITATION])


async def test_an_attempt_that_had_begun_anew_leaves_its_own_text(desk: Desk) -> None:
    claimed = await _started(desk, "It was noon")
    _told(desk, claimed, "In the morning")
    await desk.returns.lost([claimed.task])
    assert await _checkpoint(desk, claimed.task.id) == ("In the morning", [CITATION])


@pytest.mark.parametrize("end", ["cancelled", "failed"])
async def test_a_lost_task_that_ends_keeps_what_clients_saw_with_its_citations(open_desk: OpenDesk, end: str) -> None:
    desk: Desk = await open_desk(max_attempts=1)
    claimed = await _started(desk)
    _told(desk, claimed, "It was noon [1]")
    if end == "cancelled":
        await desk.changes.cancel(claimed.task.id, owner="ann", by="ann")
    await desk.returns.lost([claimed.task])
    assert await _turn(desk, claimed.task.id) == (end, "It was noon [1]", [CITATION])


@pytest.mark.parametrize("back", ["lost", "handed back"])
async def test_a_task_that_is_cancelled_while_it_waits_again_keeps_what_it_wrote(desk: Desk, back: str) -> None:
    claimed = await _started(desk)
    if back == "lost":
        _told(desk, claimed, "It was noon [1]")
        await desk.returns.lost([claimed.task])
    else:
        notes = {"checkpoint_text": "It was noon [1]", "checkpoint_citations": [CITATION]}
        await desk.returns.hand_back(claimed.task, notes=notes)
    await desk.changes.cancel(claimed.task.id, owner="ann", by="ann")
    assert await _turn(desk, claimed.task.id) == ("cancelled", "It was noon [1]", [CITATION])


async def test_handing_back_notes_the_last_words_and_counts_no_loss(desk: Desk) -> None:
    claimed = await _started(desk)
    await desk.returns.hand_back(claimed.task, notes={"checkpoint_text": "It was noon"})
    async with desk.line.database.transaction() as tx:
        task = await tx.get(TaskRow, claimed.task.id)
    assert task is not None
    assert (task.status, task.losses, task.checkpoint_text) == ("queued", 0, "It was noon")


async def test_handing_back_what_is_another_attempts_by_now_notes_nothing(desk: Desk) -> None:
    claimed = await _started(desk)
    await desk.returns.lost([claimed.task])
    await desk.returns.hand_back(claimed.task, notes={"checkpoint_text": "late"})
    assert await _checkpoint(desk, claimed.task.id) == ("It was", [])


async def test_journals_of_ended_tasks_are_purged_and_no_others(desk: Desk) -> None:
    ended, running = [await desk.start(await desk.chat()) for _ in range(2)]
    async with desk.line.database.transaction() as tx:
        for claimed in (ended, running):
            await record_step(tx, claimed.task.id, "passages", [])
    await desk.complete(ended)
    async with desk.line.database.transaction() as tx:
        await purge(tx)
    async with desk.line.database.transaction() as tx:
        assert await recorded_step(tx, ended.task.id, "passages") is None
        assert await recorded_step(tx, running.task.id, "passages") is not None
