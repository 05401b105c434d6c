"""Editing and moving what waits, and what operators may."""

from uuid import uuid4

import pytest
from sqlalchemy import select, text

from db.models import AuditRow, TaskRow, TurnRow
from db.tasks import get_task
from errors import Conflict, InvalidInput, NotFound
from scheduling.editing import move
from scheduling.work import Ingest, Outcome, Receipt
from tests.integration.scheduling.conftest import Desk, OpenDesk


async def _line(desk: Desk) -> list[object]:
    return list((await desk.line.queue()).places)


def _ids(*receipts: Receipt) -> list[object]:
    return [receipt.task_id for receipt in receipts]


async def test_a_waiting_message_is_edited_in_its_task_and_in_its_turn(desk: Desk) -> None:
    receipt = await desk.chat()
    view = await desk.changes.edit(receipt.task_id, owner="ann", field="content", words="other words")
    assert view.summary == "other words"
    claimed = await desk.start(receipt)
    assert claimed.task.payload["content"] == "other words"
    async with desk.line.database.transaction() as tx:
        assert await tx.scalar(select(TurnRow.content).where(TurnRow.role == "user")) == "other words"


async def test_what_has_started_or_is_not_yours_is_not_edited(desk: Desk) -> None:
    receipt, topic = await desk.chat(), await desk.research()
    with pytest.raises(NotFound):
        await desk.changes.edit(receipt.task_id, owner="bob", field="content", words="x")
    with pytest.raises(InvalidInput):
        await desk.changes.edit(topic.task_id, owner="ann", field="content", words="x")
    running = await desk.start(receipt)
    with pytest.raises(Conflict):
        await desk.changes.edit(receipt.task_id, owner="ann", field="content", words="x")
    await desk.returns.lost([running.task])
    with pytest.raises(Conflict):
        await desk.changes.edit(receipt.task_id, owner="ann", field="content", words="x")
    document = await desk.line.submit(Ingest("a", "text/plain", "00", b"a"), owner="ann")
    with pytest.raises(Conflict):
        await desk.changes.edit(document.task_id, owner="ann", field="content", words="x")


async def test_moving_deals_out_ones_own_tickets_and_nobody_elses(desk: Desk) -> None:
    a1, b1, a2, b2, a3 = [await desk.chat(owner) for owner in ("ann", "bob", "ann", "bob", "ann")]
    await desk.changes.move(a3.task_id, owner="ann", before=a1.task_id)
    assert await _line(desk) == _ids(a3, b1, a1, b2, a2)
    await desk.changes.move(a3.task_id, owner="ann", before=None)
    assert await _line(desk) == _ids(a1, b1, a2, b2, a3)
    await desk.changes.move(a1.task_id, owner="ann", before=a1.task_id)
    assert await _line(desk) == _ids(a1, b1, a2, b2, a3)
    for before in (b1.task_id, uuid4()):
        with pytest.raises(NotFound):
            await desk.changes.move(a1.task_id, owner="ann", before=before)
    with pytest.raises(NotFound):
        await desk.changes.move(b1.task_id, owner="ann", before=None)


async def test_moving_writes_only_the_tickets_that_change(desk: Desk) -> None:
    first, second, third, last = [await desk.research() for _ in range(4)]
    async with desk.line.locked() as tx:
        before = (await get_task(tx, second.task_id) or TaskRow()).ticket
        moved = await move(tx, third.task_id, owner="ann", before=second.task_id, kinds=("chat", "research"))
        assert (moved.id, moved.ticket) == (third.task_id, before)
        written = text("SELECT n_tup_upd FROM pg_stat_xact_user_tables WHERE relname = 'tasks'")
        assert (await tx.execute(written)).scalar_one() == 2
    assert await _line(desk) == _ids(first, third, second, last)


