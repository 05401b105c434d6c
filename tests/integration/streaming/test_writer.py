"""A worker's pen: what a later attempt writes continues what clients have, whatever the log still knows of it."""

import asyncio
from contextlib import suppress
from typing import Any

from db.models import TaskRow
from streaming.events import Completed, Delta, Reset, Started
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
