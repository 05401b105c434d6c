"""The connection to the model server is closed before anybody is told that the answer has ended."""

import asyncio
from contextlib import aclosing

import pytest

from llm.openai_engine import OpenAIEngine
from tests.integration.llm.asking import ASK, collect, until, watch
from tests.upstream import Upstream


async def test_closing_the_generator_closes_the_connection_first(upstream: Upstream, engine: OpenAIEngine) -> None:
    upstream.behave(tokens=10_000, rate=500)
    pieces = engine.stream(ASK)
    await anext(pieces)
    assert upstream.log.open == 1
    await pieces.aclose()
    assert upstream.log.open == 0
    await until(lambda: upstream.log.exchanges[0].ended == "client_left")


async def cancel(task: asyncio.Task[object], how: str) -> None:
    """Cancel once, or again and again until it has ended, as an impatient supervisor does."""
    task.cancel()
    while how == "storm" and not task.done():
        await asyncio.sleep(0)
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("headers_late", [True, False])
@pytest.mark.parametrize("how", ["once", "storm"])
async def test_cancelling_during_the_silent_prefill_closes_the_connection_first(
    upstream: Upstream, engine: OpenAIEngine, headers_late: bool, how: str
) -> None:
    upstream.behave(delay=600, headers_late=headers_late)
    asking = asyncio.ensure_future(collect(engine))
    await until(lambda: upstream.log.open == 1)
    await cancel(asking, how)
    assert upstream.log.open == 0
    await until(lambda: upstream.log.exchanges[0].ended == "client_left")


@pytest.mark.parametrize("how", ["once", "storm"])
async def test_cancelling_in_the_middle_closes_the_connection_first(
    upstream: Upstream, engine: OpenAIEngine, how: str
) -> None:
    upstream.behave(tokens=100, stall_after=5)
    seen: list[str] = []
    asking = asyncio.ensure_future(watch(engine, seen))
    await until(lambda: len(seen) == 5)
    await cancel(asking, how)
    assert upstream.log.open == 0


@pytest.mark.parametrize("how", ["once", "storm"])
@pytest.mark.parametrize("headers_late", [True, False])
async def test_cancelling_at_any_moment_leaves_no_connection(
    upstream: Upstream, engine: OpenAIEngine, how: str, headers_late: bool
) -> None:
    upstream.behave(tokens=20, headers_late=headers_late)
    for rounds in range(0, 120, 3):
        seen: list[str] = []
        asking = asyncio.ensure_future(watch(engine, seen))
        for _ in range(rounds):
            await asyncio.sleep(0)
        if asking.done():
            break
        await cancel(asking, how)
        assert upstream.log.open == 0, f"cancelled after {rounds} rounds of the loop"
    assert upstream.log.total > 3


async def test_an_answer_that_ended_leaves_no_connection(upstream: Upstream, engine: OpenAIEngine) -> None:
    upstream.behave(answer="Done.")
    for _ in range(3):
        await collect(engine)
        assert upstream.log.open == 0
    assert upstream.log.max_open == 1


async def test_one_after_the_other_never_overlaps(upstream: Upstream, engine: OpenAIEngine) -> None:
    upstream.behave(tokens=2000)
    for _ in range(30):
        async with aclosing(engine.stream(ASK)) as pieces:
            for _ in range(5):
                await anext(pieces)
    assert upstream.log.total == 30
    assert upstream.log.max_open == 1
