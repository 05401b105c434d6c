"""A slot is freed by completion, failure and cancel alike, and the next task starts by itself."""

import pytest

from tests.acceptance.conftest import RunStack
from tests.stack import Stack, until
from tests.upstream import Upstream


@pytest.mark.parametrize("how", ["completed", "failed", "cancelled"])
async def test_the_next_task_starts_by_itself(run_stack: RunStack, upstream: Upstream, how: str) -> None:
    upstream.behave(delay=600)
    match how:
        case "completed":
            upstream.behave_next(tokens=3)
        case "failed":
            upstream.behave_next(tokens=10, cut_after=3)
        case _:
            upstream.behave_next(tokens=10, stall_after=3)
    async with run_stack(MAX_CONCURRENT_CHAT_AND_RESEARCH="1") as stack:
        first = await stack.say(await stack.new_session(), "the first")
        second = await stack.say(await stack.new_session(), "the second")
        if how == "cancelled":
            await _until_text(stack, first["task_id"])
            await stack.call("POST", f"/tasks/{first['task_id']}/cancel", json={}, expect=202)
        ended = await stack.status_becomes(first["task_id"], "completed", "failed", "cancelled")
        assert ended["status"] == how
        await stack.status_becomes(second["task_id"], "running")
        await until(lambda: _open(upstream))
        assert upstream.log.max_open == 1
        turn = (await stack.turns(first["session_id"]))[1]
        assert (turn["status"], bool(turn["content"])) == (how, True)
        assert (await stack.follow(first["task_id"]))[-1][0] == f"task.{how}"


async def test_a_cancelled_waiting_task_never_starts(run_stack: RunStack, upstream: Upstream) -> None:
    upstream.behave(delay=600)
    async with run_stack(MAX_CONCURRENT_CHAT_AND_RESEARCH="1") as stack:
        first = await stack.say(await stack.new_session(), "the first")
        second = await stack.say(await stack.new_session(), "the second")
        third = await stack.say(await stack.new_session(), "the third")
        await until(lambda: _open(upstream))
        final = await stack.call("POST", f"/tasks/{second['task_id']}/cancel", json={}, expect=200)
        assert final["status"] == "cancelled"
        assert [item["task_id"] for item in (await stack.queue())["waiting"]] == [third["task_id"]]
        await stack.call("POST", f"/tasks/{first['task_id']}/cancel", json={}, expect=202)
        await stack.status_becomes(third["task_id"], "running")
        assert [event for event, _ in await stack.follow(second["task_id"])] == ["task.cancelled"]
        again = await stack.call("POST", f"/tasks/{second['task_id']}/cancel", json={}, expect=200)
        assert again["status"] == "cancelled"


async def _until_text(stack: Stack, task_id: str) -> None:
    async for event, _ in stack.events(task_id):
        if event == "task.delta":
            return


async def _open(upstream: Upstream) -> bool:
    return upstream.log.open == 1
