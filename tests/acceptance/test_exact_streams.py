"""Streams of real workers at two API processes end with the database's bytes, whoever dies in the last moment."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import psycopg
import pytest
import redis.asyncio as redis

from tests.acceptance.conftest import RunStack
from tests.reader import Reader
from tests.services import Services
from tests.stack import Stack, until
from tests.upstream import Upstream

WORKER = "worker-interactive"


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx2.AsyncClient(limits=limits, timeout=httpx2.Timeout(60, pool=None)) as http:
        yield http


async def _followed(stack: Stack, http: httpx2.AsyncClient) -> tuple[str, "list[asyncio.Task[Reader]]"]:
    receipt = await stack.say(await stack.new_session(), "a question")
    task_id = str(receipt["task_id"])
    readers = [Reader(http, [url], task_id, snapshot=snapshot) for url in stack.addresses for snapshot in (False, True)]
    following = [asyncio.create_task(reader.run()) for reader in readers]
    for reader in readers:
        await reader.begun.wait()
    return task_id, following


async def _assert_exact(services: Services, following: "list[asyncio.Task[Reader]]") -> list[Reader]:
    readers = await asyncio.gather(*following)
    for reader in readers:
        await reader.assert_exact(services.database_url)
    return readers


async def _row(services: Services, task_id: str) -> tuple[str, int | None]:
    async with await psycopg.AsyncConnection.connect(services.database_url) as connection:
        found = await connection.execute("SELECT status, terminal_seq FROM tasks WHERE id = %s", (task_id,))
        [row] = await found.fetchall()
    return row[0], row[1]


async def test_a_worker_killed_between_the_commit_and_the_terminal_event(
    run_stack: RunStack, services: Services, http: httpx2.AsyncClient, upstream: Upstream
) -> None:
    upstream.behave(tokens=15, rate=60)
    async with run_stack(apis=2) as stack:
        good = stack.commands[WORKER]
        await stack.stop(WORKER)
        stack.commands[WORKER] = replace(
            good, argv=(good.argv[0], "-m", "tests.acceptance.dying_worker", *good.argv[3:])
        )
        stack.start(WORKER)
        async with http.stream("GET", f"{stack.addresses[1]}/events") as page:
            task_id, following = await _followed(stack, http)
            await until(lambda: _is_dead(stack), seconds=60)
            assert (await _row(services, task_id))[0] == "completed"
            told = f'"task_id":"{task_id}","kind":"chat","status":"completed"'
            async with asyncio.timeout(60):
                async for line in page.aiter_lines():
                    if told in line:
                        break
        readers = await _assert_exact(services, following)
        assert {reader.ids[-1] for reader in readers} == {(await _row(services, task_id))[1]}
        late = [Reader(http, [url], task_id) for url in stack.addresses]
        await _assert_exact(services, [asyncio.create_task(reader.run()) for reader in late])
        stack.commands[WORKER] = good
        stack.start(WORKER)
        _, following = await _followed(stack, http)
        await _assert_exact(services, following)


async def test_redis_loses_everything_and_a_process_stops_in_the_middle(
    run_stack: RunStack, services: Services, http: httpx2.AsyncClient
) -> None:
    async with run_stack(apis=2) as stack:
        task_id, following = await _followed(stack, http)
        anywhere = Reader(http, stack.addresses, task_id, resume="query", patience=3)
        following.append(asyncio.create_task(anywhere.run()))
        await until(lambda: _has(anywhere, 4), seconds=60)
        for url in (services.redis_url, services.broker_url):
            async with redis.Redis.from_url(url) as client:
                await client.flushdb()
        await until(lambda: _has(anywhere, 8), seconds=60)
        await stack.stop("api-2", seconds=stack.commands["api-2"].grace)
        stack.start("api-2")
        readers = await _assert_exact(services, following)
        assert all(reader.snapshots for reader in readers)


async def _is_dead(stack: Stack) -> bool:
    return stack.processes[WORKER].poll() is not None


async def _has(reader: Reader, count: int) -> bool:
    return len(reader.frames) >= count
