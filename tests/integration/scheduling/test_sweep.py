"""What the sweep finds and puts right."""

import asyncio
from typing import NoReturn

import pytest
from sqlalchemy import text

from db import Database
from db.line import lock_line
from db.models import TaskRow
from db.passing import RESERVED_IDS
from errors import Unavailable
from scheduling.sweep import Sweep
from scheduling.work import Ingest, Outcome
from tests.integration.scheduling.conftest import Desk, OpenDesk


def _sweep(desk: Desk, *, gone: bool = True) -> Sweep:
    return Sweep(desk.line, terminate=lambda _: gone)


async def _run(desk: Desk, statement: str) -> None:
    async with desk.line.database.transaction() as tx:
        await tx.execute(text(statement))


async def _task(desk: Desk, task_id: object) -> TaskRow:
    async with desk.line.database.transaction() as tx:
        task = await tx.get(TaskRow, task_id)
    assert task is not None
    return task


EXPIRE = "UPDATE tasks SET lease_expires_at = now() - interval '1 second' WHERE status = 'running'"
AGE = "UPDATE tasks SET woken_at = now() - interval '5 seconds' WHERE status = 'queued'"


async def test_a_healthy_line_is_left_alone(desk: Desk) -> None:
    running = await desk.start(await desk.chat())
    await desk.chat()
    desk.written.published.clear()
    await _sweep(desk).once()
    assert desk.written.published == []
    assert (await _task(desk, running.task.id)).status == "running"


async def test_a_task_whose_lease_expired_is_given_on(desk: Desk) -> None:
    running = await desk.start(await desk.chat())
    await _run(desk, EXPIRE)
    desk.written.published.clear()
    await _sweep(desk).once()
    assert [(w.task_id, w.front) for w in desk.written.published] == [(running.task.id, True)]
    assert (await _task(desk, running.task.id)).status == "queued"


async def test_nobody_waits_for_the_lease_of_a_process_that_is_gone(desk: Desk) -> None:
    dead, living = [await desk.start(await desk.chat()) for _ in range(2)]
    desk.written.published.clear()
    await Sweep(desk.line, terminate=lambda _: False, is_gone=lambda task: task.id == dead.task.id).once()
    assert [(w.task_id, w.front) for w in desk.written.published] == [(dead.task.id, True)]
    assert (await _task(desk, dead.task.id)).losses == 1
    assert (await _task(desk, living.task.id)).status == "running"


async def test_a_frozen_process_keeps_its_slot_until_it_is_gone(desk: Desk) -> None:
    running = await desk.start(await desk.chat())
    await _run(desk, EXPIRE)
    await _sweep(desk, gone=False).once()
    assert (await _task(desk, running.task.id)).status == "running"


