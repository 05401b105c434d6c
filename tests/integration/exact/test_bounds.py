"""What streams may take: so many for a process and a person, and nothing is left of those that ended."""

import asyncio
import socket
import struct
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

import psutil
import pytest

from tests.integration.exact.cluster import Cluster, running_cluster
from tests.services import Services
from tests.stack import until

STREAMS = 40
REDIS_CONNECTIONS = 6
"""Of one API process: pub/sub, and what reads, says and asks at the same time at most."""


async def _opened(stack: AsyncExitStack, cluster: Cluster, path: str, user: str, *, at: int = 0) -> tuple[int, str]:
    """Try to open a stream and keep it; the status, and the code of the problem."""
    call = cluster.http.stream("GET", cluster.urls[at] + path, headers={"X-Forwarded-User": user})
    response = await stack.enter_async_context(call)
    if response.status_code == 200:
        return 200, ""
    await response.aread()
    assert int(response.headers["Retry-After"]) > 0
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, response.json()["code"]


@pytest.mark.parametrize("path", ["/events", "/stream"])
async def test_so_many_for_a_person_and_for_a_process(services: Services, path: str) -> None:
    async with running_cluster(services, AUTH_MODE="proxy", MAX_STREAMS_PER_USER="3", MAX_STREAMS="5") as cluster:
        paths = {
            user: path if path == "/events" else f"/stream/{await _task(cluster, user)}" for user in ("ann", "bob")
        }
        async with AsyncExitStack() as many:
            opened = [_opened(many, cluster, paths["ann"], "ann") for _ in range(8)]
            answers = await asyncio.gather(*opened)
            assert sorted(answers) == [(200, "")] * 3 + [(503, "too_many_streams")] * 5
            assert (await _opened(many, cluster, paths["ann"], "ann", at=1))[0] == 200
            for status in (200, 200, 503):
                assert (await _opened(many, cluster, paths["bob"], "bob"))[0] == status
        async with AsyncExitStack() as again:
            await until(lambda: _opens(again, cluster, paths["ann"]))


async def _opens(stack: AsyncExitStack, cluster: Cluster, path: str) -> bool:
    return (await _opened(stack, cluster, path, "ann"))[0] == 200


async def _task(cluster: Cluster, user: str) -> str:
    headers = {"X-Forwarded-User": user}
    session = (await cluster.http.post(f"{cluster.urls[0]}/sessions", json={}, headers=headers)).json()["id"]
    url = f"{cluster.urls[0]}/sessions/{session}/messages"
    return str((await cluster.http.post(url, json={"content": "x"}, headers=headers)).json()["task_id"])


async def test_sockets_and_redis_connections_are_as_many_after_as_before(services: Services) -> None:
    async with running_cluster(services) as cluster:
        task_id = await cluster.waiting()
        # Fill the pools of connections; streams share what they ask the database and Redis.
        await asyncio.gather(*(cluster.http.get(f"{url}/sessions") for url in cluster.urls for _ in range(STREAMS)))
        for path in (f"/stream/{task_id}", "/events"):
            await _crowd(cluster, path)
        before = await until(lambda: _settled(cluster), seconds=60)
        pen = await cluster.pen(task_id)
        following = await cluster.follow(*(cluster.reader(task_id, at=at) for at in (0, 1) for _ in range(STREAMS)))
        for n in range(20):
            await pen.say(f"{n} ")
            await _crowd(cluster, "/events" if n % 2 else f"/stream/{task_id}", count=4)
        during = _counts(cluster)
        await pen.end()
        await cluster.assert_exact(following)
        assert all(to_redis <= REDIS_CONNECTIONS for _, to_redis in during)
        await until(lambda: _is(cluster, before), seconds=60)
        channels = await cluster.redis.pubsub_channels()
        assert [each for each in channels if not each.endswith(b":queue")] == []


async def _crowd(cluster: Cluster, path: str, count: int = STREAMS) -> None:
    """Clients that read a little and vanish, by a reset."""
    for url in cluster.urls:
        parts = urlsplit(url)
        sockets = [await asyncio.open_connection(parts.hostname, parts.port) for _ in range(count)]
        for _, writer in sockets:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
        for reader, writer in sockets:
            assert (await reader.readuntil(b"\r\n")).split()[1] == b"200"
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()


def _counts(cluster: Cluster) -> list[tuple[int, int]]:
    """Open files that are no connections to Redis, and those, of each API process."""
    port = urlsplit(cluster.services.redis_url).port
    counts = []
    for server in cluster.servers:
        process = psutil.Process(server.process.pid)
        to_redis = sum(bool(each.raddr) and each.raddr.port == port for each in process.net_connections())
        counts.append((process.num_fds() - to_redis, to_redis))
    return counts


async def _settled(cluster: Cluster) -> list[tuple[int, int]] | None:
    """The counts, when no stream is open."""
    for url in cluster.urls:
        lines = (await cluster.http.get(f"{url}/metrics")).text.splitlines()
        if "sluice_open_streams 0.0" not in lines:
            return None
    return _counts(cluster)


async def _is(cluster: Cluster, before: list[tuple[int, int]]) -> bool:
    counts = await _settled(cluster)
    if counts is None or any(to_redis > REDIS_CONNECTIONS for _, to_redis in counts):
        return False
    return all(files <= earlier for (files, _), (earlier, _) in zip(counts, before, strict=True))
