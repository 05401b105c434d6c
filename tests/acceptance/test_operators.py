"""Operators change the line live, and ending a task in Flower ends it properly."""

import asyncio

import pytest
from celery import Celery

from tests.acceptance.conftest import RunStack
from tests.services import Services
from tests.stack import Stack, until
from tests.upstream import Upstream


async def test_the_limit_is_raised_and_lowered_without_a_restart(stack: Stack, upstream: Upstream) -> None:
    upstream.behave(delay=600)
    receipts = [await stack.say(await stack.new_session(), f"question {n}") for n in range(6)]
    await until(lambda: _open(upstream, 2))
    changed = await stack.call("POST", "/admin/line", json={"limit": 4}, expect=200)
    assert changed == {"limit": 4, "paused": False}
    await until(lambda: _open(upstream, 4))
    await stack.call("POST", "/admin/line", json={"limit": 3}, expect=200)
    for receipt in receipts[:2]:
        await stack.call("POST", f"/tasks/{receipt['task_id']}/cancel", json={}, expect=202)
        await stack.status_becomes(receipt["task_id"], "cancelled")
    await until(lambda: _open(upstream, 3))
    assert (await stack.queue())["limit"] == 3
    await stack.call("POST", "/admin/line", json={"paused": True}, expect=200)
    await stack.call("POST", f"/tasks/{receipts[2]['task_id']}/cancel", json={}, expect=202)
    await stack.status_becomes(receipts[2]["task_id"], "cancelled")
    queue = await stack.queue()
    assert (queue["paused"], len(queue["active"]), len(queue["waiting"])) == (True, 2, 1)
    assert queue["waiting"][0]["waits_for"] == "paused"
    await stack.call("POST", "/admin/line", json={"paused": False}, expect=200)
    await until(lambda: _open(upstream, 3))
    assert upstream.log.max_open == 4


@pytest.mark.parametrize("terminate", [False, True])
async def test_revoking_in_flower_cancels_what_waits_and_terminating_what_runs(
    run_stack: RunStack, services: Services, upstream: Upstream, terminate: bool
) -> None:
    upstream.behave(delay=600)
    async with run_stack(MAX_CONCURRENT_CHAT_AND_RESEARCH="1") as stack:
        running = await stack.say(await stack.new_session(), "one")
        await until(lambda: _open(upstream, 1))
        waiting = await stack.say(await stack.new_session(), "two")
        last = await stack.say(await stack.new_session(), "three")
        chosen = running if terminate else waiting
        following = asyncio.create_task(stack.follow(chosen["task_id"]))
        control = Celery("operator", broker=services.broker_url).control
        await asyncio.to_thread(control.revoke, chosen["task_id"], terminate=terminate)
        events = await following
        assert (events[-1][0], events[-1][1]["by"]) == ("task.cancelled", "operator")
        other = waiting if terminate else running
        await stack.http.post(f"/tasks/{other['task_id']}/cancel", json={})
        await stack.status_becomes(last["task_id"], "running")
        await until(lambda: _open(upstream, 1))
        assert upstream.log.max_open == 1


async def _open(upstream: Upstream, count: int) -> bool:
    return upstream.log.open == count
