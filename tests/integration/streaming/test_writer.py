"""A worker's pen: what a later attempt writes continues what clients have, whatever the log still knows of it."""

import asyncio
from contextlib import suppress
from typing import Any
from uuid import uuid4

from db.models import TaskRow
from streaming.events import Completed, Delta, Reset, Started
from streaming.fold import Folded
from tasks.writer import Writer
from tests.integration.streaming.conftest import Attempt, Streams


class Owned:
    """A line that always says: the task is yours."""

    async def renew(self, task: TaskRow, **values: object) -> bool:
        return False


async def test_a_later_attempt_gives_no_id_again_that_the_log_forgot(streams: Streams) -> None:
    """Redis may come back without its last second, from the same power failure that ended the worker."""
    attempt = Attempt(streams)
    await attempt.begin()
    await attempt.write("a")
    # A client has seen the ids up to 9; the log has two events, and the database knows that none above 1000 was given.
    following = asyncio.create_task(streams.collect(attempt.task_id, after=9))
    await streams.subscribers(attempt.task_id, 1)
    task = TaskRow(id=attempt.task_id, attempt=2, checkpoint_seq=1000, checkpoint_text="a b", checkpoint_citations=[])
    line: Any = Owned()
    writer = Writer(streams.log, line, task, log_max_bytes=1_000_000)
    for event in (Started(model=None, waited_ms=1), Reset(keep=0, reason="again"), Delta(text="anew")):
        writer.emit(event)
    writing = asyncio.create_task(writer.run())
    await writer.drain(10)
    result = {"turn": {"content": "anew", "citations": []}}
    last = await streams.log.close(task.id, Completed(result=result), attempt=2, floor=1000, written=writer.written)
    writing.cancel()
    with suppress(asyncio.CancelledError):
        await writing
    events = await following
    assert [(kind, data["seq"]) for kind, data in events] == [
        ("stream.snapshot", 1001),
        ("task.started", 1002),
        ("task.reset", 1003),
        ("task.delta", 1004),
        ("task.completed", last),
    ]
    assert (events[0][1]["text"], last) == ("a b", 1005)


async def test_an_answer_larger_than_its_log_may_be_is_folded_seldom_and_arrives_whole(streams: Streams) -> None:
    task = TaskRow(id=uuid4(), attempt=1, checkpoint_seq=0, checkpoint_text="")
    following = [asyncio.create_task(streams.collect(task.id)) for _ in range(3)]
    await streams.subscribers(task.id, 3)
    line: Any = Owned()
    writer = Writer(streams.log, line, task, log_max_bytes=16_384)
    writing = asyncio.create_task(writer.run())
    largest = 0
    for n in range(600):
        writer.emit(Delta(text=f"{n} {'x' * 200}\n"))
        await writer.drain(10)
        largest = max(largest, await streams.redis.memory_usage(streams.keys.log(task.id), samples=0) or 0)
    text = writer.folded.text
    result = {"turn": {"content": text, "citations": []}}
    late = asyncio.create_task(streams.collect(task.id))
    await streams.log.close(task.id, Completed(result=result), attempt=1, floor=writer.last_id, written=writer.written)
    writing.cancel()
    with suppress(asyncio.CancelledError):
        await writing
    assert largest < 4 * len(text)
    for events in await asyncio.gather(*following, late):
        folded = Folded()
        for kind, data in events:
            assert data["seq"] == folded.last + 1 or kind == "stream.snapshot"
            folded.apply(kind, data)
        assert folded.text == text
    snapshots = [kind for kind, _ in following[0].result()].count("stream.snapshot")
    assert 1 <= snapshots <= 6  # each at twice the size of the one before