@pytest.mark.parametrize("why", ["it slept", "the database was away"])
async def test_after_a_gap_all_leases_are_extended_once_instead_of_killing_the_healthy(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    running = await desk.start(await desk.chat())
    sweep = _sweep(desk)
    if why == "it slept":
        sweep._last -= 60
    else:
        with monkeypatch.context() as patch:
            patch.setattr(desk.line.database, "transaction", _away)
            for _ in range(3):
                with pytest.raises(Unavailable):
                    await sweep.once()
    await _run(desk, EXPIRE)
    await sweep.once()
    assert (await _task(desk, running.task.id)).status == "running"
    await _run(desk, EXPIRE)
    await sweep.once()
    assert (await _task(desk, running.task.id)).status == "queued"


def _away() -> NoReturn:
    raise Unavailable("The database cannot be reached.")


async def test_messages_that_were_lost_are_published_again_in_ticket_order(desk: Desk) -> None:
    receipts = [await desk.chat() for _ in range(4)]
    desk.written.published.clear()
    await _sweep(desk).once()
    assert desk.written.published == []
    await _run(desk, AGE)
    desk.written.lying = {receipts[1].task_id}
    await _sweep(desk).once()
    assert [(w.task_id, w.front) for w in desk.written.published] == [
        (receipts[0].task_id, True),
        (receipts[2].task_id, False),
        (receipts[3].task_id, False),
    ]


async def test_nothing_is_published_again_while_every_slot_is_taken_or_the_queue_cannot_be_read(
    open_desk: OpenDesk,
) -> None:
    desk: Desk = await open_desk(max_concurrent_chat_and_research=1)
    running = await desk.start(await desk.chat())
    await desk.chat()
    await _run(desk, AGE)
    desk.written.published.clear()
    await _sweep(desk).once()
    assert desk.written.published == []
    await desk.complete(running)
    await _run(desk, AGE)
    desk.written.published.clear()
    desk.written.lying = None
    await _sweep(desk).once()
    assert desk.written.published == []


async def test_what_waits_for_its_session_hides_no_lost_message_behind_it(desk: Desk) -> None:
    session = await desk.session()
    await desk.start(await desk.say(session))
    behind = [await desk.say(session) for _ in range(3)]
    other = await desk.chat()
    await _run(desk, AGE)
    desk.written.published.clear()
    await _sweep(desk).once()
    assert [(w.task_id, w.front) for w in desk.written.published] == [
        *((receipt.task_id, False) for receipt in behind),
        (other.task_id, True),
    ]


async def test_a_lost_ingest_message_is_published_again(desk: Desk) -> None:
    receipt = await desk.line.submit(Ingest("a", "text/plain", "00", b"a"), owner="ann")
    await _run(desk, AGE)
    desk.written.published.clear()
    await _sweep(desk).once()
    assert desk.written.taken() == [receipt.task_id]


async def test_a_parked_task_that_nobody_woke_is_woken(desk: Desk) -> None:
    receipt = await desk.chat()
    await _run(desk, "UPDATE tasks SET parked = 'limit'")
    desk.written.published.clear()
    await _sweep(desk).once()
    assert desk.written.taken() == [receipt.task_id]


async def test_an_ended_task_whose_stream_was_not_closed_gets_its_terminal_event(desk: Desk) -> None:
    running = await desk.start(await desk.chat())
    await desk.line.finish(running.task, Outcome("completed", "an answer"), last_seq=5)
    await _run(desk, "UPDATE tasks SET terminal_seq = NULL, finished_at = now() - interval '5 seconds'")
    desk.written.closed.clear()
    await _sweep(desk).once()
    event = desk.written.closed[running.task.id]
    assert event.result["turn"]["content"] == "an answer"  # type: ignore[index]
    assert (await _task(desk, running.task.id)).terminal_seq == RESERVED_IDS + 1


async def test_a_deleted_session_is_purged_after_its_last_task_has_ended(desk: Desk) -> None:
    session = await desk.session()
    running = await desk.start(await desk.say(session))
    await desk.say(session)
    await desk.changes.delete_session(session, owner="ann")
    await _sweep(desk).once()
    assert await _count(desk, "sessions") == 1
    await desk.line.finish(running.task, Outcome("cancelled"), last_seq=2)
    await _sweep(desk).once()
    assert [await _count(desk, table) for table in ("sessions", "turns", "tasks")] == [0, 0, 0]


async def _count(desk: Desk, table: str) -> int:
    async with desk.line.database.transaction() as tx:
        return int(await tx.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


async def test_a_process_that_went_on_to_another_task_is_not_killed_for_the_earlier(open_desk: OpenDesk) -> None:
    desk: Desk = await open_desk()
    earlier, later = await desk.start(await desk.chat()), await desk.start(await desk.chat())
    await _run(desk, f"{EXPIRE} AND id = '{earlier.task.id}'")
    killed: list[object] = []
    await Sweep(desk.line, terminate=lambda task: killed.append(task.id) is None).once()
    assert killed == []
    assert (await _task(desk, earlier.task.id)).status == "queued"
    assert (await _task(desk, later.task.id)).status == "running"


async def test_a_frozen_process_of_two_tasks_keeps_both_until_it_is_gone(open_desk: OpenDesk) -> None:
    """It renewed the one a moment later than the other, so one lease ends first."""
    desk: Desk = await open_desk()
    first, second = await desk.start(await desk.chat()), await desk.start(await desk.chat())
    await _run(desk, f"{EXPIRE} AND id = '{first.task.id}'")
    still = "UPDATE tasks SET lease_expires_at = clock_timestamp() + interval '1 second'"
    await _run(desk, f"{still} WHERE id = '{second.task.id}'")
    killed: list[object] = []
    sweep = Sweep(desk.line, terminate=lambda task: killed.append(task.id) is None)
    await sweep.once()
    assert killed == []
    assert (await _task(desk, first.task.id)).status == "running"
    await _run(desk, EXPIRE)
    await sweep.once()
    assert set(killed) == {first.task.id, second.task.id}
    assert (await _task(desk, first.task.id)).status == "queued"


async def test_a_lease_that_is_renewed_in_the_last_moment_is_kept(desk: Desk) -> None:
    running = await desk.start(await desk.chat())
    await _run(desk, EXPIRE)
    await desk.line.renew(running.task)
    await desk.returns.lost([running.task], if_expired=True)
    assert (await _task(desk, running.task.id)).status == "running"


async def test_a_slow_pass_is_no_gap(desk: Desk) -> None:
    running = await desk.start(await desk.chat())
    sweep = _sweep(desk)
    await sweep.once()
    await _run(desk, EXPIRE)
    sweep._terminate = lambda _: bool(setattr(sweep, "_last", sweep._last - 60))  # the step takes a minute
    await sweep.once()
    sweep._terminate = lambda _: True
    await sweep.once()
    assert (await _task(desk, running.task.id)).status == "queued"


async def test_a_step_that_fails_keeps_no_other_from_its_work(desk: Desk) -> None:
    first, second = await desk.start(await desk.chat()), await desk.chat()
    await _run(desk, EXPIRE)
    await _run(desk, AGE)
    desk.written.published.clear()

    def fail(task: TaskRow) -> bool:
        raise PermissionError(task.id)

    await Sweep(desk.line, terminate=fail).once()
    assert second.task_id in desk.written.taken()
    assert (await _task(desk, first.task.id)).status == "running"


async def test_a_client_that_freezes_with_the_lines_lock_stops_nobody_for_long(desk: Desk) -> None:
    receipt = await desk.chat()
    frozen = Database(desk.line.settings)
    stuck = frozen.transaction()
    tx = await stuck.__aenter__()
    await lock_line(tx)
    async with asyncio.timeout(30):
        assert await desk.claim(receipt) is not None
    with pytest.raises(Unavailable):
        await stuck.__aexit__(None, None, None)
    await frozen.close()


async def test_whose_turn_it_is_once_an_ended_task_is_purged_is_woken_in_the_same_pass(open_desk: OpenDesk) -> None:
    desk: Desk = await open_desk(max_concurrent_chat_and_research=1, max_active_per_user=1)
    session = await desk.session("ann")
    running = await desk.start(await desk.say(session))
    anns, bobs = await desk.chat("ann"), await desk.chat("bob")
    assert await desk.claim(anns) is None  # parked
    await desk.complete(running)
    assert await desk.claim(anns) is None  # after her task it is bob's turn
    await desk.changes.delete_session(session, owner="ann")
    desk.written.published.clear()
    await _sweep(desk).once()
    assert [w.task_id for w in desk.written.published if w.front] == [anns.task_id]
    assert await desk.claim(bobs) is None
    assert await desk.claim(anns) is not None
