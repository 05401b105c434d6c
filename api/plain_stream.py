"""A task's stream as plain ASGI: no more than the frames, the client's leaving and a client that takes nothing."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from time import monotonic
from typing import Protocol, Self

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.eagerly import begun
from api.errors import problem_of
from api.middleware.afterwards import AFTERWARDS
from errors import SluiceError

log = logging.getLogger(__name__)

HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
)


class OpenNow(Protocol):
    """The streams that are open."""

    def enter(self, stream: "PlainStream") -> None:
        """One more.

        Raises:
            SluiceError: there is no room for it.
        """

    def leave(self, stream: "PlainStream") -> None:
        """One less."""


class PlainStream(Response):
    """Sends frames as they are.

    Args:
        owner: to whom.
        open_now: where it stands while it is open.
    """

    background = None

    def __init__(self, owner: str, open_now: "OpenNow") -> None:
        self.owner = owner
        self._open_now = open_now
        self._frames: AsyncGenerator[bytes, None] | None = None
        self._send: Send | None = None
        self._late: asyncio.Task[None] | None = None
        self._sending_since: float | None = None
        self._is_cut = False
        self._task: asyncio.Task[object] | None = None

    def of(self, frames: AsyncGenerator[bytes, None]) -> Self:
        """Let it send `frames`, pings included. While the next one is awaited, `send_straight` may be used."""
        self._frames = frames
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the head, and leave the body for afterwards; a problem where there is no room for the stream."""
        try:
            self._open_now.enter(self)
        except SluiceError as error:
            await problem_of(error)(scope, receive, send)
            return
        try:
            await send({"type": "http.response.start", "status": 200, "headers": list(HEADERS)})
        except BaseException:
            self.give_up()
            raise
        left = scope.get(AFTERWARDS)
        if left is None:
            await self.run(receive, send)
        else:
            left.append(self)

    async def run(self, receive: Receive, send: Send) -> None:
        """Send the frames until they end or the client leaves."""
        self._task, self._send = asyncio.current_task(), send
        watching = asyncio.create_task(self._watch(receive))
        try:
            await self._send_all(send)
        except asyncio.CancelledError:
            if not self._is_cut or self._task is None or self._task.uncancel() > 0:
                raise
        finally:
            self._task = None
            if self._late is not None:
                self._late.cancel()
            self.give_up()
            watching.cancel()

    def give_up(self) -> None:
        """It will not be sent."""
        self._open_now.leave(self)

    async def _send_all(self, send: Send) -> None:
        try:
            assert self._frames is not None
            async with aclosing(self._frames) as frames:
                async for data in frames:
                    if self._late is not None:
                        await self._late
                        self._late = None
                    self._sending_since = monotonic()
                    await send({"type": "http.response.body", "body": data, "more_body": True})
                    self._sending_since = None
                    data = b""  # a long replay would stay in memory until the next event
        except SluiceError as error:
            log.warning("a stream ends early, its client will come back: %s", error.message)
        if self._late is not None:
            await self._late
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def send_straight(self, data: bytes) -> bool:
        """Send without waiting for this stream's turn; false while the client has not taken what was sent so before."""
        if self._send is None or self._late is not None:
            return False
        try:
            self._late = begun(self._send({"type": "http.response.body", "body": data, "more_body": True}))
        except Exception:  # the hub, which goes on with others, must not be stopped
            log.exception("a stream could not be sent to")
            self.cut()
        if self._late is not None:
            self._sending_since = monotonic()
            self._late.add_done_callback(self._caught_up)
        return True

    def _caught_up(self, sending: asyncio.Task[None]) -> None:
        if self._late is sending:
            self._late = self._sending_since = None
        if not sending.cancelled() and sending.exception() is not None:
            self.cut()

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.cut()

    def is_stuck(self, seconds: float) -> bool:
        """Whether the client has taken nothing for so long, though there is something for it."""
        return self._sending_since is not None and monotonic() - self._sending_since > seconds

    def cut(self) -> None:
        """End it where it is. The server closes the connection, and the client can come back to where it was."""
        if self._task is not None and not self._is_cut:
            self._is_cut = True
            self._task.cancel()
