"""The line's promises, one by one, on a real database."""

import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from db.models import TurnRow
from errors import Fenced, InvalidInput, LineFull, NotFound, Unavailable
from scheduling.changes import TOLD_AT_ONCE
from scheduling.work import Chat, Idempotency, Ingest, Outcome
from tests.integration.scheduling.conftest import WORKER, Desk, OpenDesk, Written


async def test_a_message_takes_both_turns_at_submission(desk: Desk) -> None:
    session = await desk.session()
    first, second = await desk.say(session, "one"), await desk.say(session, "two")
    assert (first.turn_index, second.turn_index) == (0, 2)
    assert (first.position, second.position) == (1, 2)
    async with desk.line.database.transaction() as tx:
        turns = (await tx.execute(select(TurnRow).order_by(TurnRow.turn_index))).scalars().all()
    assert [(turn.role, turn.content, turn.status) for turn in turns] == [
        ("user", "one", "completed"),
        ("assistant", "", "queued"),
        ("user", "two", "completed"),
        ("assistant", "", "queued"),
    ]


async def test_messages_sent_at_once_get_turns_without_holes_in_ticket_order(desk: Desk) -> None:
    session = await desk.session()
    receipts = await asyncio.gather(*(desk.say(session, str(n)) for n in range(20)))
    assert sorted(r.turn_index for r in receipts if r.turn_index is not None) == list(range(0, 40, 2))
    queue = await desk.line.queue()
    in_line = [task.id for task in queue.waiting]
    assert in_line == [r.task_id for r in sorted(receipts, key=lambda r: r.turn_index or 0)]


async def test_the_database_itself_refuses_a_hole_and_a_second_turn_of_one_index(desk: Desk) -> None:
    session = await desk.session()
    await desk.say(session)
    for index in (4, 1):
        with pytest.raises(IntegrityError):
            async with desk.line.database.transaction() as tx:
                role = "user" if index % 2 == 0 else "assistant"
                tx.add(TurnRow(session_id=session, turn_index=index, role=role, status="completed"))


async def test_never_more_than_the_limit_is_claimed_however_many_claim_at_once(desk: Desk) -> None:
    receipts = [await desk.chat() for _ in range(10)]
    claims = await asyncio.gather(*(desk.claim(receipt) for receipt in receipts))
    claimed = [claim for claim in claims if claim is not None]
    assert len(claimed) <= 2
    again = [await desk.claim(receipt) for receipt in receipts]
    assert len([claim for claim in (*claimed, *again) if claim is not None]) == 2


async def test_a_task_that_arrives_too_early_lets_the_lower_ticket_go_first(desk: Desk) -> None:
    first, second = await desk.chat(), await desk.chat()
    desk.written.taken()
    assert await desk.claim(second) is None
    assert desk.written.taken() == [first.task_id, second.task_id]
    assert await desk.claim(first) is not None
    assert await desk.claim(second) is not None


async def test_a_parked_task_is_woken_at_the_front_when_its_turn_comes(desk: Desk) -> None:
    session = await desk.session()
    first, second = await desk.say(session), await desk.say(session)
    running = await desk.start(first)
    assert await desk.claim(second) is None
    desk.written.published.clear()
    await desk.complete(running)
    assert [(w.task_id, w.front) for w in desk.written.published] == [(second.task_id, True)]
    assert await desk.claim(second) is not None


async def test_a_task_is_not_started_twice(desk: Desk) -> None:
    receipt = await desk.chat()
    await desk.start(receipt)
    assert await desk.claim(receipt) is None


async def test_only_the_attempt_that_owns_a_task_ends_it(desk: Desk) -> None:
    receipt = await desk.chat()
    zombie = await desk.start(receipt)
    await desk.returns.lost([zombie.task])
    living = await desk.start(receipt)
    assert living.task.attempt == 2
    with pytest.raises(Fenced):
        await desk.line.renew(zombie.task)
    with pytest.raises(Fenced):
        await desk.complete(zombie, "the zombie's")
    await desk.complete(living, "the living's")
    with pytest.raises(Fenced):
        await desk.complete(living, "once more")
    async with desk.line.database.transaction() as tx:
        content = await tx.scalar(select(TurnRow.content).where(TurnRow.role == "assistant"))
    assert content == "the living's"


async def test_cancel_of_a_waiting_task_ends_it_and_lets_its_session_go_on(desk: Desk) -> None:
    session = await desk.session()
    first, second, third = [await desk.say(session) for _ in range(3)]
    running = await desk.start(first)
    assert await desk.claim(third) is None
    view = await desk.changes.cancel(second.task_id, owner="ann", by="ann")
    assert view.status == "cancelled"
    assert desk.written.closed[second.task_id].type == "task.cancelled"
    await desk.complete(running)
    assert await desk.claim(second) is None
    assert await desk.claim(third) is not None


