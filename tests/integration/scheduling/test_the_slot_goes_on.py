"""An end gives its slot to the first in line, in the same transaction and for the same process."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import text

from db.steps import Step
from db.tasks import get_task
from errors import Fenced
from scheduling.work import Claimed, Ingest, Outcome, Receipt
from tests.integration.scheduling.conftest import WORKER, Desk, OpenDesk

_RAISE = Step("UPDATE line SET slot_limit = 3")


async def _end(desk: Desk, claimed: Claimed, status: str = "completed") -> Claimed | None:
    """End a run in a process that takes the next along; who that is."""
    got: list[Claimed | None] = []
    outcome = Outcome(status, "an answer")  # type: ignore[arg-type]
    await desk.line.finish(claimed.task, outcome, last_seq=5, freed=got.append, next_worker=WORKER)
    [successor] = got
    return successor


async def _status(desk: Desk, task_id: UUID) -> tuple[str, int]:
    async with desk.line.database.transaction() as tx:
        task = await get_task(tx, task_id)
    assert task is not None
    return task.status, task.attempt


def _id(claimed: Claimed | None) -> UUID | None:
    return claimed.task.id if claimed is not None else None


async def test_the_first_in_line_starts_and_its_own_message_is_then_a_duplicate(open_desk: OpenDesk) -> None:
    desk = await open_desk(max_concurrent_chat_and_research=1)
    receipts = [await desk.chat("ann"), await desk.chat("bob"), await desk.research("cyd")]
    running: Claimed | None = await desk.start(receipts[0])
    desk.written.taken()
    for receipt in receipts[1:]:
        assert running is not None
        running = await _end(desk, running)
        assert _id(running) == receipt.task_id
        assert await _status(desk, receipt.task_id) == ("running", 1)
        assert await desk.claim(receipt) is None
    assert desk.written.taken() == []
    assert running is not None
    assert running.waited_ms >= 0
    assert await _end(desk, running) is None


async def test_a_parked_one_starts_and_gets_a_message_all_the_same(open_desk: OpenDesk) -> None:
    desk = await open_desk(max_concurrent_chat_and_research=1)
    running = await desk.start(await desk.chat("ann"))
    parked = await desk.chat("bob")
    assert await desk.claim(parked) is None
    desk.written.taken()
    assert _id(await _end(desk, running)) == parked.task_id
    assert desk.written.taken() == [parked.task_id]


async def test_the_next_message_of_the_same_session_follows(open_desk: OpenDesk) -> None:
    desk = await open_desk(max_concurrent_chat_and_research=2)
    session = await desk.session()
    first, second = await desk.say(session), await desk.say(session)
    running = await desk.start(first)
    assert await desk.claim(second) is None
    assert _id(await _end(desk, running)) == second.task_id


async def test_the_other_parked_ones_whose_turn_it_is_are_woken(open_desk: OpenDesk) -> None:
    desk = await open_desk(max_concurrent_chat_and_research=3)
    session = await desk.session()
    first, second = await desk.say(session), await desk.say(session)
    running = await desk.start(first)
    assert await desk.claim(second) is None
    others = [await desk.chat("bob"), await desk.chat("cyd")]
    await desk.changes.set_line(by="root", paused=True)
    for other in others:
        assert await desk.claim(other) is None
    await desk.changes.set_line(by="root", limit=1)
    await desk.changes.set_line(by="root", paused=False)
    await desk.line.database.batch(_RAISE)
    desk.written.taken()
    assert _id(await _end(desk, running)) == second.task_id
    assert desk.written.taken() == [second.task_id, *(other.task_id for other in others)]


async def test_a_paused_line_and_a_lowered_limit_start_nobody(open_desk: OpenDesk) -> None:
    desk = await open_desk(max_concurrent_chat_and_research=2)
    running = [await desk.start(await desk.chat(owner)) for owner in ("ann", "bob")]
    waiting = await desk.chat("cyd")
    await desk.changes.set_line(by="root", limit=1)
    assert await _end(desk, running[0]) is None
    await desk.changes.set_line(by="root", paused=True)
    assert await _end(desk, running[1]) is None
    assert await _status(desk, waiting.task_id) == ("queued", 0)


async def test_an_attempt_that_lost_its_task_ends_nothing_and_starts_nobody(open_desk: OpenDesk) -> None:
    desk = await open_desk(max_concurrent_chat_and_research=1)
    first = await desk.start(await desk.chat("ann"))
    waiting = await desk.chat("bob")
    await desk.returns.lost([first.task])
    with pytest.raises(Fenced):
        await _end(desk, first)
    again = await desk.line.claim(first.task.id, WORKER)
    assert again is not None
    with pytest.raises(Fenced):
        await _end(desk, first)
    assert await _status(desk, waiting.task_id) == ("queued", 0)
    assert _id(await _end(desk, again)) == waiting.task_id
    with pytest.raises(Fenced):
        await _end(desk, again)


@pytest.mark.parametrize("settings", [{"max_active_per_user": 1}, {"ingest_takes_slot": True}])
async def test_where_more_has_to_be_looked_at_nobody_is_taken_along(
    open_desk: OpenDesk, settings: dict[str, int | bool]
) -> None:
    desk = await open_desk(max_concurrent_chat_and_research=1, **settings)
    running = await desk.start(await desk.chat("ann"))
    waiting = await desk.chat("bob")
    assert await desk.claim(waiting) is None
    desk.written.taken()
    assert await _end(desk, running) is None
    assert desk.written.taken() == [waiting.task_id]


async def test_a_document_that_was_read_takes_nobody_along(desk: Desk) -> None:
    document: Receipt = await desk.line.submit(Ingest("a", "text/plain", "00", b"a"), owner="ann")
    running = await desk.start(document)
    waiting = await desk.chat("bob")
    assert await _end(desk, running) is None
    assert await desk.claim(waiting) is not None


async def test_ends_and_claims_at_once_never_start_one_too_many(open_desk: OpenDesk) -> None:
    desk = await open_desk(max_concurrent_chat_and_research=2)
    receipts = [await desk.chat(f"person {number}") for number in range(12)]
    running = [await desk.start(receipt) for receipt in receipts[:2]]
    started = set()
    while running:
        ends = [_end(desk, claimed) for claimed in running]
        claims = [desk.claim(receipt) for receipt in receipts]
        found = await asyncio.gather(*ends, *claims)
        running = [claimed for claimed in found if claimed is not None]
        assert len(running) <= 2
        ids = {claimed.task.id for claimed in running}
        assert len(ids) == len(running)
        assert not ids & started
        started |= ids
    assert started == {receipt.task_id for receipt in receipts[2:]}


async def test_a_column_that_is_added_meanwhile_disturbs_no_step(open_desk: OpenDesk) -> None:
    desk = await open_desk(max_concurrent_chat_and_research=1)
    running = await desk.start(await desk.chat("ann"))
    waiting = [await desk.chat("bob"), await desk.research("cyd")]
    async with desk.line.database.transaction() as tx:
        await tx.execute(text("ALTER TABLE tasks ADD COLUMN something text"))
    after = await _end(desk, running)
    assert _id(after) == waiting[0].task_id
    assert after is not None
    assert _id(await _end(desk, after)) == waiting[1].task_id
    assert (await desk.chat("ann")).position == 1


async def test_what_a_process_does_not_know_that_it_runs_is_given_back(open_desk: OpenDesk) -> None:
    desk = await open_desk(max_concurrent_chat_and_research=2)
    known, unknown = await desk.start(await desk.chat("ann")), await desk.start(await desk.chat("bob"))
    desk.written.taken()
    for other in (replace(WORKER, pid=2), replace(WORKER, host="there"), replace(WORKER, process_started_at=2.0)):
        await desk.returns.give_back_unknown(other, known=())
    assert desk.written.taken() == []
    await desk.returns.give_back_unknown(WORKER, known={known.task.id})
    assert desk.written.taken() == [unknown.task.id]
    assert await _status(desk, known.task.id) == ("running", 1)
    assert await _status(desk, unknown.task.id) == ("queued", 1)
    async with desk.line.database.transaction() as tx:
        task = await get_task(tx, unknown.task.id)
    assert task is not None
    assert task.losses == 0


async def test_a_process_is_told_whether_any_slot_is_free(open_desk: OpenDesk) -> None:
    desk = await open_desk(max_concurrent_chat_and_research=1)
    assert await desk.line.has_free_slot("chat")
    running = await desk.start(await desk.chat("ann"))
    assert not await desk.line.has_free_slot("research")
    assert await desk.line.has_free_slot("ingest")
    assert await _end(desk, running) is None
    await desk.changes.set_line(by="root", paused=True)
    assert not await desk.line.has_free_slot("chat")