async def test_a_moved_task_really_starts_first(open_desk: OpenDesk) -> None:
    desk: Desk = await open_desk(max_concurrent_chat_and_research=1)
    first, second = await desk.chat(), await desk.chat()
    await desk.changes.move(second.task_id, owner="ann", before=first.task_id)
    assert await desk.claim(first) is None
    running = await desk.start(second)
    desk.written.published.clear()
    await desk.complete(running)
    assert desk.written.taken() == [first.task_id]


async def test_a_message_passes_no_other_of_its_session(desk: Desk) -> None:
    session = await desk.session()
    first, second = await desk.say(session), await desk.say(session)
    other = await desk.chat()
    with pytest.raises(Conflict):
        await desk.changes.move(second.task_id, owner="ann", before=first.task_id)
    with pytest.raises(Conflict):
        await desk.changes.move(first.task_id, owner="ann", before=None)
    assert await _line(desk) == _ids(first, second, other)
    await desk.changes.move(other.task_id, owner="ann", before=second.task_id)
    assert await _line(desk) == _ids(first, other, second)


async def test_a_message_passes_no_running_one_of_its_session_to_the_place_of_a_task_that_lost_its_worker(
    desk: Desk,
) -> None:
    session = await desk.session()
    topic, first = await desk.research(), await desk.say(session)
    lost = await desk.start(topic)
    running = await desk.start(first)
    second = await desk.say(session)
    await desk.returns.lost([lost.task])
    for moved, before in ((second, topic.task_id), (topic, None)):
        with pytest.raises(Conflict):
            await desk.changes.move(moved.task_id, owner="ann", before=before)
    assert await desk.claim(second) is None
    await desk.complete(running)
    await desk.changes.move(second.task_id, owner="ann", before=topic.task_id)
    assert await _line(desk) == _ids(second, topic)


async def test_a_paused_line_starts_nothing_and_goes_on_when_it_may(desk: Desk) -> None:
    running = await desk.start(await desk.chat())
    waiting = await desk.chat()
    await desk.changes.set_line(by="root", paused=True)
    assert await desk.claim(waiting) is None
    assert (await desk.line.queue()).places[waiting.task_id].waits_for == "paused"
    await desk.complete(running)
    desk.written.published.clear()
    await desk.changes.set_line(by="root", paused=False)
    assert desk.written.taken() == [waiting.task_id]
    assert await desk.claim(waiting) is not None


async def test_the_limit_is_changed_live_in_both_directions(desk: Desk) -> None:
    receipts = [await desk.chat() for _ in range(5)]
    running = [await desk.start(receipt) for receipt in receipts[:2]]
    assert await desk.claim(receipts[2]) is None
    desk.written.published.clear()
    await desk.changes.set_line(by="root", limit=3)
    assert desk.written.taken() == [receipts[2].task_id]
    running.append(await desk.start(receipts[2]))
    await desk.changes.set_line(by="root", limit=1)
    for each in running[:2]:
        await desk.complete(each)
        assert await desk.claim(receipts[3]) is None
    await desk.complete(running[2])
    assert await desk.claim(receipts[3]) is not None
    assert (await desk.line.queue()).limit == 1


async def test_what_operators_do_is_audited(desk: Desk) -> None:
    running = await desk.start(await desk.research("bob"))
    waiting = await desk.chat("ann")
    await desk.changes.set_line(by="root", paused=True, limit=4)
    cancelled = await desk.changes.cancel(waiting.task_id, owner=None, by="root")
    assert cancelled.status == "cancelled"
    await desk.changes.cancel(running.task.id, owner=None, by="root")
    await desk.line.finish(running.task, Outcome("cancelled"), last_seq=1)
    async with desk.line.database.transaction() as tx:
        rows = (await tx.execute(select(AuditRow).order_by(AuditRow.id))).scalars().all()
        by = (await tx.execute(select(TaskRow.cancelled_by))).scalars().all()
    assert [(row.who, row.action, row.details.get("owner")) for row in rows] == [
        ("root", "line", None),
        ("root", "cancel", "ann"),
        ("root", "cancel", "bob"),
    ]
    assert set(by) == {"root"}
