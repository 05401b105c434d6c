"""API processes that are killed or told to stop: their clients go on at another one."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import suppress

import httpx2
import pytest

from local.commands import api
from streaming.events import Progress
from tests.integration.api.server import Server
from tests.integration.exact.cluster import Cluster, running_cluster
from tests.integration.streaming.door import Door
from tests.reader import Reader
from tests.services import Services

READERS = 12


@pytest.fixture
async def cluster(services: Services) -> AsyncIterator[Cluster]:
    """Two API processes for one test, which may end them."""
    async with running_cluster(services) as cluster:
        yield cluster


async def _first_then_any(cluster: Cluster, reader: Reader) -> Reader:
    """Connect to the first process, and when that ends the connection, to any."""
    with suppress(httpx2.TransportError):
        await reader.connect(cluster.urls[0])
    return await reader.run()


async def _begun(cluster: Cluster, readers: list[Reader]) -> "list[asyncio.Task[Reader]]":
    following = [asyncio.create_task(_first_then_any(cluster, reader)) for reader in readers]
    for reader in readers:
        await reader.begun.wait()
    return following


async def test_a_killed_process(cluster: Cluster) -> None:
    task_id = await cluster.waiting()
    kinds = [{"resume": resume, "seed": n} for n, resume in enumerate(("header", "query") * (READERS // 2))]
    following = await _begun(cluster, [cluster.reader(task_id, **each) for each in kinds])
    elsewhere = await cluster.follow(*(cluster.reader(task_id, at=1) for _ in range(3)))
    pen = await cluster.pen(task_id)
    for n in range(60):
        await pen.say(f"{n} ")
        if n == 25:
            cluster.servers[0].process.kill()
        await asyncio.sleep(0.002)
    await pen.end()
    readers = await cluster.assert_exact([*following, *elsewhere])
    assert all(reader.ids == list(range(1, 63)) for reader in readers)
    assert all(cluster.urls[1] in reader.connections for reader in readers)


async def test_a_stream_that_was_opened_while_redis_did_not_answer_is_told_too(services: Services) -> None:
    door = Door(services.redis_url)
    async with Server(services, REDIS_URL=await door.open()) as server:
        task_id = await server.message()
        async with server.stream(f"/stream/{task_id}") as before:
            assert (await before.next() or ("",))[0] == "queue.position"
            door.answers.clear()
            async with server.stream(f"/stream/{await server.message()}") as late:
                assert (await late.next() or ("",))[0] == "queue.position"
                server.process.send_signal(signal.SIGTERM)
                assert [event for event, _ in await late.rest()][-1] == "stream.closing"
            assert [event for event, _ in await before.rest()][-1] == "stream.closing"
        await asyncio.to_thread(server.process.wait, api(server.settings).grace)
    door.answers.set()
    await door.close()


async def test_a_process_that_is_told_to_stop_says_so_and_stops_in_time(cluster: Cluster) -> None:
    """Streams that are read, one that is not, of a waiting task and of a running one, and a feed."""
    task_id, behind = await cluster.waiting(), await cluster.waiting("the next one")
    kinds = [{"resume": resume, "seed": n} for n, resume in enumerate(("header", "query") * (READERS // 2))]
    readers = [cluster.reader(task_id, **each) for each in kinds]
    following = await _begun(cluster, readers)
    waiting = cluster.reader(behind)
    following += await _begun(cluster, [waiting])
    pen = await cluster.pen(task_id)
    await pen.say("It begins. ")
    stopped = cluster.reader(task_id)
    server = cluster.servers[0]
    async with stopped.open(cluster.urls[0]) as unread, server.stream("/events") as news:
        assert unread.status_code == 200
        assert (await news.next() or ("",))[0] == "queue.changed"
        for n in range(100):
            await pen.emit(Progress(step="read", label="y" * 60_000, done=n, total=100))
        server.process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(server.process.wait, api(server.settings).grace)
        events = [event for event, _ in await news.rest()]
    await pen.say("It ends.")
    await pen.end()
    second = await cluster.pen(behind)
    await second.say("Here too.")
    await second.end()
    await cluster.assert_exact(following)
    for reader in (*readers, waiting):
        assert "stream.closing" in [frame.event for frame in reader.unlogged]
        assert (reader.connections[0], reader.connections[-1]) == (cluster.urls[0], cluster.urls[1])
    assert events[-1] == "stream.closing"
    assert "Traceback" not in server.output()
    await cluster.assert_exact(await cluster.follow(cluster.reader(task_id, at=1)))
