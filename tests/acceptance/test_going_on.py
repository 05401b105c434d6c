"""A worker stops or dies in the middle of an answer, and the next one goes on from what is written."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import redis.asyncio as redis

from streaming.fold import Folded
from tests.acceptance.conftest import RunStack
from tests.services import Services
from tests.stack import Event, Stack, until
from tests.upstream import Exchange, Upstream

WORKER = "worker-interactive"
WHOLE = (
    "A sluice gate 🌊 holds back water [1], 水位 stays as it is. It is greased every spring by its keeper, who is paid"
    " for it [2].\n\n- When water rises 🌊🌊, it opens [1].\n- When water falls, it closes, and the keeper goes home."
)
BEGUN = WHOLE[:60]
SLUICES = "# Sluices\n\nA sluice gate holds back water. When water rises, the keeper of the sluice gate opens it.\n"
KEEPERS = "# Keepers\n\nThe keeper of a sluice gate greases it every spring. The sluice gate keeper is paid for it.\n"
QUESTION = "What is there to say of a sluice gate and its keeper?"


async def _say(stack: Stack, **more: Any) -> dict[str, Any]:
    return await stack.say(await stack.new_session(), QUESTION, **more)


async def _written(stack: Stack, task_id: str, text: str) -> None:
    """Wait until a client sees this much."""
    folded = Folded()
    async for event, data in stack.events(task_id):
        folded.apply(event, data)
        if folded.text.startswith(text):
            return
    raise AssertionError("it ended before")


async def _polite(stack: Stack) -> None:
    await stack.stop(WORKER, seconds=10)


async def _killed(stack: Stack) -> None:
    stack.kill_group(WORKER)


STOPS = {"SIGTERM": _polite, "kill -9": _killed}


async def _interrupted(
    stack: Stack, stop: Callable[[Stack], Any], *, meanwhile: Callable[[], Any] | None = None, **more: Any
) -> tuple[dict[str, Any], list[Event]]:
    """A chat whose worker stops in the middle; what its client saw."""
    receipt = await _say(stack, **more)
    following = asyncio.create_task(stack.follow(receipt["task_id"]))
    await _written(stack, receipt["task_id"], BEGUN)
    await stop(stack)
    if meanwhile is not None:
        await meanwhile()
    stack.start(WORKER)
    return receipt, await following


async def _assert_whole(stack: Stack, receipt: dict[str, Any], events: list[Event], *, attempts: int = 2) -> Folded:
    """Ids in order, each once, and what a client adds up is what the database holds."""
    folded = Folded()
    for event, data in events:
        if event != "queue.position":
            assert data["seq"] == folded.last + 1 or (event == "stream.snapshot" and data["seq"] > folded.last)
            folded.apply(event, data)
    task = await stack.task(receipt["task_id"])
    assert (task["status"], task["attempt"]) == ("completed", attempts)
    turn = (await stack.turns(receipt["session_id"]))[1]
    assert turn["content"] == WHOLE
    assert (folded.text, folded.citations) == (turn["content"], turn["citations"])
    assert events[-1][1]["result"]["turn"] == turn
    return folded


def _resets(events: list[Event]) -> list[dict[str, Any]]:
    return [data for event, data in events if event == "task.reset"]


def _partial(exchange: Exchange) -> str | None:
    """The beginning that the model was asked to go on from."""
    last = exchange.body["messages"][-1]
    return str(last["content"]) if last["role"] == "assistant" else None


@pytest.mark.parametrize(
    ("stop", "way"),
    [("SIGTERM", "off"), ("SIGTERM", "vllm"), ("SIGTERM", "prefill"), ("SIGTERM", "prefix"), ("kill -9", "vllm")],
)
async def test_the_next_attempt_goes_on_if_the_model_can(
    run_stack: RunStack, upstream: Upstream, stop: str, way: str
) -> None:
    upstream.behave(answer=WHOLE, rate=15, continues=None if way == "off" else way, echo=way == "prefix")
    async with run_stack(LLM_CONTINUES=way) as stack:
        receipt, events = await _interrupted(stack, STOPS[stop])
        await _assert_whole(stack, receipt, events)
        [first, second] = upstream.log.exchanges
        [reset] = _resets(events)
        assert (first.ended, second.ended) == ("client_left", "complete")
        assert _partial(first) is None
        if way == "off":
            assert (reset["keep"], _partial(second)) == (0, None)
        else:
            assert reset["keep"] >= len(BEGUN.rstrip())
            assert _partial(second) == WHOLE[: reset["keep"]]
        assert "stream.snapshot" not in [event for event, _ in events]
        assert upstream.log.max_open == 1


async def test_it_goes_on_twice_and_a_client_that_comes_late_gets_the_same(
    run_stack: RunStack, upstream: Upstream
) -> None:
    upstream.behave(answer=WHOLE, rate=10, continues="vllm")
    async with run_stack(LLM_CONTINUES="vllm", MAX_ATTEMPTS="2") as stack:
        receipt = await _say(stack)
        following = asyncio.create_task(stack.follow(receipt["task_id"]))
        for length in (30, 60):
            await _written(stack, receipt["task_id"], WHOLE[:length])
            await _polite(stack)
            stack.start(WORKER)
        events = await following
        await _assert_whole(stack, receipt, events, attempts=3)
        assert await stack.follow(receipt["task_id"]) == [each for each in events if each[0] != "queue.position"]
        [snapshot, end] = await stack.follow(receipt["task_id"], replay="snapshot")
        assert (snapshot[1]["text"], end[0]) == (WHOLE, "task.completed")


async def test_a_server_that_refuses_a_beginning_costs_the_text_so_far_and_no_error(
    run_stack: RunStack, upstream: Upstream
) -> None:
    upstream.behave(answer=WHOLE, rate=15, refuses_partial=True)
    async with run_stack(LLM_CONTINUES="prefill") as stack:
        upstream.behave_next(answer="Quite another beginning of the answer: " + WHOLE, rate=15)
        receipt = await _say(stack)
        following = asyncio.create_task(stack.follow(receipt["task_id"]))
        await _written(stack, receipt["task_id"], "Quite another beginning of")
        await _polite(stack)
        stack.start(WORKER)
        events = await following
        await _assert_whole(stack, receipt, events)
        assert [reset["keep"] > 0 for reset in _resets(events)] == [True, False]
        assert [exchange.ended for exchange in upstream.log.exchanges] == ["client_left", "refused", "complete"]


async def test_redis_that_loses_everything_meanwhile(
    run_stack: RunStack, services: Services, upstream: Upstream
) -> None:
    upstream.behave(answer=WHOLE, rate=15, continues="vllm")

    async def lose() -> None:
        async with redis.Redis.from_url(services.redis_url) as client:
            await client.flushdb()

    async with run_stack(LLM_CONTINUES="vllm") as stack:
        receipt, events = await _interrupted(stack, _killed, meanwhile=lose)
        await _assert_whole(stack, receipt, events)
        assert [event for event, _ in events].count("stream.snapshot") == 1
        second = upstream.log.exchanges[-1]
        partial = _partial(second)
        assert partial is not None
        assert WHOLE.startswith(partial)


async def _upload(stack: Stack, name: str, text: str) -> None:
    receipt = await stack.call("POST", "/documents", files={"file": (name, text.encode())}, expect=202)
    await stack.follow(receipt["task_id"])


@pytest.mark.parametrize("stop", STOPS)
async def test_citations_are_those_of_the_whole_text_though_the_library_changed_meanwhile(
    run_stack: RunStack, upstream: Upstream, stop: str
) -> None:
    upstream.behave(answer=WHOLE, rate=15, continues="vllm")
    async with run_stack(LLM_CONTINUES="vllm") as stack:
        await _upload(stack, "sluices.md", SLUICES)
        await _upload(stack, "keepers.md", KEEPERS)

        async def change() -> None:
            for document in (await stack.call("GET", "/documents", expect=200))["items"]:
                await stack.http.delete(f"/documents/{document['id']}")
            await _upload(
                stack, "other.md", "# A\n\nA sluice gate without a keeper is no sluice gate, says the keeper.\n"
            )

        receipt, events = await _interrupted(stack, STOPS[stop], meanwhile=change)
        await _assert_whole(stack, receipt, events)
        [first, second] = upstream.log.exchanges
        assert second.body["messages"][:-1] == first.body["messages"]
        system = first.body["messages"][0]["content"]
        told = [data for event, data in events if event == "task.citation"]
        assert [data["n"] for data in told] == [1, 2]
        assert all(f"[{data['n']}] {data['title']}" in system for data in told)
        assert [data["attempt"] for data in told] == [1, 2]


@pytest.mark.parametrize("stop", STOPS)
async def test_a_task_that_is_cancelled_before_it_goes_on_keeps_text_and_citations(
    run_stack: RunStack, upstream: Upstream, stop: str
) -> None:
    upstream.behave(answer=WHOLE, rate=15, stall_after=24)
    async with run_stack() as stack:
        await _upload(stack, "sluices.md", SLUICES)
        receipt = await _say(stack)
        following = asyncio.create_task(stack.follow(receipt["task_id"]))
        await _written(stack, receipt["task_id"], BEGUN)
        await until(lambda: _tokens(upstream, 24))
        await STOPS[stop](stack)
        await stack.status_becomes(receipt["task_id"], "queued")
        await stack.call("POST", f"/tasks/{receipt['task_id']}/cancel", json={}, expect=200)
        folded = Folded()
        for event, data in await following:
            folded.apply(event, data)
        turn = (await stack.turns(receipt["session_id"]))[1]
        assert (turn["status"], turn["content"]) == ("cancelled", folded.text)
        assert turn["content"].startswith(BEGUN)
        assert [citation["n"] for citation in turn["citations"]] == [1]
        assert turn["citations"] == folded.citations


async def _tokens(upstream: Upstream, count: int) -> bool:
    return upstream.log.exchanges[-1].tokens == count


REPORT = (
    "## Summary\n\nThe gate 🌊 holds back water [1], and its keeper greases it every spring, for which he is paid [2]."
)
RULES = [
    ["search questions", '"What does a sluice gate hold back?"\n"Who greases a sluice gate?"'],
    ["take notes", "- The gate holds back water [1]. The keeper greases it [2]."],
    ["research report", REPORT],
]


async def test_a_report_goes_on_too(run_stack: RunStack, upstream: Upstream) -> None:
    upstream.behave(rules=RULES, rate=15, continues="vllm")
    async with run_stack(LLM_CONTINUES="vllm") as stack:
        await _upload(stack, "sluices.md", SLUICES)
        await _upload(stack, "keepers.md", KEEPERS)
        receipt = await stack.call("POST", "/research", json={"topic": "sluice gates"}, expect=202)
        following = asyncio.create_task(stack.follow(receipt["task_id"], seconds=90))
        await _written(stack, receipt["task_id"], "# sluice gates\n\n" + REPORT[:50])
        await _killed(stack)
        stack.start(WORKER)
        events = await following
        folded = Folded()
        for event, data in events:
            folded.apply(event, data)
        report = events[-1][1]["result"]["report"]
        assert report["content"].startswith("# sluice gates\n\n" + REPORT + "\n\n## Sources\n\n- [1] ")
        assert (folded.text, folded.citations) == (report["content"], report["citations"])
        [reset] = _resets(events)
        writing = [each for each in upstream.log.exchanges if "research report" in str(each.body["messages"][0])]
        assert [_partial(each) for each in writing] == [
            None,
            report["content"][len("# sluice gates\n\n") : reset["keep"]],
        ]
        assert len([each for each in upstream.log.exchanges if "search questions" in str(each.body)]) == 1
