import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest

from bench.line.lane import ModelLane
from bench.line.model import Connection, Lanes


@pytest.fixture
async def lane() -> AsyncIterator[ModelLane]:
    lanes = Lanes()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(lanes), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        yield ModelLane(http, "here")
    server.close()


async def ask(lane: ModelLane, marker: str, **headers: str) -> str:
    body = {"messages": [{"role": "user", "content": f"What is {marker}?"}], "stream": True}
    async with httpx2.AsyncClient() as http:
        return (await http.post(f"{lane.url}/chat/completions", json=body, headers=headers)).text


async def test_answers_wait_until_they_are_released(lane: ModelLane) -> None:
    asked = [asyncio.create_task(ask(lane, f"bench-{n}", **{"X-Began": "12.5"})) for n in (1, 2, 3)]
    exchanges = await lane.until_held(3)
    assert [exchange.answered for exchange in exchanges] == [None, None, None]
    await lane.release(2)
    await lane.until_held(1)
    await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
    await lane.release(1)
    answers = await asyncio.gather(*asked)
    assert all(answer.endswith("data: [DONE]\n\n") for answer in answers)
    held, exchanges = await lane.read()
    assert held == 0
    assert {exchange.marker for exchange in exchanges} == {"bench-1", "bench-2", "bench-3"}
    assert all(exchange.began == 12.5 for exchange in exchanges)
    assert all(each.answered is not None and each.answered > each.arrived for each in exchanges)


async def test_a_release_before_its_request_is_kept(lane: ModelLane) -> None:
    await lane.release(1)
    assert "[DONE]" in await ask(lane, "bench-7")
    late = asyncio.create_task(ask(lane, "bench-8"))
    await lane.until_held(1, arrived=2)
    assert not late.done()
    late.cancel()


async def test_a_client_that_leaves_waits_no_more(lane: ModelLane) -> None:
    asked = asyncio.create_task(ask(lane, "bench-1"))
    await lane.until_held(1)
    asked.cancel()
    (exchange,) = await lane.until_held(0, arrived=1)
    assert exchange.answered is None


async def test_a_kept_connection_is_closed_by_its_next_use(lane: ModelLane) -> None:
    await lane.release(2)
    body = {"messages": [{"role": "user", "content": "bench-1"}], "stream": True}
    async with httpx2.AsyncClient() as http:
        for _ in range(2):
            await http.post(f"{lane.url}/chat/completions", json=body)
        first, second = (await lane.read())[1]
    assert first.closed is not None
    assert first.closed <= second.arrived
    assert second.closed is None


async def test_lanes_know_nothing_of_each_other(lane: ModelLane) -> None:
    other = ModelLane(lane.http, "there")
    await lane.release(1)
    asked = asyncio.create_task(ask(other, "bench-1"))
    await other.until_held(1)
    assert (await lane.read())[1] == []
    asked.cancel()
