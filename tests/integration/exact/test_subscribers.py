"""Subscribers of every kind, at two API processes: each gets every event once, and the bytes of the database."""

import asyncio
from itertools import product

import pytest

from streaming.events import Citation, Delta, Progress
from tests.integration.exact.cluster import Cluster, Pen
from tests.reader import Reader

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOTH = (0, 1)
KINDS = [{"at": at, "snapshot": snapshot} for at, snapshot in product(BOTH, (False, True))]


async def test_early_late_after_the_end_and_after_expiry_from_any_cursor(cluster: Cluster) -> None:
    task_id = await cluster.waiting()
    early = await cluster.follow(
        *(
            cluster.reader(task_id, at=at, snapshot=snapshot)
            for at, snapshot in product(BOTH, (False, True))
            for _ in range(5)
        )
    )
    pen = await cluster.pen(task_id)
    first = early[0]
    late = []
    for n in range(40):
        await pen.say(f"{n} 水🌊\n")
        if n % 8 == 3:
            await pen.emit(Delta(text="hm", channel="reasoning"))
            await pen.emit(Progress(step="read", label=str(n), done=n, total=40))
            await pen.emit(Citation(n=1 + n // 8, title="source", passage=str(n)))
            late += await cluster.follow(*(cluster.reader(task_id, **each) for each in KINDS))
    await pen.end()
    readers = await cluster.assert_exact([*early, *late])
    frames, last = first.result().frames, first.result().ids[-1]
    assert first.result().ids == list(range(1, last + 1))
    assert all(reader.ids == list(range(1, last + 1)) for reader in readers if reader.snapshots == 0)

    async def again(after: int, *, expired: bool) -> None:
        for at, resume in ((after % 2, "header"), (1 - after % 2, "query")):
            snapshot = after % 3 == 0
            reader = cluster.reader(task_id, at=at, given=frames[:after], resume=resume, snapshot=snapshot)
            assert await reader.connect(cluster.urls[at]) == (204 if after == last else 200)
            if after < last:
                await reader.assert_exact(cluster.services.database_url)
            if not expired and (after > 0 or not snapshot):
                assert reader.frames == frames
            if expired and after < last - 1:
                assert reader.ids[after:] == [last - 1, last]

    await asyncio.gather(*(again(after, expired=False) for after in range(last + 1)))
    await cluster.redis.delete(cluster.core.keys.log(task_id), cluster.core.keys.meta(task_id))
    await asyncio.gather(*(again(after, expired=True) for after in range(0, last + 1, 5)))
    for after in (last - 1, last):
        await again(after, expired=True)


async def test_a_task_that_was_cancelled_while_it_waited_ends_for_everybody(cluster: Cluster) -> None:
    task_id = await cluster.waiting()
    early = await cluster.follow(*(cluster.reader(task_id, **each) for each in KINDS))
    await cluster.servers[1].http.post(f"/tasks/{task_id}/cancel")
    late = await cluster.follow(*(cluster.reader(task_id, **each) for each in KINDS))
    readers = await cluster.assert_exact([*early, *late])
    assert all(reader.ids == [1] for reader in readers)
    await cluster.redis.delete(cluster.core.keys.log(task_id), cluster.core.keys.meta(task_id))
    await cluster.assert_exact(await cluster.follow(*(cluster.reader(task_id, **each) for each in KINDS)))


async def test_pub_sub_connections_that_are_killed_all_the_time(cluster: Cluster) -> None:
    task_id = await cluster.waiting()
    following = await cluster.follow(*(cluster.reader(task_id, at=at) for at in BOTH for _ in range(10)))
    pen = await cluster.pen(task_id)
    for n in range(300):
        await pen.say(f"{n} ")
        if n % 12 == 0:
            await cluster.redis.client_kill_filter(_type="pubsub")
        await asyncio.sleep(0.001)
    await pen.end()
    readers = await cluster.assert_exact(following)
    assert all(reader.ids == list(range(1, 303)) for reader in readers)
    assert all(len(reader.connections) == 1 for reader in readers)


async def test_readers_that_drop_all_the_time_and_go_on_at_any_process(cluster: Cluster) -> None:
    task_id = await cluster.waiting()
    kinds = list(product(("header", "query"), (False, True), (1, 2, 5, 13)))
    following = await cluster.follow(
        *(
            cluster.reader(task_id, resume=resume, snapshot=snapshot, patience=patience, seed=seed)
            for seed, (resume, snapshot, patience) in enumerate(kinds)
        )
    )
    pen = await cluster.pen(task_id)
    for n in range(150):
        await pen.say(f"{n} ")
    await pen.end()
    readers = await cluster.assert_exact(following)
    assert any(set(reader.connections) == set(cluster.urls) for reader in readers)
    assert all(reader.ids == list(range(reader.ids[0], 153)) for reader in readers)


async def test_readers_that_stop_reading_hold_nobody_up_and_miss_nothing(cluster: Cluster) -> None:
    """More is written than the connections' buffers, a subscriber's queue and a whole log take."""
    task_id = await cluster.waiting()
    pen = await cluster.pen(task_id)
    await pen.say("It begins. ")
    written = asyncio.Event()

    async def stop_for_a_while(reader: Reader, url: str) -> Reader:
        async with reader.open(url) as response:
            assert response.status_code == 200
            reader.begun.set()
            await written.wait()
            await reader.read(response)
        return reader

    slow = [(cluster.reader(task_id, **each), cluster.urls[each["at"]]) for each in KINDS]
    stopped = [asyncio.create_task(stop_for_a_while(*each)) for each in slow]
    for reader, _ in slow:
        await reader.begun.wait()
    quick = await cluster.follow(*(cluster.reader(task_id, at=at) for at in BOTH))
    for n in range(900):
        await pen.emit(Progress(step="read", label="x" * 8_000, done=n, total=900))
        if n % 50 == 0:
            await pen.say(f"{n} ")
    await pen.end()
    await cluster.assert_exact(quick)
    assert not any(each.done() for each in stopped)
    written.set()
    await cluster.assert_exact(stopped)


async def test_many_at_once_on_one_task_and_on_many(cluster: Cluster) -> None:
    tasks = [await cluster.waiting(str(n)) for n in range(5)]
    following = await cluster.follow(*(cluster.reader(task, at=at) for task in tasks for at in BOTH for _ in range(4)))
    following += await cluster.follow(*(cluster.reader(tasks[0], at=at) for at in BOTH for _ in range(30)))

    pens = [await cluster.pen(task_id) for task_id in tasks]

    async def write(pen: Pen) -> None:
        for n in range(25):
            await pen.say(f"{n} of {pen.task_id} ")
        await pen.end("failed" if pen is pens[1] else "completed")

    await asyncio.gather(*map(write, pens))
    await cluster.assert_exact(following)
