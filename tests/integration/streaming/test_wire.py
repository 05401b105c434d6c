"""The connection that appends go over: in order, and every loss is told."""

import asyncio
from collections.abc import AsyncIterator

import hiredis
import pytest
import redis.asyncio as redis

from errors import Unavailable
from streaming.address import Address
from streaming.calls import Calls, Script
from streaming.events import Delta, frame
from streaming.wire import Wire
from tests.integration.streaming.conftest import Attempt, Streams
from tests.integration.streaming.door import Door
from tests.services import Services


@pytest.fixture
async def wire(services: Services) -> AsyncIterator[Wire]:
    wire = Wire(Address.of_url(services.redis_url))
    yield wire
    wire.close()


async def test_many_calls_at_once_get_their_own_answers(wire: Wire) -> None:
    answers = await asyncio.gather(*(wire.call(("ECHO", str(n)), ("ECHO", f"{n} again")) for n in range(200)))
    assert answers == [[str(n).encode(), f"{n} again".encode()] for n in range(200)]


async def test_it_speaks_with_its_own_database(wire: Wire, streams: Streams) -> None:
    await wire.call(("SET", "name", "value"))
    assert await streams.redis.get("name") == b"value"


async def test_a_refusal_is_an_answer(wire: Wire) -> None:
    [refused, fine] = await wire.call(("NONSENSE",), ("PING",))
    assert isinstance(refused, hiredis.ReplyError)
    assert fine == b"PONG" or str(fine) == "PONG"


async def test_a_lost_connection_is_told_and_made_anew(wire: Wire, streams: Streams) -> None:
    [number] = await wire.call(("CLIENT", "ID"))
    waiting = asyncio.create_task(wire.call(("BLPOP", "nothing", 0)))
    async with asyncio.timeout(10):
        while not any(each["cmd"] == "blpop" for each in await streams.redis.client_list()):
            await asyncio.sleep(0.005)
    await streams.redis.client_kill_filter(_id=number)
    with pytest.raises(OSError):
        await waiting
    [other] = await wire.call(("CLIENT", "ID"))
    assert other != number


async def test_a_caller_that_leaves_shifts_no_answers(wire: Wire) -> None:
    await wire.call(("PING",))
    leaving = asyncio.create_task(wire.call(("ECHO", "mine")))
    staying = asyncio.create_task(wire.call(("ECHO", "yours")))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == [b"yours"]


async def test_a_silent_server_is_given_up() -> None:
    accepted: list[asyncio.StreamWriter] = []
    async with await asyncio.start_server(lambda _, writer: accepted.append(writer), "127.0.0.1", 0) as server:
        wire = Wire(Address(host="127.0.0.1", port=server.sockets[0].getsockname()[1]), seconds=0.2)
        with pytest.raises(OSError):
            await wire.call(("PING",))
        for writer in accepted:
            writer.close()


async def test_nobody_there_is_unavailable() -> None:
    wire = Wire(Address(host="127.0.0.1", port=1), seconds=0.2)
    with pytest.raises(OSError):
        await wire.call(("PING",))


@pytest.fixture
async def slow_door(services: Services) -> AsyncIterator[Door]:
    """A way to Redis on which the first answer of a connection comes late."""
    door = Door(services.redis_url)
    await door.open()
    yield door
    await door.close()


async def test_nobody_takes_a_connection_for_made_before_its_greeting_is_answered(slow_door: Door) -> None:
    slow_door.delay = 0.2
    wire = Wire(Address.of_url(slow_door.url))
    first = asyncio.create_task(wire.call(("PING",)))
    await asyncio.sleep(0.1)
    await wire.connect()
    assert wire.epoch is not None
    await first
    wire.close()


async def test_a_call_for_the_run_before_is_not_made_while_the_next_is_being_greeted(slow_door: Door) -> None:
    async with redis.Redis.from_url(slow_door.url) as client:
        calls = Calls(client)
        write = Script.of("return redis.call('SET', KEYS[1], 'x')")
        await calls.run(write, ["known to the server"])
        before = calls._wire.epoch = "the run before"
        slow_door.cut()
        while calls._wire._transport is not None:
            await asyncio.sleep(0.01)
        slow_door.delay = 0.2
        another = asyncio.create_task(calls.publish("channel", "a word"))
        await asyncio.sleep(0.1)
        with pytest.raises(Unavailable):
            await calls.run(write, ["mark"], epoch=before)
        await another
        calls.close()


async def test_a_silent_server_costs_all_who_wait_for_it_the_same_time() -> None:
    accepted: list[asyncio.StreamWriter] = []
    async with await asyncio.start_server(lambda _, writer: accepted.append(writer), "127.0.0.1", 0) as server:
        wire = Wire(Address(host="127.0.0.1", port=server.sockets[0].getsockname()[1]), seconds=0.2)
        answers = await asyncio.gather(*(wire.call(("PING",)) for _ in range(20)), return_exceptions=True)
        assert all(isinstance(answer, OSError) for answer in answers)
        assert len(accepted) == 1
        for writer in accepted:
            writer.close()


async def test_a_server_that_forgot_the_script_learns_it_again(streams: Streams) -> None:
    attempt = Attempt(streams)
    await attempt.begin()
    await attempt.write("a")
    await streams.redis.script_flush()
    await attempt.write("b")
    assert (await streams.log.read(attempt.task_id, after=0)).last == 3


async def test_an_append_without_redis_is_unavailable_and_can_be_repeated(streams: Streams) -> None:
    attempt = Attempt(streams)
    await attempt.begin()
    await streams.redis.client_kill_filter(_type="normal", skipme=True)
    data = frame(Delta(text="a"), task_id=attempt.task_id, seq=2, attempt=1)
    for _ in range(10):
        try:
            await streams.log.append(attempt.task_id, 1, [(2, data)])
        except Unavailable:
            continue
        break
    await streams.log.append(attempt.task_id, 1, [(2, data)])
    assert (await streams.log.read(attempt.task_id, after=1)).frames == data
