"""Frames as SSE responses: pings, slow clients, how many there may be, the server's own end."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import anyio
from prometheus_client import CollectorRegistry, Gauge
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.types import Receive, Scope, Send

from api.errors import problem_of
from api.plain_stream import PlainStream
from errors import SluiceError, Unavailable
from settings import AuthMode, Settings
from streaming.hub import Hub

log = logging.getLogger(__name__)

SEND_SECONDS = 30.0
GRACE_SECONDS = 2.0
LOOK_SECONDS = 5.0

HEADERS = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}


class TooManyStreams(Unavailable):
    """`MAX_STREAMS` or `MAX_STREAMS_PER_USER` is reached at this process."""

    code = "too_many_streams"


class OpenStreams:
    """How many streams are open in this process, altogether and for each person."""

    def __init__(self, settings: Settings) -> None:
        self._most = settings.max_streams
        self._most_of_one = (
            settings.max_streams if settings.auth_mode is AuthMode.OPEN else settings.max_streams_per_user
        )
        self._of: Counter[str] = Counter()
        self.gauge = Gauge(
            "sluice_open_streams", "Streams that this process has open", registry=CollectorRegistry(auto_describe=False)
        )

    def enter(self, owner: str) -> None:
        """Count one more.

        Raises:
            TooManyStreams: there is no room for it.
        """
        if self._of.total() >= self._most:
            raise TooManyStreams("This server has as many open streams as it takes. Please try again soon.")
        if self._of[owner] >= self._most_of_one:
            raise TooManyStreams("You have as many open streams as one person may have. Please close some pages.")
        self._of[owner] += 1
        self.gauge.inc()

    def leave(self, owner: str) -> None:
        """Count one less."""
        self._of[owner] -= 1
        if not self._of[owner]:
            del self._of[owner]
        self.gauge.dec()


class CountedStream(EventSourceResponse):
    """An SSE response that is counted while it is sent; where there is no room for it, a problem is sent instead."""

    def __init__(self, *args: Any, streams: OpenStreams, owner: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self._streams = streams
        self._owner = owner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it to its end."""
        try:
            self._streams.enter(self._owner)
        except TooManyStreams as error:
            return await problem_of(error)(scope, receive, send)
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._streams.leave(self._owner)


class Streams:
    """Makes the responses of one process, and counts those that are open.

    sse-starlette writes whole frames at DEBUG, which are people's texts: its logger starts at INFO here.
    """

    def __init__(self, hub: Hub, settings: Settings) -> None:
        self._hub = hub
        self._settings = settings
        self._plain: set[PlainStream] = set()
        self._looking: asyncio.TimerHandle | None = None
        self.open = OpenStreams(settings)
        logging.getLogger("sse_starlette").setLevel(logging.INFO)

    def respond(self, owner: str, frames: AsyncIterator[bytes]) -> EventSourceResponse:
        """A response that sends `frames` to `owner` as they are, and pings.

        A client that takes nothing for 30 s is dropped; it can come back to where it was. When the server is told
        to stop, the hub tells all followers, and each says `stream.closing`.
        """
        stopping = anyio.Event()

        async def close_when_stopping() -> None:
            await stopping.wait()
            self.close()

        return CountedStream(
            self._watched(frames),
            streams=self.open,
            owner=owner,
            headers=HEADERS,
            ping=self._settings.stream_ping_seconds,
            ping_message_factory=lambda: ServerSentEvent(comment="ping", sep="\n"),
            send_timeout=SEND_SECONDS,
            data_sender_callable=close_when_stopping,
            shutdown_event=stopping,
            shutdown_grace_period=GRACE_SECONDS,
        )

    def respond_plainly(self, owner: str) -> PlainStream:
        """As `respond`, at less cost for each event and each open stream; see `PlainStream.of` for what it sends."""
        return PlainStream(owner, self)

    def close(self) -> None:
        """Let every stream say `stream.closing` and end, and cut those that do not."""
        if not self._hub.closing:
            self._hub.close_all()
            asyncio.get_running_loop().call_later(GRACE_SECONDS, self._cut_all)

    def enter(self, stream: PlainStream) -> None:
        """A stream is open from now on.

        Raises:
            TooManyStreams: there is no room for it.
        """
        self.open.enter(stream.owner)
        self._plain.add(stream)
        if self._looking is None:
            self._looking = asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look)

    def leave(self, stream: PlainStream) -> None:
        """A stream is open no more."""
        self.open.leave(stream.owner)
        self._plain.discard(stream)

    def _look(self) -> None:
        """Cut the streams whose clients take nothing; look again while there are streams."""
        self._looking = None
        for stream in list(self._plain):
            if stream.is_stuck(SEND_SECONDS):
                log.warning("a client took nothing for %.0f s and is dropped", SEND_SECONDS)
                stream.cut()
        if self._plain:
            self._looking = asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look)

    def _cut_all(self) -> None:
        for stream in list(self._plain):
            stream.cut()

    async def _watched(self, frames: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        try:
            async for data in frames:
                yield data
        except SluiceError as error:
            log.warning("a stream ends early, its client will come back: %s", error.message)
