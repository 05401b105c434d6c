"""Every subscriber sees every event once, in order, whatever happens to connections."""

import asyncio
import random
from time import monotonic
from uuid import uuid4

import pytest

from errors import Unavailable
from streaming import follow
from streaming.events import Completed, Snapshot, frame
from streaming.fold import Folded, parse_frames
from streaming.log import Entries
from streaming.subscription import QUEUE_BATCHES
from tests.integration.streaming.conftest import Attempt, Event, OpenStreams, Streams

END = Completed(result={"turn": {"content": "", "citations": []}})


def _assert_exact(events: list[Event], *, after: int = 0, last: int) -> None:
    assert [data["seq"] for _, data in events] == list(range(after + 1, last + 1))
    assert events[-1][0] == "task.completed"


async def test_early_late_and_after_the_end(streams: Streams) -> None:
    attempt = Attempt(streams)
    early = asyncio.create_task(streams.collect(attempt.task_id))
    await streams.subscribers(attempt.task_id, 1)
    await attempt.begin()
    for n in range(20):
        await attempt.write(str(n))
        if n == 10:
            late = asyncio.create_task(streams.collect(attempt.task_id))
            resumed = asyncio.create_task(streams.collect(attempt.task_id, after=7))
            await streams.subscribers(attempt.task_id, 3)
    last = await attempt.close(END)
    _assert_exact(await early, last=last)
    _assert_exact(await late, last=last)
    _assert_exact(await resumed, after=7, last=last)
    _assert_exact(await streams.collect(attempt.task_id), last=last)
    assert streams.hub.channels() == []


async def test_a_cursor_beyond_a_live_log_waits(streams: Streams) -> None:
    attempt = Attempt(streams)
    await attempt.begin()
    ahead = asyncio.create_task(streams.collect(attempt.task_id, after=5))
    await streams.subscribers(attempt.task_id, 1)
    for n in range(6):
        await attempt.write(str(n))
    last = await attempt.close(END)
    _assert_exact(await ahead, after=5, last=last)


async def test_connections_that_drop_all_the_time_lose_nothing(open_streams: OpenStreams) -> None:
    processes = [await open_streams() for _ in range(3)]
    attempt = Attempt(processes[0])
    await attempt.begin()
    chance = random.Random(7)
    ways = [None, None, lambda: True, lambda: True, lambda: chance.random() < 0.5]
    followers = [asyncio.create_task(p.collect(attempt.task_id, taking=way)) for p in processes for way in ways]
    for process in processes:
        await process.subscribers(attempt.task_id, 5)
    for n in range(300):
        await attempt.write(*[f"{n} "] * chance.randint(1, 3))
        if n % 15 == 0:
            chance.choice(processes).hub.drop_connection()
        await asyncio.sleep(0.002)
    last = await attempt.close(END)
    for events in await asyncio.gather(*followers):
        _assert_exact(events, last=last)


async def test_what_goes_straight_goes_without_the_subscribers_turn(streams: Streams) -> None:
    attempt = Attempt(streams)
    await attempt.begin()
    taken: list[bytes] = []

    def straight(data: bytes) -> bool:
        taken.append(data)
        return True

    frames = streams.follower(attempt.task_id).follow(attempt.task_id, after=0, straight=straight)
    assert [data["seq"] for _, data in _events(await anext(frames))] == [1]
    following = asyncio.ensure_future(anext(frames))
    [subscription] = streams.hub.on(streams.keys.live(attempt.task_id))
    while subscription._waiter is None:
        await asyncio.sleep(0.005)
    for text in "abc":
        await attempt.write(text)
    last = await attempt.close(END)
    end = _events(await following)
    assert [data["seq"] for _, data in _events(b"".join(taken))] == [2, 3, 4]
    assert [(kind, data["seq"]) for kind, data in end] == [("task.completed", last)]
    await frames.aclose()


