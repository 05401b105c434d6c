"""How running tasks come back to the line, on a real database."""

from tests.integration.scheduling.conftest import Desk, OpenDesk


async def test_a_lost_task_goes_to_the_front_and_fails_after_the_last_attempt(open_desk: OpenDesk) -> None:
    desk: Desk = await open_desk(max_attempts=2, max_concurrent_chat_and_research=1)
    receipt, other = await desk.chat(), await desk.chat()
    await desk.returns.lost([(await desk.start(receipt)).task])
    assert desk.written.published[-1].front
    assert await desk.claim(other) is None
    await desk.returns.lost([(await desk.start(receipt)).task])
    event = desk.written.closed[receipt.task_id]
    assert event.type == "task.failed"
    assert event.error["code"] == "worker_lost"  # type: ignore[union-attr]
    assert await desk.claim(other) is not None


async def test_handing_back_in_good_order_costs_no_attempt(open_desk: OpenDesk) -> None:
    desk: Desk = await open_desk(max_attempts=1)
    receipt = await desk.chat()
    for attempt in (1, 2, 3):
        claimed = await desk.start(receipt)
        assert claimed.task.attempt == attempt
        await desk.returns.hand_back(claimed.task)
    await desk.complete(await desk.start(receipt))


async def test_a_lost_task_with_a_cancel_requested_ends_cancelled(desk: Desk) -> None:
    running = await desk.start(await desk.chat())
    await desk.line.renew(running.task, checkpoint_text="half an ans")
    await desk.changes.cancel(running.task.id, owner="ann", by="ann")
    await desk.returns.lost([running.task])
    event = desk.written.closed[running.task.id]
    assert event.type == "task.cancelled"
    assert event.result["turn"]["content"] == "half an ans"  # type: ignore[union-attr,index]


async def test_a_lost_task_keeps_its_turn(open_desk: OpenDesk) -> None:
    desk: Desk = await open_desk(max_concurrent_chat_and_research=1, max_active_per_user=1)
    first, second = await desk.chat("ann"), await desk.chat("ann")
    await desk.complete(await desk.start(first))
    lost = await desk.start(second)
    bobs = await desk.chat("bob")
    await desk.returns.lost([lost.task])
    assert await desk.claim(bobs) is None
    assert await desk.claim(second) is not None
