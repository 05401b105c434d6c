"""What people are told about when their turn comes is near the truth: measured against the wait itself."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from tests.stack import Stack
from tests.upstream import Upstream

MEASURED_FIRST = 4
WAITING = 14
WORST_SHARE = 0.3


async def test_with_tasks_of_equal_length_estimates_miss_the_wait_by_less_than_a_third(
    stack: Stack, upstream: Upstream
) -> None:
    upstream.behave(tokens=16, rate=20)
    for _ in range(MEASURED_FIRST // 2):
        await _ask(stack, 2)
    receipts = await _ask(stack, WAITING)
    told = [(receipt["eta_s"], await _waited(stack, receipt["task_id"])) for receipt in receipts]
    told += await _told_on_the_way(stack)
    assert all(eta is not None for eta, _ in told)
    missed = sum(abs(eta - waited) for eta, waited in told) / len(told)
    mean_wait = sum(waited for _, waited in told) / len(told)
    assert missed <= WORST_SHARE * mean_wait, [(round(eta, 2), round(waited, 2)) for eta, waited in told]


async def _ask(stack: Stack, count: int) -> list[dict[str, Any]]:
    """Messages in sessions of their own, one after the other; returns their receipts when all have ended."""
    receipts = [await stack.say(await stack.new_session(), "how long?") for _ in range(count)]
    await asyncio.gather(*(stack.follow(receipt["task_id"]) for receipt in receipts))
    return receipts


async def _told_on_the_way(stack: Stack) -> list[tuple[float, float]]:
    """What `/queue` tells of a second line while it moves, against what is then true."""
    receipts = [await stack.say(await stack.new_session(), "and now?") for _ in range(8)]
    told: list[tuple[datetime, str, float]] = []
    while True:
        queue = await stack.queue()
        now = datetime.now(tz=UTC)
        told += [(now, item["task_id"], item["eta_s"]) for item in queue["waiting"]]
        if not queue["waiting"]:
            break
        await asyncio.sleep(0.25)
    await asyncio.gather(*(stack.follow(receipt["task_id"]) for receipt in receipts))
    starts = {r["task_id"]: datetime.fromisoformat((await stack.task(r["task_id"]))["started_at"]) for r in receipts}
    return [(eta, max(0.0, (starts[task] - now).total_seconds())) for now, task, eta in told]


async def _waited(stack: Stack, task_id: str) -> float:
    task = await stack.task(task_id)
    return (datetime.fromisoformat(task["started_at"]) - datetime.fromisoformat(task["created_at"])).total_seconds()