async def test_nothing_goes_straight_while_the_log_cannot_be_read(
    streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = Attempt(streams)
    await attempt.begin()
    read, tried = streams.log.read, asyncio.Event()

    async def refuse(*_: object, **__: object) -> Entries:
        tried.set()
        raise Unavailable("away")

    monkeypatch.setattr(streams.log, "read", refuse)
    following = asyncio.create_task(streams.collect(attempt.task_id, after=1, taking=lambda: True))
    await tried.wait()
    await attempt.write("a")
    await attempt.write("b")
    await asyncio.sleep(0.1)
    monkeypatch.setattr(streams.log, "read", read)
    await attempt.write("c")
    last = await attempt.close(END)
    _assert_exact(await following, after=1, last=last)


async def test_a_slow_subscriber_holds_nobody_up_and_misses_nothing(streams: Streams) -> None:
    attempt = Attempt(streams)
    await attempt.begin()
    seen: list[Event] = []
    frames = streams.follower(attempt.task_id).follow(attempt.task_id, after=0)
    seen += _events(await anext(frames))
    for n in range(3 * QUEUE_BATCHES):
        await attempt.write(str(n))
    last = await attempt.close(END)
    async for data in frames:
        seen += _events(data)
    _assert_exact(seen, last=last)


async def test_a_lost_log_reaches_every_follower_as_one_snapshot(streams: Streams) -> None:
    attempt = Attempt(streams)
    await attempt.begin()
    following = asyncio.create_task(streams.collect(attempt.task_id))
    await streams.subscribers(attempt.task_id, 1)
    await attempt.write("a")
    await streams.redis.flushdb()
    attempt.seq += 1
    await streams.log.rewrite(attempt.task_id, 1, attempt.seq, Snapshot(text="ab"))
    await attempt.write("c")
    await attempt.close(END)
    kinds = [kind for kind, _ in await following]
    assert kinds == ["task.started", "task.delta", "stream.snapshot", "task.delta", "task.completed"]


async def test_replay_as_one_snapshot_and_then_live(streams: Streams) -> None:
    attempt = Attempt(streams)
    await attempt.begin()
    await attempt.write("a", "b")
    await attempt.write("c")
    following = asyncio.create_task(streams.collect(attempt.task_id, snapshot=True))
    await streams.subscribers(attempt.task_id, 1)
    await attempt.write("d")
    last = await attempt.close(END)
    events = await following
    assert events[0][0] == "stream.snapshot"
    assert events[0][1]["text"].startswith("abc")
    _assert_exact(events[1:], after=events[0][1]["seq"], last=last)
    ended = await streams.collect(attempt.task_id, snapshot=True)
    assert [(kind, data["seq"]) for kind, data in ended] == [("stream.snapshot", last - 1), ("task.completed", last)]


async def test_what_has_expired_comes_from_the_database(streams: Streams) -> None:
    task_id = uuid4()
    streams.ended[task_id] = b'id: 9\nevent: task.completed\ndata: {"seq":9}\n\n'
    assert await streams.collect(task_id) == [("task.completed", {"seq": 9})]


async def test_a_process_that_goes_away_says_so(streams: Streams) -> None:
    attempt = Attempt(streams)
    await attempt.begin()
    following = asyncio.create_task(streams.collect(attempt.task_id))
    await streams.subscribers(attempt.task_id, 1)
    streams.hub.close_all()
    assert [kind for kind, _ in await following][-1] == "stream.closing"


async def test_the_watchdog_finds_what_no_message_told(streams: Streams, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "WATCHDOG_SECONDS", 0.1)
    monkeypatch.setattr(follow, "IDLE_SECONDS", 0.1)
    attempt = Attempt(streams)
    following = asyncio.create_task(streams.collect(attempt.task_id))
    await streams.subscribers(attempt.task_id, 1)
    monkeypatch.setattr(streams.hub, "_deliver", lambda *_: None)
    streams.hub._pubsub._on_message = lambda *_: None
    await attempt.begin()
    last = await attempt.close(END)
    _assert_exact(await following, last=last)


async def test_a_snapshot_replaces_nothing_that_was_shown_already(streams: Streams) -> None:
    attempt = Attempt(streams)
    following = asyncio.create_task(streams.collect(attempt.task_id, snapshot=True))
    await streams.subscribers(attempt.task_id, 1)
    await attempt.begin()
    await attempt.write("Hello ")
    await asyncio.sleep(0.05)
    streams.hub.drop_connection()
    await attempt.write("world")
    await attempt.close(END)
    folded = Folded()
    for kind, data in await following:
        folded.apply(kind, data)
    assert folded.text == "Hello world"


async def test_a_place_that_was_read_before_the_start_is_not_told_after_it(streams: Streams) -> None:
    attempt = Attempt(streams)
    place = b'event: queue.position\ndata: {"position":1}\n\n'
    following = asyncio.create_task(streams.collect(attempt.task_id))
    await streams.subscribers(attempt.task_id, 1)
    [subscription] = streams.hub.on(streams.keys.live(attempt.task_id))
    subscription.notify(place, known_at=monotonic())
    while subscription._notice is not None:
        await asyncio.sleep(0.005)
    before = monotonic()
    await attempt.begin()
    while subscription._heard < before:
        await asyncio.sleep(0.005)
    subscription.notify(place, known_at=before)
    await asyncio.sleep(0.02)
    subscription.notify(place, known_at=monotonic())
    while subscription._notice is not None:
        await asyncio.sleep(0.005)
    await attempt.close(END)
    kinds = [kind for kind, _ in await following]
    assert kinds == ["queue.position", "task.started", "queue.position", "task.completed"]


def _events(data: bytes) -> list[Event]:
    return parse_frames(data)


async def test_a_log_that_lost_its_end_is_told_from_the_database(
    streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis may come back from a power failure without its last second, the terminal event in it."""
    monkeypatch.setattr(follow, "WATCHDOG_SECONDS", 0.05)
    attempt = Attempt(streams)
    await attempt.begin()
    await attempt.write("a")
    following = asyncio.create_task(streams.collect(attempt.task_id))
    await streams.subscribers(attempt.task_id, 1)
    streams.ended[attempt.task_id] = frame(END, task_id=attempt.task_id, seq=3, attempt=1)
    _assert_exact(await following, last=3)


async def test_a_snapshot_replay_folds_only_what_came_before_it(streams: Streams) -> None:
    """Events after a gap continue what was sent live: folded alone they would replace it."""
    attempt = Attempt(streams)
    seen: list[Event] = []

    async def follow() -> None:
        async for data in streams.follower(attempt.task_id).follow(attempt.task_id, after=0, snapshot=True):
            seen.extend(_events(data))

    following = asyncio.create_task(follow())
    await streams.subscribers(attempt.task_id, 1)
    await attempt.begin()
    await attempt.write("a")
    async with asyncio.timeout(10):
        while len(seen) < 2:
            await asyncio.sleep(0.005)
        streams.hub.drop_connection()
        await attempt.write("b", "c")
        last = await attempt.close(END)
        await following
    _assert_exact(seen, last=last)
