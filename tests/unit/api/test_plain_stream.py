"""A stream as plain ASGI: what is sent, and every way in which it ends."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from api.middleware.afterwards import Afterwards
from api.plain_stream import PlainStream
from errors import Unavailable


class Page:
    """A client: takes what is sent, stops taking it, or leaves."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.takes = asyncio.Event()
        self.takes.set()
        self.left = asyncio.Event()
        self.broken = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            await self.takes.wait()
            if self.broken:
                raise OSError("gone")
        self.sent.append(message)

    async def receive(self) -> Message:
        await self.left.wait()
        return {"type": "http.disconnect"}

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)

    @property
    def is_whole(self) -> bool:
        return self.sent[-1].get("more_body") is False


class Open:
    """Counts; `full` lets nobody in."""

    def __init__(self, *, full: bool = False) -> None:
        self.now: set[PlainStream] = set()
        self._full = full

    def enter(self, stream: PlainStream) -> None:
        if self._full:
            raise Unavailable("full")
        self.now.add(stream)

    def leave(self, stream: PlainStream) -> None:
        self.now.discard(stream)


class Frames:
    """What a follower says, and whether it was closed."""

    def __init__(self, *frames: bytes, error: Exception | None = None, goes_on: bool = False) -> None:
        self._frames = frames
        self._error = error
        self._goes_on = goes_on
        self.closed = False
        self.ending = asyncio.Event()
        self.straight: Callable[[bytes], bool]

    async def follow(self) -> AsyncGenerator[bytes, None]:
        try:
            for frame in self._frames:
                yield frame
            if self._error is not None:
                raise self._error
            if self._goes_on:
                await self.ending.wait()
                yield b"end"
        finally:
            self.closed = True


def _stream(frames: Frames, open_now: Open) -> PlainStream:
    stream = PlainStream("ann", open_now)
    frames.straight = stream.send_straight
    return stream.of(frames.follow())


def _scope() -> Scope:
    return {"type": "http", "method": "GET", "path": "/"}


async def _until(what: Any) -> None:
    async with asyncio.timeout(10):
        while not what():
            await asyncio.sleep(0)


async def test_frames_go_out_as_they_are() -> None:
    page, open_now, frames = Page(), Open(), Frames(b"a", b"b")
    await _stream(frames, open_now)(_scope(), page.receive, page.send)
    assert page.sent[0]["status"] == 200
    assert dict(page.sent[0]["headers"])[b"content-type"] == b"text/event-stream; charset=utf-8"
    assert (page.body, page.is_whole, open_now.now) == (b"ab", True, set())


async def test_a_client_that_leaves_ends_the_stream_without_an_error() -> None:
    page, open_now, frames = Page(), Open(), Frames(b"a", goes_on=True)
    running = asyncio.create_task(_stream(frames, open_now)(_scope(), page.receive, page.send))
    await _until(lambda: page.body == b"a")
    assert len(open_now.now) == 1
    page.left.set()
    await running
    assert (frames.closed, open_now.now, page.is_whole) == (True, set(), False)


async def test_a_client_that_takes_nothing_is_stuck_and_can_be_cut() -> None:
    page, open_now, frames = Page(), Open(), Frames(b"a", b"b")
    stream = _stream(frames, open_now)
    assert not stream.is_stuck(0)
    page.takes.clear()
    running = asyncio.create_task(stream(_scope(), page.receive, page.send))
    await _until(lambda: stream.is_stuck(0))
    assert not stream.is_stuck(3600)
    stream.cut()
    await running
    assert (frames.closed, open_now.now) == (True, set())


async def test_being_cancelled_from_outside_is_passed_on() -> None:
    page, open_now, frames = Page(), Open(), Frames(b"a", goes_on=True)
    running = asyncio.create_task(_stream(frames, open_now)(_scope(), page.receive, page.send))
    await _until(lambda: page.body == b"a")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (frames.closed, open_now.now) == (True, set())


async def test_what_cannot_be_followed_ends_properly_so_that_the_client_comes_back() -> None:
    page, frames = Page(), Frames(b"a", error=Unavailable("away"))
    await _stream(frames, Open())(_scope(), page.receive, page.send)
    assert (page.body, page.is_whole) == (b"a", True)


