"""One person's heap of work delays others by one task at most, and documents can be counted in."""

import asyncio
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.acceptance.conftest import RunStack
from tests.stack import Stack, until
from tests.upstream import Upstream

ANN, BOB = {"X-Forwarded-User": "ann"}, {"X-Forwarded-User": "bob"}
HEAP = 20


async def _starts(stack: Stack) -> list[dict[str, Any]]:
    """All tasks that have started, first start first."""
    query = "SELECT id::text, created_at, started_at, finished_at FROM tasks WHERE attempt > 0 ORDER BY started_at"
    with psycopg.connect(stack.settings.database_url or "", row_factory=dict_row) as connection:
        return connection.execute(query).fetchall()


async def _bobs_chat(stack: Stack) -> str:
    session = await stack.call("POST", "/sessions", json={}, headers=BOB, expect=201)
    path = f"/sessions/{session['id']}/messages"
    return str((await stack.call("POST", path, json={"content": "hello"}, headers=BOB, expect=202))["task_id"])


@pytest.mark.parametrize("limit", [1, 2])
async def test_twenty_waiting_researches_delay_anothers_chat_by_one_task_at_most(
    run_stack: RunStack, upstream: Upstream, limit: int
) -> None:
    upstream.behave(tokens=6, rate=20)
    settings = {"MAX_CONCURRENT_CHAT_AND_RESEARCH": str(limit), "MAX_ACTIVE_PER_USER": "1", "AUTH_MODE": "proxy"}
    async with run_stack(**settings) as stack:
        topics = [{"topic": f"topic {number}"} for number in range(HEAP)]
        sent = [stack.call("POST", "/research", json=topic, headers=ANN, expect=202) for topic in topics]
        anns = {receipt["task_id"] for receipt in await asyncio.gather(*sent)}
        await until(lambda: _started(stack, limit))
        for _ in range(3):
            chat = await _bobs_chat(stack)
            await until(lambda: _has_started(stack, chat), seconds=60)  # noqa: B023
            starts = await _starts(stack)
            bobs = next(task for task in starts if task["id"] == chat)
            between = [task for task in starts if bobs["created_at"] < task["started_at"] < bobs["started_at"]]
            assert len(between) <= 1, f"{len(between)} of ann's {len(anns)} started after bob's chat had come"
            assert len(starts) < HEAP, "the heap was gone before"


async def test_documents_that_take_slots_are_never_more_than_the_limit_together_with_chat(
    run_stack: RunStack, upstream: Upstream
) -> None:
    upstream.behave(tokens=6, rate=20)
    async with run_stack(MAX_CONCURRENT_CHAT_AND_RESEARCH="1", INGEST_TAKES_SLOT="1") as stack:
        tasks: list[str] = []
        for number in range(4):
            files = {"file": (f"notes-{number}.md", f"# Notes\n\nNumber {number}.".encode(), "text/markdown")}
            receipt = await stack.call("POST", "/documents", files=files, expect=202)
            assert receipt["position"] is not None
            tasks.append(receipt["task_id"])
            tasks.append((await stack.say(await stack.new_session(), f"question {number}"))["task_id"])
        while any([(await stack.task(task))["status"] in ("queued", "running") for task in tasks]):
            queue = await stack.queue()
            assert len(queue["active"]) <= 1
            assert queue["ingest"]["active"] == queue["ingest"]["waiting"] == []
            assert [item["position"] for item in queue["waiting"]] == list(range(1, queue["size"] + 1))
        assert {(await stack.task(task))["status"] for task in tasks} == {"completed"}
        ran = await _starts(stack)
        assert [task["id"] for task in ran] == tasks
        assert all(one["finished_at"] <= other["started_at"] for one, other in pairwise(ran))


async def _started(stack: Stack, count: int) -> bool:
    return len(await _starts(stack)) >= count


async def _has_started(stack: Stack, task_id: str) -> bool:
    return any(task["id"] == task_id for task in await _starts(stack))
