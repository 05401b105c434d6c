"""A writer that goes on from an earlier attempt's text, and one whose snapshots are larger than the limit."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

import pytest

from db.models import TaskRow
from streaming.events import Citation, Delta, Reset, Started, frame
from streaming.fold import Folded, parse_frames
from tasks.writer import Writer
from tests.integration.streaming.conftest import Attempt, Streams
from tests.integration.streaming.test_writer import Owned

CITATION = Citation(n=1, title="A source", passage="…")
CITED = {"document_id": None, "url": None, "locator": None, "n": 1, "title": "A source", "passage": "…"}

Write = Callable[..., AbstractAsyncContextManager[Writer]]


@pytest.fixture
def write(streams: Streams) -> Write:
    """The second attempt's writer, at work."""

    @asynccontextmanager
    async def writing(
        first: Attempt, *, text: str, whole: bool = True, limit: int = 1_000_000
    ) -> AsyncIterator[Writer]:
        epoch = await streams.log.epoch()
        task = TaskRow(
            id=first.task_id,
            attempt=2,
            checkpoint_seq=1000,
            checkpoint_text=text,
            checkpoint_citations=[CITED],
            log_epoch=epoch if whole else "an earlier run",
        )
        line: Any = Owned()
        writer = Writer(streams.log, line, task, log_max_bytes=limit, goes_on=True)
        writer.emit(Started(model=None, waited_ms=1))
        running = asyncio.create_task(writer.run())
        yield writer
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    return writing


async def _first(streams: Streams, *texts: str) -> Attempt:
    attempt = Attempt(streams)
    await attempt.begin()
    await attempt.write(*texts)
    return attempt


async def _events(streams: Streams, attempt: Attempt) -> list[tuple[str, dict[str, Any]]]:
    return parse_frames((await streams.log.read(attempt.task_id, after=0)).frames)


def _sum(events: list[tuple[str, dict[str, Any]]]) -> Folded:
    folded = Folded()
    for event, data in events:
        folded.apply(event, data)
    return folded


async def test_it_goes_on_from_what_clients_have_which_may_be_more_than_was_noted(
    streams: Streams, write: Write
) -> None:
    first = await _first(streams, "It was 🌊", " noon [1]")
    first.seq += 1
    cited = frame(CITATION, task_id=first.task_id, seq=first.seq, attempt=1)
    await streams.log.append(first.task_id, 1, [(first.seq, cited)])
    async with write(first, text="It was") as writer:
        assert (await writer.recall()).text == "It was 🌊 noon [1]"
        for event in (Reset(keep=len("It was 🌊 noon [1]"), reason="on"), Delta(text=" in May")):
            writer.emit(event)
        await writer.drain(10)
        assert (writer.folded.text, writer.folded.citations) == ("It was 🌊 noon [1] in May", [CITED])
        assert writer.written == writer.seq
    events = await _events(streams, first)
    assert [data["seq"] for _, data in events] == list(range(1, len(events) + 1))
    assert (_sum(events).text, _sum(events).citations) == ("It was 🌊 noon [1] in May", [CITED])


async def test_after_a_loss_it_goes_on_from_the_checkpoint_with_its_citations(streams: Streams, write: Write) -> None:
    first = await _first(streams, "It was noon [1]", " and then")
    async with write(first, text="It was noon [1]", whole=False) as writer:
        assert (await writer.recall()).text == "It was noon [1]"
        writer.emit(Reset(keep=15, reason="on"))
        writer.emit(Delta(text=" in May"))
        await writer.drain(10)
    events = await _events(streams, first)
    assert [kind for kind, _ in events] == ["stream.snapshot", "task.started", "task.reset", "task.delta"]
    assert (_sum(events).text, _sum(events).citations) == ("It was noon [1] in May", [CITED])


async def test_until_it_knows_what_clients_have_it_does_not_say_that_the_log_is_whole(
    streams: Streams, write: Write
) -> None:
    first = await _first(streams, "It was noon")
    async with write(first, text="It was") as writer:
        assert (writer.folded.text, writer.written) == ("It was", None)
        await writer.drain(10)
        assert (writer.folded.text, writer.written) == ("It was noon", writer.seq)


async def test_an_answer_that_begins_anew_while_redis_is_away_is_not_overwritten_by_what_the_log_says(
    streams: Streams, write: Write
) -> None:
    first = await _first(streams, "It was noon")
    async with write(first, text="It was") as writer:
        for event in (Reset(keep=0, reason="anew"), Delta(text="In May")):
            writer.emit(event)
        await writer.drain(10)
        assert (writer.folded.text, writer.written) == ("In May", writer.seq)
    assert _sum(await _events(streams, first)).text == "In May"


async def test_a_snapshot_over_the_limit_is_not_folded_again_for_each_event(streams: Streams, write: Write) -> None:
    first = await _first(streams, "x" * 40_000)
    folded = 0
    async with write(first, text="", limit=16_384) as writer:
        await writer.recall()
        for _ in range(100):
            writer.emit(Delta(text="y" * 100))
            await writer.drain(10)
            [(kind, data), *_] = await _events(streams, first)
            folded += kind == "stream.snapshot" and data["seq"] == writer.seq
        text = writer.folded.text
    assert text == "x" * 40_000 + "y" * 10_000
    assert _sum(await _events(streams, first)).text == text
    assert folded == 1


async def test_a_log_is_folded_whenever_it_has_grown_to_twice_its_snapshot(streams: Streams, write: Write) -> None:
    first = Attempt(streams)
    await first.begin()
    sizes = []
    async with write(first, text="", limit=16_384) as writer:
        await writer.recall()
        for _ in range(200):
            writer.emit(Delta(text="y" * 1000))
            await writer.drain(10)
            sizes.append(len((await streams.log.read(first.task_id, after=0)).frames))
        assert len(writer.folded.text) == 200_000
    assert max(sizes) < 2.2 * 200_000
