"""An attempt that dies while it takes a damaged log over leaves nothing behind that the next one would believe."""

import asyncio
import os
from contextlib import suppress
from typing import Any
from uuid import UUID

import psycopg
import pytest

from scheduling.returns import Returns
from scheduling.work import WorkerIdentity
from tasks.writer import Writer
from tests.integration.exact.cluster import Cluster, Pen
from tests.reader import Reader

pytestmark = pytest.mark.asyncio(loop_scope="module")

SAID = 20
KEPT = 16
ANOTHER_RUN = "UPDATE tasks SET log_epoch = 'the run before' WHERE id = %s"


class _Log:
    """The real log, but nothing ever begins it anew."""

    def __init__(self, log: Any) -> None:
        self._log = log
        self.reached = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    async def rewrite(self, *_: Any) -> None:
        self.reached.set()
        await asyncio.Event().wait()


async def _told(cluster: Cluster, task_id: UUID) -> "tuple[Pen, asyncio.Task[Reader]]":
    """A first attempt, which died, and a reader that has seen the whole of it."""
    reader = cluster.reader(task_id)
    [following] = await cluster.follow(reader)
    pen = await cluster.pen(task_id)
    await pen.say(*(f"{n} " for n in range(SAID)))
    async with asyncio.timeout(20):
        while reader.folded.last < SAID + 1:
            await asyncio.sleep(0.01)
    await pen.stop()
    return pen, following


async def _restart_without_the_end(cluster: Cluster, task_id: UUID) -> None:
    """The log as another run of Redis has it that lost the last second of the one before."""
    log, meta = cluster.core.keys.log(task_id), cluster.core.keys.meta(task_id)
    kept = (await cluster.redis.xrange(log))[:KEPT]
    await cluster.redis.delete(log)
    for identity, fields in kept:
        await cluster.redis.xadd(log, fields, id=identity)
    await cluster.redis.hset(meta, "last", str(KEPT))
    async with await psycopg.AsyncConnection.connect(cluster.services.database_url, autocommit=True) as connection:
        await connection.execute(ANOTHER_RUN, (task_id,))


async def _take_over_and_die(cluster: Cluster, task_id: UUID) -> None:
    """The next attempt ends right before it would begin the log anew."""
    claimed = await cluster.core.line.claim(task_id, WorkerIdentity("test@host", "host", os.getpid(), 1.0))
    assert claimed is not None
    log = _Log(cluster.core.log)
    writing = asyncio.create_task(
        Writer(log, cluster.core.line, claimed.task, log_max_bytes=4 << 20).run()  # type: ignore[arg-type]
    )
    async with asyncio.timeout(20):
        await log.reached.wait()
    writing.cancel()
    with suppress(asyncio.CancelledError):
        await writing
    await Returns(cluster.core.line).lost([claimed.task])


async def _lost(cluster: Cluster, task_id: UUID, what: str) -> "asyncio.Task[Reader]":
    pen, following = await _told(cluster, task_id)
    if what == "everything":
        await cluster.redis.flushdb()
    else:
        await _restart_without_the_end(cluster, task_id)
    await Returns(cluster.core.line).lost([pen._task])
    await _take_over_and_die(cluster, task_id)
    return following


@pytest.mark.parametrize("what", ["the end", "everything"])
@pytest.mark.parametrize("more", [1, 10])
async def test_the_next_attempt_tells_everything_to_everybody(cluster: Cluster, what: str, more: int) -> None:
    task_id = await cluster.waiting()
    following = await _lost(cluster, task_id, what)
    pen: Pen = await cluster.pen(task_id)
    late = cluster.reader(task_id)
    [coming] = await cluster.follow(late)
    await pen.say(*(f"new {n} " for n in range(more)))
    async with asyncio.timeout(20):
        while late.folded.text != pen.writer.folded.text:
            await asyncio.sleep(0.01)
    await pen.end()
    await cluster.assert_exact([following, coming])


@pytest.mark.parametrize("what", ["the end", "everything"])
async def test_a_cancel_while_it_waits_again_is_told_to_everybody(cluster: Cluster, what: str) -> None:
    task_id = await cluster.waiting()
    following = await _lost(cluster, task_id, what)
    answer = await cluster.http.post(f"{cluster.urls[0]}/tasks/{task_id}/cancel", json={})
    assert answer.status_code == 200
    await cluster.assert_exact([following])