async def test_cancel_of_a_running_task_is_a_flag_that_the_lease_tells(desk: Desk) -> None:
    running = await desk.start(await desk.chat())
    view = await desk.changes.cancel(running.task.id, owner="ann", by="ann")
    assert (view.status, view.cancel_requested) == ("running", True)
    assert desk.written.cancels == [running.task.id]
    assert await desk.line.renew(running.task) is True
    await desk.line.finish(running.task, Outcome("cancelled", "half an ans"), last_seq=3)
    again = await desk.changes.cancel(running.task.id, owner="ann", by="ann")
    assert again.status == "cancelled"


async def test_what_is_not_yours_is_not_there(desk: Desk) -> None:
    receipt = await desk.chat("ann")
    session = receipt.session_id
    assert session is not None
    with pytest.raises(NotFound):
        await desk.changes.cancel(receipt.task_id, owner="bob", by="bob")
    with pytest.raises(NotFound):
        await desk.say(session, owner="bob")
    with pytest.raises(NotFound):
        await desk.changes.delete_session(session, owner="bob")
    with pytest.raises(NotFound):
        await desk.changes.resume_session(session, owner="bob")
    with pytest.raises(NotFound):
        await desk.changes.cancel(uuid4(), owner="ann", by="ann")


async def test_the_queue_hides_from_others_what_it_is_about(desk: Desk) -> None:
    await desk.start(await desk.chat("ann"))
    await desk.chat("bob")
    queue = await desk.line.queue()
    seen = queue.view("bob", is_admin=False)
    assert [
        (item["mine"], item["owner"], item["summary"], item["title"], item["session_id"]) for item in seen["active"]
    ] == [(False, "ann", None, None, None)]
    assert seen["waiting"][0]["summary"] == "hello"
    assert queue.view("root", is_admin=True)["active"][0]["summary"] == "hello"


async def test_pausing_a_session_holds_its_messages_and_only_those(desk: Desk) -> None:
    session = await desk.session()
    first, second = await desk.say(session), await desk.say(session)
    other = await desk.chat()
    running = await desk.start(first)
    await desk.changes.cancel(first.task_id, owner="ann", by="ann", pause_session=True)
    await desk.line.finish(running.task, Outcome("cancelled"), last_seq=2)
    assert await desk.claim(second) is None
    assert (await desk.line.queue()).places[second.task_id].waits_for == "paused"
    assert await desk.claim(other) is not None
    desk.written.published.clear()
    await desk.changes.resume_session(session, owner="ann")
    assert desk.written.taken() == [second.task_id]
    assert await desk.claim(second) is not None


async def test_a_pause_ends_with_the_last_message_that_it_held_back(desk: Desk) -> None:
    session = await desk.session()
    first, second, third = [await desk.say(session) for _ in range(3)]
    running = await desk.start(first)
    await desk.changes.cancel(first.task_id, owner="ann", by="ann", pause_session=True)
    await desk.line.finish(running.task, Outcome("cancelled"), last_seq=2)
    await desk.changes.cancel(second.task_id, owner="ann", by="ann")
    assert await desk.claim(third) is None
    await desk.changes.cancel(third.task_id, owner="ann", by="ann")
    assert await desk.claim(await desk.say(session)) is not None


async def test_a_pause_stops_nothing_that_had_begun(desk: Desk) -> None:
    session = await desk.session()
    runs, first, second = [await desk.say(session) for _ in range(3)]
    running = await desk.start(runs)
    await desk.changes.cancel(first.task_id, owner="ann", by="ann", pause_session=True)
    await desk.returns.lost([running.task])
    places = (await desk.line.queue()).places
    assert [places[each.task_id].waits_for for each in (runs, second)] == [None, "paused"]
    await desk.changes.cancel(second.task_id, owner="ann", by="ann")
    another = await desk.say(session)
    await desk.complete(await desk.start(runs))
    assert await desk.claim(another) is not None


async def test_who_is_next_is_not_said_to_step_aside(open_desk: OpenDesk) -> None:
    desk: Desk = await open_desk(max_concurrent_chat_and_research=1, max_active_per_user=1)
    alone = [await desk.research("ann") for _ in range(2)]
    running = await desk.start(alone[0])
    assert (await desk.line.queue()).places[alone[1].task_id].waits_for is None
    anns, bobs = await desk.research("ann"), await desk.research("bob")
    await desk.complete(running)
    await desk.complete(await desk.start(bobs))
    later = await desk.research("bob")
    places = (await desk.line.queue()).places
    assert [places[each.task_id].waits_for for each in (alone[1], anns, later)] == [None, None, None]
    assert await desk.claim(later) is None
    assert await desk.claim(alone[1]) is not None


