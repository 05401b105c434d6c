"""Logs that are trimmed, folded or lost, and attempts that die: every subscriber ends with what was committed."""

import asyncio
from itertools import product

import pytest

from tests.integration.exact.cluster import Cluster
from tests.reader import Reader

pytestmark = pytest.mark.asyncio(loop_scope="module")

KINDS = [{"at": at, "snapshot": snapshot} for at, snapshot in product((0, 1), (False, True))]


async def _at_every_cursor(cluster: Cluster, known: Reader, **options: object) -> "list[asyncio.Task[Reader]]":
    """Readers that have seen something of what `known` has."""
    given = [known.frames[:count] for count in range(0, len(known.frames), 3)]
    readers = [
        Reader(cluster.http, cluster.urls, known.frames[0].data["task_id"], given=each, seed=seed, **options)  # type: ignore[arg-type]
        for seed, each in enumerate(given)
    ]
    return await cluster.follow(*readers)


async def _lose(cluster: Cluster, task_id: object, how: str) -> None:
    keys = cluster.core.keys
    log = keys.log(task_id)  # type: ignore[arg-type]
    if how == "beginning":
        await cluster.redis.xtrim(log, minid="9-0", approximate=False)
    elif how == "most":
        await cluster.redis.xtrim(log, maxlen=1, approximate=False)
    elif how == "events":
        await cluster.redis.delete(log)
    elif how == "everything":
        await cluster.redis.flushdb()
    else:
        raise AssertionError(how)


LOSSES = ("beginning", "most", "events", "everything")


@pytest.mark.parametrize("how", LOSSES)
async def test_a_loss_in_the_middle(cluster: Cluster, how: str) -> None:
    task_id = await cluster.waiting()
    following = await cluster.follow(*(cluster.reader(task_id, **each) for each in KINDS))
    pen = await cluster.pen(task_id)
    for n in range(20):
        await pen.say(f"{n} ")
    known = await _seen(following[0], 21, cluster, task_id)
    await _lose(cluster, task_id, how)
    following += await cluster.follow(*(cluster.reader(task_id, **each) for each in KINDS))
    following += await _at_every_cursor(cluster, known)
    following += await _at_every_cursor(cluster, known, resume="query", snapshot=True)
    for n in range(10):
        await pen.say(f"and {n} ")
    following += await cluster.follow(*(cluster.reader(task_id, **each) for each in KINDS))
    await pen.end()
    following += await _at_every_cursor(cluster, known)
    readers = await cluster.assert_exact(following)
    snapshots = [reader.snapshots for reader in readers[: len(KINDS)]]
    assert snapshots[::2] == [1, 1], snapshots
    # who asked for what is there in one event may have had one before, when it was looked up after the first words
    assert {*snapshots[1::2]} <= {1, 2}, snapshots


@pytest.mark.parametrize("how", LOSSES)
async def test_a_loss_right_before_the_end_and_after_it(cluster: Cluster, how: str) -> None:
    task_id = await cluster.waiting()
    following = await cluster.follow(*(cluster.reader(task_id, **each) for each in KINDS))
    pen = await cluster.pen(task_id)
    for n in range(20):
        await pen.say(f"{n} ")
    known = await _seen(following[0], 21, cluster, task_id)
    await _lose(cluster, task_id, how)
    following += await _at_every_cursor(cluster, known)
    await pen.end()
    following += await _at_every_cursor(cluster, known)
    await cluster.assert_exact(following)
    await _lose(cluster, task_id, how)
    await cluster.assert_exact(await _at_every_cursor(cluster, known))
    await cluster.assert_exact(await cluster.follow(*(cluster.reader(task_id, **each) for each in KINDS)))


async def test_a_loss_while_it_waits(cluster: Cluster) -> None:
    task_id = await cluster.waiting()
    following = await cluster.follow(*(cluster.reader(task_id, **each) for each in KINDS))
    await cluster.redis.flushdb()
    pen = await cluster.pen(task_id)
    await pen.say("It begins, ", "and ends.")
    await pen.end()
    readers = await cluster.assert_exact(following)
    assert all(reader.ids[-1] == 4 for reader in readers)


async def test_a_log_that_reaches_its_size_again_and_again(cluster: Cluster) -> None:
    task_id = await cluster.waiting()
    following = await cluster.follow(*(cluster.reader(task_id, **each) for each in KINDS))
    pen = await cluster.pen(task_id, log_max_bytes=16_384)
    log = cluster.core.keys.log(task_id)
    for n in range(300):
        await pen.say(f"{n} {'水' * 50}\n")
        if n % 60 == 30:
            known = await _seen(following[0], None, cluster, task_id)
            following += await _at_every_cursor(cluster, known)
            following += await cluster.follow(*(cluster.reader(task_id, **each) for each in KINDS))
    entries = await cluster.redis.xrange(log)
    assert sum(len(fields[b"f"]) for _, fields in entries) < 2.2 * len(pen.writer.folded.text.encode())
    await pen.end()
    following += await cluster.follow(*(cluster.reader(task_id, **each) for each in KINDS))
    await cluster.assert_exact(following)


@pytest.mark.parametrize("how", ["nothing", "everything"])
async def test_attempts_that_die(cluster: Cluster, how: str) -> None:
    task_id = await cluster.waiting()
    following = await cluster.follow(*(cluster.reader(task_id, **each) for each in KINDS))
    for attempt in (1, 2, 3):
        pen = await cluster.pen(task_id)
        for n in range(12):
            await pen.say(f"{n} of {attempt}, ")
        known = await _seen(following[0], None, cluster, task_id)
        following += await _at_every_cursor(cluster, known)
        if attempt < 3:
            if how == "everything":
                await cluster.redis.flushdb()
            await pen.die()
            following += await cluster.follow(*(cluster.reader(task_id, **each) for each in KINDS))
    await pen.end()
    readers = await cluster.assert_exact(following)
    assert all(reader.folded.attempt == 3 for reader in readers)
    assert (readers[0].snapshots == 0) == (how == "nothing")


async def _seen(following: "asyncio.Task[Reader]", count: int | None, cluster: Cluster, task_id: object) -> Reader:
    """A reader with the events that there are now, `count` of them."""
    log = cluster.core.keys.log(task_id)  # type: ignore[arg-type]
    [(newest, _)] = await cluster.redis.xrevrange(log, count=1)
    wanted = int(newest.split(b"-")[0])
    known = cluster.reader(task_id)  # type: ignore[arg-type]
    async with asyncio.timeout(20):
        async with known.open(cluster.urls[0]) as response:
            reading = asyncio.create_task(known.read(response))
            while known.folded.last < wanted:
                await asyncio.sleep(0.005)
            reading.cancel()
    assert count is None or len(known.frames) == count
    return known
