"""The log: one writer at a time, atomic, idempotent, and closed once."""

import pytest

from errors import Fenced, Unavailable
from streaming.calls import Calls, Script
from streaming.events import Citation, Completed, Snapshot, frame
from streaming.fold import parse_frames
from streaming.log import LogLost
from tests.integration.streaming.conftest import Attempt, Streams

END = Completed(result={"turn": {"content": "abc", "citations": [{"n": 1}]}})


async def test_events_are_read_after_any_cursor(streams: Streams) -> None:
    attempt = Attempt(streams)
    await attempt.begin()
    await attempt.write("a", "b")
    await attempt.write("c")
    for after in range(6):
        entries = await streams.log.read(attempt.task_id, after=after)
        ids = [data["seq"] for _, data in parse_frames(entries.frames)]
        assert ids == list(range(after + 1, 5))
        assert entries.last == max(after, 4)
        assert not entries.ended


async def test_repeating_an_append_that_did_arrive_changes_nothing(streams: Streams) -> None:
    attempt = Attempt(streams)
    await attempt.begin()
    await attempt.write("a", "b")
    attempt.seq -= 2
    await attempt.write("a", "b")
    entries = await streams.log.read(attempt.task_id, after=0)
    assert [data["seq"] for _, data in parse_frames(entries.frames)] == [1, 2, 3]


async def test_a_later_attempt_fences_the_earlier(streams: Streams) -> None:
    zombie = Attempt(streams)
    await zombie.begin()
    living = Attempt(streams, zombie.task_id, number=2)
    assert await living.open() is False
    assert living.seq == 1
    with pytest.raises(Fenced):
        await zombie.write("late")
    with pytest.raises(Fenced):
        await zombie.open()
    with pytest.raises(Fenced):
        await streams.log.rewrite(zombie.task_id, 1, 5, Snapshot(text=""))
    await living.write("on it goes")


async def test_a_writer_notices_that_redis_lost_the_log_and_begins_anew_above_every_id(streams: Streams) -> None:
    attempt = Attempt(streams)
    await attempt.begin()
    await attempt.write("a")
    await streams.redis.flushdb()
    with pytest.raises(LogLost):
        await attempt.write("b")
    attempt.seq += 1
    await streams.log.rewrite(attempt.task_id, 1, attempt.seq, Snapshot(text="ab"))
    await attempt.write("c")
    events = parse_frames((await streams.log.read(attempt.task_id, after=2)).frames)
    assert [(kind, data["seq"]) for kind, data in events] == [("stream.snapshot", 4), ("task.delta", 5)]


async def test_a_zombie_cannot_append_where_redis_lost_the_log(streams: Streams) -> None:
    attempt = Attempt(streams)
    await attempt.begin()
    await streams.redis.flushdb()
    with pytest.raises(LogLost):
        await attempt.write("late")
    assert not (await streams.log.read(attempt.task_id, after=0)).exists


async def test_a_new_attempt_that_finds_no_log_goes_on_above_the_floor(streams: Streams) -> None:
    attempt = Attempt(streams, number=2)
    assert await attempt.open(floor=1000) is True
    assert attempt.seq == 1000


async def test_closing_is_done_once_and_nothing_comes_after(streams: Streams) -> None:
    attempt = Attempt(streams)
    await attempt.begin()
    assert await attempt.close(END) == 2
    assert await attempt.close(END) == 2
    entries = await streams.log.read(attempt.task_id, after=0)
    assert entries.ended
    assert [kind for kind, _ in parse_frames(entries.frames)] == ["task.started", "task.completed"]
    assert (await streams.log.read(attempt.task_id, after=2)).ended
    with pytest.raises(Fenced):
        await attempt.write("late")
    with pytest.raises(Fenced):
        await Attempt(streams, attempt.task_id, number=2).open()
    assert 0 < await streams.redis.ttl(streams.keys.log(attempt.task_id)) <= 60


async def test_closing_a_lost_log_says_all_in_a_snapshot_first(streams: Streams) -> None:
    attempt = Attempt(streams)
    assert await attempt.close(END, floor=1000) == 1002
    events = parse_frames((await streams.log.read(attempt.task_id, after=17)).frames)
    assert [(kind, data["seq"]) for kind, data in events] == [("stream.snapshot", 1001), ("task.completed", 1002)]
    assert events[0][1]["text"] == "abc"


async def test_closing_a_whole_log_says_nothing_twice(streams: Streams) -> None:
    attempt = Attempt(streams)
    await attempt.begin()
    await attempt.write("abc")
    assert await attempt.close(END, floor=1000, written=2) == 3


@pytest.mark.parametrize("written", [None, 5], ids=["its writer died", "redis lost the end of it"])
async def test_closing_a_log_that_may_not_be_whole_says_all_in_a_snapshot_first(
    streams: Streams, written: int | None
) -> None:
    attempt = Attempt(streams)
    await attempt.begin()
    await attempt.write("a", "bcdef")
    assert await attempt.close(END, floor=1000, written=written) == 1002
    events = parse_frames((await streams.log.read(attempt.task_id, after=3)).frames)
    assert [(kind, data["seq"]) for kind, data in events] == [("stream.snapshot", 1001), ("task.completed", 1002)]
    assert events[0][1]["text"] == "abc"


async def _cited(attempt: Attempt) -> None:
    """All that `END` has is in the log."""
    await attempt.begin()
    await attempt.write("ab", "c")
    attempt.seq += 1
    event = Citation(n=1, title="t", passage="p")
    end = frame(event, task_id=attempt.task_id, seq=attempt.seq, attempt=1)
    await attempt.streams.log.append(attempt.task_id, 1, [(attempt.seq, end)])