async def test_stop_with_nothing_behind_it_holds_nothing_back(desk: Desk) -> None:
    session = await desk.session()
    first = await desk.say(session)
    await desk.changes.cancel(first.task_id, owner="ann", by="ann", pause_session=True)
    later = await desk.say(session)
    await desk.changes.cancel(first.task_id, owner="ann", by="ann", pause_session=True)
    assert (await desk.line.queue()).places[later.task_id].waits_for is None


async def test_a_full_line_takes_nothing_more_and_says_when_to_come_back(open_desk: OpenDesk) -> None:
    desk: Desk = await open_desk(max_waiting=3, max_waiting_per_user=2, max_concurrent_chat_and_research=1)
    first = await desk.chat("ann")
    assert (await desk.line.queue()).size == 1
    await desk.chat("ann")
    await desk.start(first)
    await desk.chat("ann")
    with pytest.raises(LineFull) as mine:
        await desk.chat("ann")
    await desk.chat("bob")
    with pytest.raises(LineFull) as everybodys:
        await desk.chat("bob")
    assert mine.value.retry_after > 0
    assert everybodys.value.retry_after > 0
    assert (await desk.line.queue()).size == 3


async def test_an_owner_at_their_limit_steps_aside_only_while_others_wait(open_desk: OpenDesk) -> None:
    desk: Desk = await open_desk(max_active_per_user=1)
    anns = [await desk.research("ann") for _ in range(3)]
    bobs = await desk.chat("bob")
    await desk.start(anns[0])
    assert await desk.claim(anns[1]) is None
    assert (await desk.line.queue()).places[anns[1].task_id].waits_for == "owner_limit"
    bob_runs = await desk.start(bobs)
    await desk.complete(bob_runs)
    assert await desk.claim(anns[1]) is not None


async def test_who_has_had_their_slots_since_others_came_lets_those_go_first(open_desk: OpenDesk) -> None:
    desk: Desk = await open_desk(max_concurrent_chat_and_research=1, max_active_per_user=1)
    anns = [await desk.research("ann") for _ in range(3)]
    running = await desk.start(anns[0])
    bobs, anns_chat, bobs_second = [await desk.chat(owner) for owner in ("bob", "ann", "bob")]
    await desk.complete(running)
    places = (await desk.line.queue()).places
    assert [places[receipt.task_id].waits_for for receipt in (*anns[1:], anns_chat, bobs, bobs_second)] == [
        *("owner_limit", "owner_limit", "owner_limit"),
        *(None, None),
    ]
    order = []
    waiting = [*anns[1:], anns_chat, bobs, bobs_second]
    while waiting:
        for receipt in waiting:
            claimed = await desk.claim(receipt)
            if claimed is not None:
                await desk.complete(claimed)
                order.append(receipt)
        waiting = [receipt for receipt in waiting if receipt not in order]
    assert order == [bobs, anns[1], bobs_second, anns[2], anns_chat]


async def test_with_two_heaps_a_third_person_waits_for_one_task_of_each_at_most(open_desk: OpenDesk) -> None:
    desk: Desk = await open_desk(max_concurrent_chat_and_research=2, max_active_per_user=1)
    heaps = [await desk.research(owner) for _ in range(5) for owner in ("ann", "bob")]
    running = [await desk.start(heaps[0]), await desk.start(heaps[1])]
    cyds = await desk.chat("cyd")
    await desk.complete(running[0])
    assert await desk.claim(heaps[2]) is None
    assert await desk.claim(cyds) is not None


async def test_the_same_idempotency_key_gives_the_first_answer_again(desk: Desk) -> None:
    session = await desk.session()
    key = Idempotency("k", "hash of the body")
    sent = [desk.line.submit(Chat(session, "hello"), owner="ann", idempotency=key) for _ in range(5)]
    receipts = await asyncio.gather(*sent)
    assert len({receipt.task_id for receipt in receipts}) == 1
    assert [receipt.replayed for receipt in receipts].count(False) == 1
    with pytest.raises(InvalidInput, match="another request"):
        await desk.line.submit(Chat(session, "hello"), owner="ann", idempotency=Idempotency("k", "another"))
    other = await desk.line.submit(Ingest("a.md", "text/markdown", "00", b"# a"), owner="bob", idempotency=key)
    assert not other.replayed


