"""`INGEST_TAKES_SLOT`: documents stand in the waiting line like chat and research."""

import pytest
from sqlalchemy import text

from errors import Conflict, InvalidInput, LineFull
from scheduling.sweep import Sweep
from scheduling.work import Ingest, Receipt
from tests.integration.scheduling.conftest import Desk, OpenDesk

AGE = "UPDATE tasks SET woken_at = now() - interval '5 seconds' WHERE status = 'queued'"


async def _document(desk: Desk, owner: str = "ann") -> Receipt:
    return await desk.line.submit(Ingest("a.md", "text/markdown", "00", b"# a"), owner=owner)


async def _sweep(desk: Desk) -> None:
    async with desk.line.database.transaction() as tx:
        await tx.execute(text(AGE))
    desk.written.published.clear()
    await Sweep(desk.line, terminate=lambda _: True).once()


@pytest.fixture
async def desk(open_desk: OpenDesk) -> Desk:
    """One slot for everything."""
    opened: Desk = await open_desk(max_concurrent_chat_and_research=1, ingest_takes_slot=True)
    return opened


async def test_documents_stand_in_the_line_and_take_the_slot(desk: Desk) -> None:
    first, chat, second = await _document(desk), await desk.chat("bob"), await _document(desk)
    assert [receipt.position for receipt in (first, chat, second)] == [1, 2, 3]
    running = await desk.start(first)
    assert await desk.claim(chat) is None
    assert await desk.claim(second) is None
    queue = (await desk.line.queue()).view("ann", is_admin=False)
    assert [item["task_id"] for item in queue["active"]] == [first.task_id]
    assert [(item["kind"], item["position"]) for item in queue["waiting"]] == [("chat", 1), ("ingest", 2)]
    assert (queue["size"], queue["ingest"]["size"], queue["ingest"]["active"], queue["ingest"]["waiting"]) == (
        *(2, 0),
        *([], []),
    )
    desk.written.published.clear()
    await desk.complete(running)
    assert [(w.task_id, w.kind) for w in desk.written.published] == [(chat.task_id, "chat")]
    running = await desk.start(chat)
    await desk.complete(running)
    assert [(w.task_id, w.kind) for w in desk.written.published][1:] == [(second.task_id, "ingest")]
    await desk.start(second)


async def test_documents_hold_at_most_their_own_number_of_slots(open_desk: OpenDesk) -> None:
    desk: Desk = await open_desk(max_concurrent_chat_and_research=3, ingest_concurrency=1, ingest_takes_slot=True)
    documents = [await _document(desk) for _ in range(3)]
    chat = await desk.chat()
    reading = await desk.start(documents[0])
    assert await desk.claim(documents[1]) is None
    await desk.start(chat)
    desk.written.published.clear()
    await desk.complete(reading)
    assert desk.written.taken() == [documents[1].task_id]


async def test_each_kind_of_worker_takes_what_is_first_for_it_while_there_are_slots_for_both(
    open_desk: OpenDesk,
) -> None:
    desk: Desk = await open_desk(ingest_takes_slot=True)
    await _document(desk)
    first, second = await desk.chat(), await desk.chat()
    desk.written.published.clear()
    assert await desk.claim(second) is None
    assert desk.written.published == []
    await desk.start(first)


async def test_a_deleted_document_frees_its_place_for_the_next(desk: Desk) -> None:
    document, chat = await _document(desk), await desk.chat()
    assert await desk.claim(chat) is None
    desk.written.published.clear()
    assert document.document_id is not None
    await desk.changes.delete_document(document.document_id, owner="ann")
    assert desk.written.taken() == [chat.task_id]


async def test_the_limits_of_the_line_hold_for_documents_too(open_desk: OpenDesk) -> None:
    desk: Desk = await open_desk(
        max_concurrent_chat_and_research=1, ingest_takes_slot=True, max_waiting=2, max_active_per_user=1
    )
    running = await desk.start(await _document(desk))
    mine, bobs = await _document(desk), await desk.chat("bob")
    with pytest.raises(LineFull):
        await _document(desk)
    await desk.changes.move(mine.task_id, owner="ann", before=None)
    with pytest.raises(InvalidInput):
        await desk.changes.edit(mine.task_id, owner="ann", field="content", words="x")
    assert (await desk.line.queue()).places[mine.task_id].waits_for == "owner_limit"
    await desk.changes.set_line(by="root", limit=2)
    assert await desk.claim(mine) is None
    await desk.start(bobs)
    await desk.complete(running)
    with pytest.raises(Conflict):
        await desk.changes.move(running.task.id, owner="ann", before=None)


async def test_a_lost_message_of_a_document_is_published_again_when_its_turn_is_there(desk: Desk) -> None:
    running = await desk.start(await desk.chat())
    document, chat = await _document(desk), await desk.chat()
    await _sweep(desk)
    assert desk.written.published == []
    await desk.complete(running)
    await _sweep(desk)
    assert [(w.task_id, w.kind, w.front) for w in desk.written.published] == [(document.task_id, "ingest", True)]
    await desk.complete(await desk.start(document))
    await _sweep(desk)
    assert [(w.task_id, w.front) for w in desk.written.published] == [(chat.task_id, True)]


async def test_estimates_count_documents(desk: Desk) -> None:
    for _ in range(2):
        await desk.complete(await desk.start(await _document(desk)))
    async with desk.line.database.transaction() as tx:
        await tx.execute(
            text("UPDATE tasks SET started_at = finished_at - interval '8 seconds' WHERE status = 'completed'")
        )
    await desk.start(await _document(desk))
    second, chat = await _document(desk), await desk.chat()
    places = (await desk.line.queue()).places
    second_eta, chat_eta = places[second.task_id].eta_s, places[chat.task_id].eta_s
    assert second_eta is not None
    assert chat_eta is not None
    assert 7 < second_eta <= 8
    assert 15 < chat_eta <= 16


async def test_where_fewer_documents_than_tasks_may_run_their_time_is_unknown(open_desk: OpenDesk) -> None:
    desk: Desk = await open_desk(ingest_takes_slot=True, ingest_concurrency=1, max_concurrent_chat_and_research=3)
    await desk.complete(await desk.start(await _document(desk)))
    await desk.start(await _document(desk))
    second, chat = await _document(desk), await desk.chat()
    assert (second.eta_s, chat.eta_s) == (None, 0.0)
    places = (await desk.line.queue()).places
    assert (places[second.task_id].eta_s, places[chat.task_id].eta_s) == (None, 0.0)


async def test_documents_that_were_parked_go_on_when_they_take_slots_no_more(desk: Desk, open_desk: OpenDesk) -> None:
    await desk.start(await desk.chat())
    document = await _document(desk)
    assert await desk.claim(document) is None
    apart: Desk = await open_desk(max_concurrent_chat_and_research=1)
    await Sweep(apart.line, terminate=lambda _: True).once()
    assert apart.written.taken() == [document.task_id]
    assert await apart.claim(document) is not None
