"""Several messages of one session, sent at once while the line is full, are answered in order."""

import asyncio

from tests.acceptance.conftest import RunStack
from tests.stack import Stack
from tests.upstream import Upstream

MESSAGES = 4


async def test_messages_sent_at_once_are_answered_in_order_each_seeing_the_earlier_answers(
    stack: Stack, upstream: Upstream
) -> None:
    upstream.behave(rate=60)
    others = [await stack.say(await stack.new_session(), f"another person {n}") for n in range(3)]
    session = await stack.new_session()
    receipts = await asyncio.gather(*(stack.say(session, f"message {n}") for n in range(MESSAGES)))
    await asyncio.gather(*(stack.follow(each["task_id"]) for each in (*others, *receipts)))

    turns = await stack.turns(session)
    assert [turn["turn_index"] for turn in turns] == list(range(2 * MESSAGES))
    assert [turn["role"] for turn in turns] == ["user", "assistant"] * MESSAGES
    assert {turn["status"] for turn in turns} == {"completed"}
    assert sorted(turn["content"] for turn in turns[::2]) == [f"message {n}" for n in range(MESSAGES)]
    by_index = {receipt["turn_index"]: receipt["task_id"] for receipt in receipts}
    assert [turn["task_id"] for turn in turns[::2]] == [by_index[index] for index in range(0, 2 * MESSAGES, 2)]

    asked = {exchange.body["messages"][-1]["content"]: exchange.body["messages"] for exchange in upstream.log.exchanges}
    for place in range(MESSAGES):
        before = [turn["content"] for turn in turns[: 2 * place + 1]]
        seen = [message["content"] for message in asked[turns[2 * place]["content"]] if message["role"] != "system"]
        assert seen == before
    starts = [(await stack.task(turn["task_id"]))["started_at"] for turn in turns[1::2]]
    ends = [(await stack.task(turn["task_id"]))["finished_at"] for turn in turns[1::2]]
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))


async def test_a_session_that_waits_for_itself_holds_no_slot(run_stack: RunStack, upstream: Upstream) -> None:
    upstream.behave(delay=600)
    async with run_stack() as stack:
        first = await stack.new_session()
        running = await stack.say(first, "one")
        behind = [await stack.say(first, "two"), await stack.say(first, "three")]
        await stack.status_becomes(running["task_id"], "running")
        other = await stack.say(await stack.new_session(), "somebody else")
        await stack.status_becomes(other["task_id"], "running")
        waiting = (await stack.queue())["waiting"]
        assert [item["task_id"] for item in waiting] == [each["task_id"] for each in behind]
        assert [item["waits_for"] for item in waiting] == ["session", "session"]