async def test_a_replayed_upload_leaves_no_second_file(desk: Desk) -> None:
    key = Idempotency("k", "h")
    work = Ingest("a.md", "text/markdown", "00", b"# a")
    first = await desk.line.submit(work, owner="ann", idempotency=key)
    second = await desk.line.submit(work, owner="ann", idempotency=key)
    assert second.document_id == first.document_id
    async with desk.line.database.transaction() as tx:
        assert await tx.scalar(text("SELECT count(*) FROM documents")) == 1
        assert await tx.scalar(text("SELECT count(*) FROM document_files")) == 1


async def test_ingest_takes_no_slot(open_desk: OpenDesk) -> None:
    desk: Desk = await open_desk(max_concurrent_chat_and_research=1)
    documents = [await desk.line.submit(Ingest("a", "text/plain", "00", b"a"), owner="ann") for _ in range(3)]
    for receipt in documents:
        assert await desk.claim(receipt) is not None
    assert await desk.claim(await desk.chat()) is not None
    queue = (await desk.line.queue()).view("ann", is_admin=False)
    assert (len(queue["active"]), len(queue["ingest"]["active"])) == (1, 3)


async def test_of_a_long_line_its_front_and_ones_own_are_shown(desk: Desk) -> None:
    receipts = [await desk.chat(owner) for owner in ("bob", "bob", "bob", "ann", "bob", "ann")]
    state = await desk.line.queue()
    shown = state.view("ann", is_admin=False, first=2)
    assert [item["task_id"] for item in shown["waiting"]] == [receipts[n].task_id for n in (0, 1, 3, 5)]
    assert [item["position"] for item in shown["waiting"]] == [1, 2, 4, 6]
    assert shown["size"] == 6
    assert len(state.view("ann", is_admin=False)["waiting"]) == 6


async def test_deleting_a_session_hides_it_at_once_and_cancels_its_tasks(desk: Desk) -> None:
    session = await desk.session()
    first, second = await desk.say(session), await desk.say(session)
    running = await desk.start(first)
    await desk.changes.delete_session(session, owner="ann")
    assert desk.written.closed[second.task_id].type == "task.cancelled"
    assert desk.written.cancels == [first.task_id]
    with pytest.raises(NotFound):
        await desk.say(session)
    with pytest.raises(NotFound):
        await desk.changes.delete_session(session, owner="ann")
    for hidden in (first, second):
        with pytest.raises(NotFound):
            await desk.changes.cancel(hidden.task_id, owner="ann", by="ann")
        with pytest.raises(NotFound):
            await desk.changes.edit(hidden.task_id, owner="ann", field="content", words="other")
    assert (await desk.changes.cancel(first.task_id, owner=None, by="root")).cancel_requested
    await desk.line.finish(running.task, Outcome("cancelled"), last_seq=2)


async def test_deleting_a_long_session_does_not_wait_for_redis_again_and_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[UUID] = []

    async def away(_: Written, task_id: UUID, *_given: object, **_more: object) -> int:
        tried.append(task_id)
        raise Unavailable("Redis cannot be reached.")

    monkeypatch.setattr(Written, "close", away)
    session = await desk.session()
    receipts = [await desk.say(session) for _ in range(3 * TOLD_AT_ONCE)]
    await desk.changes.delete_session(session, owner="ann")
    assert len(tried) == len(set(tried)) == TOLD_AT_ONCE
    async with desk.line.database.transaction() as tx:
        assert await tx.scalar(text("SELECT count(*) FROM tasks WHERE status = 'cancelled'")) == len(receipts)


async def test_estimates_are_measured_and_unknown_without_a_measurement(desk: Desk) -> None:
    receipts = [await desk.chat() for _ in range(4)]
    running = [await desk.start(receipt) for receipt in receipts[:2]]
    places = (await desk.line.queue()).places
    assert [places[receipt.task_id].eta_s for receipt in receipts[2:]] == [None, None]
    for each in running:
        await desk.complete(each)
    async with desk.line.database.transaction() as tx:
        await tx.execute(
            text("UPDATE tasks SET started_at = finished_at - interval '8 seconds' WHERE status = 'completed'")
        )
    more = [await desk.chat() for _ in range(2)]
    for receipt in receipts[2:]:
        await desk.start(receipt)
    places = (await desk.line.queue()).places
    etas = [places[receipt.task_id].eta_s for receipt in more]
    assert all(eta is not None and 7 < eta <= 8 for eta in etas)


async def test_every_change_is_told_to_its_owner(desk: Desk) -> None:
    running = await desk.start(await desk.chat("ann"))
    await desk.complete(running)
    told = {event for owner, event in desk.written.news if owner == "ann"}
    assert told == {"task.changed", "session.changed"}
    assert ("", "queue.changed") in desk.written.news
    assert WORKER.node == running.task.worker_node