async def test_closing_a_log_of_a_worker_that_died_skips_no_id_when_it_holds_all_that_was_kept(
    streams: Streams,
) -> None:
    attempt = Attempt(streams)
    await _cited(attempt)
    told = await streams.log.told(attempt.task_id)
    assert told is not None
    end = Completed(result={"turn": {"content": "abc", "citations": told.citations}})
    assert await attempt.close(end, floor=1000, epoch=told.epoch) == 5


async def test_closing_a_log_of_a_worker_that_died_tells_what_was_kept_when_it_is_other_than_what_is_there(
    streams: Streams,
) -> None:
    attempt = Attempt(streams)
    await _cited(attempt)
    epoch = await streams.log.epoch()
    assert await attempt.close(END, floor=1000, epoch=epoch) == 6
    folded = await streams.log.folded(attempt.task_id)
    assert (folded.text, folded.citations) == ("abc", [{"n": 1}])


async def test_closing_a_log_with_holes_is_above_every_id_though_redis_is_the_same(streams: Streams) -> None:
    attempt = Attempt(streams)
    await _cited(attempt)
    await streams.redis.xdel(streams.keys.log(attempt.task_id), "2-0")
    assert await attempt.close(END, floor=1000, epoch=await streams.log.epoch()) == 1002


async def test_a_log_that_nobody_began_anew_is_lost_for_the_next_attempt_too(streams: Streams) -> None:
    attempt = Attempt(streams, number=2)
    assert await attempt.open(floor=1000)
    later = Attempt(streams, attempt.task_id, number=3)
    assert await later.open(floor=2000)
    assert later.seq == 1000
    await streams.log.rewrite(attempt.task_id, 3, 2001, Snapshot(text="abc"))
    assert not await Attempt(streams, attempt.task_id, number=4).open(floor=2000)


async def test_a_log_of_another_run_of_redis_may_have_lost_what_nobody_kept_either(streams: Streams) -> None:
    attempt = Attempt(streams)
    await _cited(attempt)
    told = await streams.log.told(attempt.task_id)
    assert told is not None
    end = Completed(result={"turn": {"content": "abc", "citations": told.citations}})
    assert await attempt.close(end, floor=1000, epoch="another run") == 1002


async def test_a_call_for_one_run_of_redis_does_nothing_in_another(streams: Streams) -> None:
    calls = Calls(streams.redis)
    write = Script.of("return redis.call('SET', KEYS[1], ARGV[1])")
    await calls.run(write, ["mark"], "this run", epoch=await calls.epoch())
    with pytest.raises(Unavailable):
        await calls.run(write, ["mark"], "another run", epoch="another run")
    assert await streams.redis.get("mark") == b"this run"
    calls.close()


async def test_a_task_that_never_ran_has_only_its_end(streams: Streams) -> None:
    attempt = Attempt(streams, number=0)
    assert await attempt.close(END) == 1
    assert [kind for kind, _ in parse_frames((await streams.log.read(attempt.task_id, after=0)).frames)] == [
        "task.completed"
    ]


async def test_opening_again_because_the_answer_was_lost_fences_nobody(streams: Streams) -> None:
    attempt = Attempt(streams, number=2)
    assert await attempt.open(floor=1000) is True
    assert await attempt.open(floor=1000) is True
    again = Attempt(streams)
    assert await again.open() is False
    assert await again.open() is False


async def test_closing_a_log_that_came_back_without_its_tail_skips_no_subscriber(streams: Streams) -> None:
    attempt = Attempt(streams)
    await attempt.begin()
    await attempt.write("a")
    assert await attempt.close(END, floor=1000, written=9) == 1002
    events = parse_frames((await streams.log.read(attempt.task_id, after=9)).frames)
    assert [(kind, data["seq"]) for kind, data in events] == [("stream.snapshot", 1001), ("task.completed", 1002)]


async def test_a_log_that_lost_its_beginning_is_read_from_a_snapshot_on_or_not_at_all(streams: Streams) -> None:
    attempt = Attempt(streams)
    await attempt.begin()
    await attempt.write("a", "b", "c", "d")
    await streams.redis.xtrim(streams.keys.log(attempt.task_id), minid="4-0", approximate=False)
    for after, ids in ((0, []), (2, []), (3, [4, 5]), (4, [5]), (5, [])):
        entries = await streams.log.read(attempt.task_id, after=after)
        assert [data["seq"] for _, data in parse_frames(entries.frames)] == ids
        assert (entries.last, entries.ended) == (ids[-1] if ids else after, False)
    with pytest.raises(LogLost):
        await attempt.write("e")
    assert await attempt.close(END, floor=1000, written=5) == 1002
    events = parse_frames((await streams.log.read(attempt.task_id, after=1, most=3)).frames)
    assert [(kind, data["seq"]) for kind, data in events] == [("stream.snapshot", 1001), ("task.completed", 1002)]


async def test_a_log_that_is_gone_while_its_writer_is_not_is_lost(streams: Streams) -> None:
    attempt = Attempt(streams)
    await attempt.begin()
    await streams.redis.delete(streams.keys.log(attempt.task_id))
    with pytest.raises(LogLost):
        await attempt.write("a")


async def test_a_log_is_read_page_by_page(streams: Streams) -> None:
    attempt = Attempt(streams)
    await attempt.begin()
    await attempt.write(*map(str, range(9)))
    last = await attempt.close(END)
    after, pages = 0, []
    while True:
        page = await streams.log.read(attempt.task_id, after=after, most=4)
        pages.append([data["seq"] for _, data in parse_frames(page.frames)])
        after = page.last
        if not page.more:
            break
        assert not page.ended
    assert pages == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11]]
    assert (page.ended, last) == (True, 11)
