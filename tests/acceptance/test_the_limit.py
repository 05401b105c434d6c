"""Never more than the limit of chat and research tasks run; the others wait, without an error."""

import asyncio

import pytest

from tests.acceptance.conftest import RunStack
from tests.stack import Stack, until
from tests.upstream import Upstream


async def _submit_five_chats_and_a_research(stack: Stack) -> list[str]:
    sessions = [await stack.new_session() for _ in range(5)]
    chats = [await stack.say(session, f"question {n}") for n, session in enumerate(sessions)]
    research = await stack.call("POST", "/research", json={"topic": "sluices"}, expect=202)
    return [receipt["task_id"] for receipt in (*chats, research)]


@pytest.mark.parametrize("limit", [2, 3])
async def test_never_more_than_the_limit_run_and_nobody_gets_a_429(
    run_stack: RunStack, upstream: Upstream, limit: int
) -> None:
    upstream.behave(tokens=15, rate=30)
    async with run_stack(MAX_CONCURRENT_CHAT_AND_RESEARCH=str(limit)) as stack:
        tasks = await _submit_five_chats_and_a_research(stack)
        await until(lambda: _open(upstream, limit))
        running_at_once = 0
        while any([(await stack.task(task))["status"] in ("queued", "running") for task in tasks]):
            queue = await stack.queue()
            assert queue["limit"] == limit
            running_at_once = max(running_at_once, len(queue["active"]))
            await asyncio.sleep(0.05)
        assert running_at_once == limit
        assert upstream.log.max_open == limit
        assert {(await stack.task(task))["status"] for task in tasks} == {"completed"}


async def test_the_queue_shows_what_runs_and_what_waits_in_order(stack: Stack, upstream: Upstream) -> None:
    upstream.behave(delay=600)
    tasks = await _submit_five_chats_and_a_research(stack)
    await until(lambda: _open(upstream, 2))
    queue = await stack.queue()
    assert [item["task_id"] for item in queue["active"]] == tasks[:2]
    assert [item["task_id"] for item in queue["waiting"]] == tasks[2:]
    assert [item["position"] for item in queue["waiting"]] == [1, 2, 3, 4]
    assert [item["kind"] for item in queue["waiting"]] == ["chat", "chat", "chat", "research"]
    assert all(item["mine"] and item["summary"] for item in queue["waiting"])
    assert (await stack.task(tasks[3]))["position"] == 2


async def _open(upstream: Upstream, expected: int) -> bool:
    return upstream.log.open == expected