async def test_the_body_is_sent_after_the_layers_have_returned() -> None:
    page, frames = Page(), Frames(b"a", b"b")
    said: list[str] = []

    async def layer(scope: Scope, receive: Receive, send: Send) -> None:
        async def counting(message: Message) -> None:
            said.append(message["type"])
            await send(message)

        await _stream(frames, Open())(scope, receive, counting)
        said.append("returned")

    scope = _scope()
    await Afterwards(layer)(scope, page.receive, page.send)
    assert said == ["http.response.start", "returned"]
    assert (page.body, page.is_whole) == (b"ab", True)
    assert scope == _scope()


async def test_where_there_is_no_room_a_problem_is_answered() -> None:
    page, frames = Page(), Frames(b"a")
    await Afterwards(_stream(frames, Open(full=True)))(_scope(), page.receive, page.send)
    assert page.sent[0]["status"] == 503
    assert b"unavailable" in page.body


async def test_a_layer_that_fails_after_the_head_leaves_nothing_counted() -> None:
    page, open_now, frames = Page(), Open(), Frames(b"a")

    async def layer(scope: Scope, receive: Receive, send: Send) -> None:
        await _stream(frames, open_now)(scope, receive, send)
        raise LookupError("later")

    with pytest.raises(LookupError):
        await Afterwards(layer)(_scope(), page.receive, page.send)
    assert open_now.now == set()
    assert page.body == b""


async def test_a_head_that_cannot_be_sent_leaves_nothing_counted() -> None:
    open_now = Open()

    async def broken(message: Message) -> None:
        raise OSError("gone")

    page = Page()
    with pytest.raises(OSError, match="gone"):
        await _stream(Frames(b"a"), open_now)(_scope(), page.receive, broken)
    assert open_now.now == set()


async def test_what_comes_straight_is_sent_at_once() -> None:
    page, frames = Page(), Frames(b"a", goes_on=True)
    running = asyncio.create_task(_stream(frames, Open())(_scope(), page.receive, page.send))
    await _until(lambda: page.body == b"a")
    assert [frames.straight(b"b"), frames.straight(b"c")] == [True, True]
    assert page.body == b"abc"
    frames.ending.set()
    await running
    assert (page.body, page.is_whole) == (b"abcend", True)


async def test_a_client_that_takes_nothing_is_sent_no_more_straight_and_nothing_overtakes() -> None:
    page, frames = Page(), Frames(b"a", goes_on=True)
    stream = _stream(frames, Open())
    running = asyncio.create_task(stream(_scope(), page.receive, page.send))
    await _until(lambda: page.body == b"a")
    page.takes.clear()
    assert [frames.straight(b"b"), frames.straight(b"c")] == [True, False]
    assert stream.is_stuck(0)
    frames.ending.set()
    await asyncio.sleep(0.01)
    assert page.body == b"a"
    page.takes.set()
    await running
    assert (page.body, page.is_whole) == (b"abend", True)


async def test_a_client_that_takes_again_is_sent_straight_again() -> None:
    page, open_now, frames = Page(), Open(), Frames(b"a", goes_on=True)
    stream = _stream(frames, open_now)
    running = asyncio.create_task(stream(_scope(), page.receive, page.send))
    await _until(lambda: page.body == b"a")
    page.takes.clear()
    assert frames.straight(b"b")
    page.takes.set()
    await _until(lambda: page.body == b"ab" and not stream.is_stuck(0))
    assert frames.straight(b"c")
    assert page.body == b"abc"
    page.left.set()
    await running
    assert (frames.closed, open_now.now) == (True, set())


async def test_one_that_is_cut_while_it_cannot_be_sent_straight_leaves_nothing() -> None:
    page, open_now, frames = Page(), Open(), Frames(b"a", goes_on=True)
    stream = _stream(frames, open_now)
    running = asyncio.create_task(stream(_scope(), page.receive, page.send))
    await _until(lambda: page.body == b"a")
    page.takes.clear()
    assert frames.straight(b"b")
    stream.cut()
    await running
    await asyncio.sleep(0)
    assert (frames.closed, open_now.now, page.body) == (True, set(), b"a")
    assert len(asyncio.all_tasks()) == 1


@pytest.mark.parametrize("late", [False, True])
async def test_what_cannot_be_sent_straight_ends_the_stream_and_nothing_else(late: bool) -> None:
    page, open_now, frames = Page(), Open(), Frames(b"a", goes_on=True)
    running = asyncio.create_task(_stream(frames, open_now)(_scope(), page.receive, page.send))
    await _until(lambda: page.body == b"a")
    page.broken = True
    if late:
        page.takes.clear()
    assert frames.straight(b"b")
    page.takes.set()
    await running
    assert (frames.closed, open_now.now, page.is_whole) == (True, set(), False)
