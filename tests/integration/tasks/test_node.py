"""A worker's heartbeat, whatever else does not answer."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from types import SimpleNamespace

import pytest

import tasks.node
from db import Database
from db.line import configure_line
from db.models import WorkerRow
from tasks.node import Node
from tests.services import Services
from tests.stack import until

NAME = "interactive@test"


class Frozen:
    """Celery's control while Redis is frozen: a broadcast comes back when it is let go, and then fails."""

    def __init__(self) -> None:
        self.asked: list[dict[str, int]] = []
        self.let_go = threading.Event()

    def broadcast(self, command: str, *, arguments: dict[str, int], destination: list[str]) -> None:
        assert (command, destination) == ("grow_pool", [NAME])
        self.asked.append(arguments)
        self.let_go.wait(20)
        raise ConnectionError("Redis is frozen")


@pytest.fixture
def control(services: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[Frozen]:
    for name, value in services.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(tasks.node, "HEARTBEAT_SECONDS", 0.05)
    control = Frozen()
    yield control
    control.let_go.set()


def _started(control: Frozen) -> Node:
    pool = SimpleNamespace(num_processes=2, _pool=SimpleNamespace(_waiting_to_start=[], _pool=[]))
    queues = SimpleNamespace(consume_from={"interactive": None})
    app = SimpleNamespace(amqp=SimpleNamespace(queues=queues), control=control)
    return Node(SimpleNamespace(hostname=NAME, app=app, pool=pool))


async def test_the_node_beats_on_while_nobody_takes_the_word_to_grow(
    control: Frozen, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async def beats_after(earlier: datetime | None) -> datetime | None:
        async with database.transaction() as tx:
            row = await tx.get(WorkerRow, NAME)
        return row.heartbeat_at if row and row.heartbeat_at != earlier else None

    async with database.transaction() as tx:
        await configure_line(tx, 5)
    node, beat = _started(control), None
    try:
        for _ in range(4):
            beat = await until(partial(beats_after, beat))
        assert control.asked == [{"limit": 5}], "one at the most is outstanding"
        with caplog.at_level(logging.ERROR):
            control.let_go.set()
            await until(lambda: asyncio.sleep(0, len(control.asked) > 1))
        assert any(record.exc_info and record.exc_info[0] is ConnectionError for record in caplog.records)
    finally:
        await asyncio.wrap_future(node.submit(node.leave()))
        node.loop.call_soon_threadsafe(node.loop.stop)
        await until(lambda: asyncio.sleep(0, not node.loop.is_running()))
        node.loop.close()
