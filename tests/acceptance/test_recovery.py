"""An accepted task survives whatever dies, runs its effects once, and its stream goes on."""

import asyncio
import signal

import psutil
import pytest
import redis.asyncio as redis

from streaming.fold import Folded
from tests.acceptance.conftest import RunStack
from tests.services import Services
from tests.stack import Event, Stack, until
from tests.upstream import Upstream

WORKER = "worker-interactive"


async def _running_with_text(stack: Stack) -> tuple[dict[str, str], "asyncio.Task[list[Event]]"]:
    """A chat that has begun to write, and somebody who follows it."""
    receipt = await stack.say(await stack.new_session(), "a question")
    following = asyncio.create_task(stack.follow(receipt["task_id"]))
    async for event, _ in stack.events(receipt["task_id"]):
        if event == "task.delta":
            break
    return receipt, following


def _pool_process(stack: Stack) -> psutil.Process:
    """The pool process that has a model connection open."""
    children = psutil.Process(stack.processes[WORKER].pid).children()
    port = int(stack.settings.llm_base_url.rsplit(":", 1)[1].split("/")[0])
    for child in children:
        if any(c.raddr and c.raddr.port == port and c.status == "ESTABLISHED" for c in child.net_connections()):
            return child
    raise AssertionError("no pool process talks to the model")


async def _assert_whole(stack: Stack, receipt: dict[str, str], events: list[Event], *, attempts: int) -> None:
    """What the follower folded is what the database holds, ids in order, once each."""
    task = await stack.task(receipt["task_id"])
    assert (task["status"], task["attempt"]) == ("completed", attempts)
    folded = Folded()
    for event, data in events:
        if event != "queue.position":
            if event != "stream.snapshot":
                assert data["seq"] == folded.last + 1
            assert data["seq"] > folded.last
            folded.apply(event, data)
    turn = (await stack.turns(receipt["session_id"]))[1]
    assert folded.text == turn["content"]
    assert folded.terminal is not None
    assert folded.terminal[1]["result"]["turn"] == turn


async def test_a_killed_pool_process(stack: Stack) -> None:
    receipt, following = await _running_with_text(stack)
    _pool_process(stack).kill()
    events = await following
    await _assert_whole(stack, receipt, events, attempts=2)
    kinds = [event for event, _ in events]
    assert "task.reset" in kinds
    assert "stream.snapshot" not in kinds  # nothing was lost, so no id is skipped


async def test_a_killed_worker_that_is_started_again(stack: Stack) -> None:
    receipt, following = await _running_with_text(stack)
    stack.kill_group(WORKER)
    stack.start(WORKER)
    await _assert_whole(stack, receipt, await following, attempts=2)


async def test_a_worker_that_stops_in_good_order_hands_its_tasks_back(stack: Stack, upstream: Upstream) -> None:
    receipt, following = await _running_with_text(stack)
    await stack.stop(WORKER, seconds=5)
    assert upstream.log.open == 0
    task = await stack.task(receipt["task_id"])
    assert task["status"] == "queued"
    stack.start(WORKER)
    await _assert_whole(stack, receipt, await following, attempts=2)


async def test_a_frozen_pool_process_is_ended_before_its_task_is_given_on(stack: Stack, upstream: Upstream) -> None:
    receipt, following = await _running_with_text(stack)
    frozen = _pool_process(stack)
    frozen.suspend()
    await _assert_whole(stack, receipt, await following, attempts=2)
    assert not frozen.is_running() or frozen.status() == psutil.STATUS_ZOMBIE
    assert upstream.log.max_open == 1


@pytest.mark.parametrize("lost", ["while it waits", "while it runs"])
async def test_redis_that_loses_everything(
    run_stack: RunStack, services: Services, upstream: Upstream, lost: str
) -> None:
    async with run_stack(MAX_CONCURRENT_CHAT_AND_RESEARCH="1") as stack:
        receipt, following = await _running_with_text(stack)
        waiting = await stack.say(await stack.new_session(), "the next one")
        follow_waiting = asyncio.create_task(stack.follow(waiting["task_id"]))
        if lost == "while it waits":
            await _empty(services.broker_url)
        else:
            await _empty(services.redis_url)
            await _empty(services.broker_url)
        events = await following
        await _assert_whole(stack, receipt, events, attempts=1)
        assert ("stream.snapshot" in [event for event, _ in events]) == (lost == "while it runs")
        await _assert_whole(stack, waiting, await follow_waiting, attempts=1)


async def test_a_killed_api_process_costs_its_clients_a_new_connection_and_no_event(stack: Stack) -> None:
    receipt, following = await _running_with_text(stack)
    stack.kill_group("api")
    with pytest.raises(Exception, match=r"peer closed|disconnect|incomplete"):
        await following
    stack.start("api")
    await stack.ready()
    await _assert_whole(stack, receipt, await stack.follow(receipt["task_id"]), attempts=1)


async def test_every_message_delivered_twice(stack: Stack, services: Services, upstream: Upstream) -> None:
    upstream.behave(tokens=5, rate=20)
    sessions = [await stack.new_session() for _ in range(4)]
    broker = redis.Redis.from_url(services.broker_url)
    stack.signal(WORKER, signal.SIGSTOP)
    receipts = [await stack.say(session, "a question") for session in sessions]
    for name in ("interactive", "interactive\x06\x166"):
        for message in await broker.lrange(name, 0, -1):
            await broker.lpush(name, message)
    stack.signal(WORKER, signal.SIGCONT)
    await broker.aclose()
    for receipt in receipts:
        await _assert_whole(stack, receipt, await stack.follow(receipt["task_id"]), attempts=1)
    assert upstream.log.total == len(receipts)


async def test_a_task_whose_worker_dies_every_time_fails_and_says_so(run_stack: RunStack) -> None:
    async with run_stack(MAX_ATTEMPTS="2") as stack:
        receipt, following = await _running_with_text(stack)
        for attempt in (1, 2):
            await until(lambda: _attempt_writes(stack, receipt["task_id"], attempt))  # noqa: B023
            _pool_process(stack).kill()
        events = await following
        assert events[-1][0] == "task.failed"
        assert events[-1][1]["error"]["code"] == "worker_lost"
        assert (await stack.task(receipt["task_id"]))["status"] == "failed"


async def _attempt_writes(stack: Stack, task_id: str, attempt: int) -> bool:
    task = await stack.task(task_id)
    if (task["status"], task["attempt"]) != ("running", attempt):
        return False
    async for event, data in stack.events(task_id):
        if event == "task.delta" and data["attempt"] == attempt:
            return True
    return False


async def _empty(url: str) -> None:
    client = redis.Redis.from_url(url)
    await client.flushdb()
    await client.aclose()
