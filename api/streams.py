"""Frames as an SSE response: pings, slow clients, the server's own end."""

import logging
from collections.abc import AsyncIterator

import anyio
from prometheus_client import CollectorRegistry, Gauge
from sse_starlette import EventSourceResponse, ServerSentEvent

from errors import SluiceError
from settings import Settings
from streaming.hub import Hub

log = logging.getLogger(__name__)

SEND_SECONDS = 30.0
GRACE_SECONDS = 2.0

HEADERS = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}


class Streams:
    """Makes the responses of one process, and counts those that are open.

    sse-starlette writes whole frames at DEBUG, which are people's texts: its logger starts at INFO here.
    """

    def __init__(self, hub: Hub, settings: Settings) -> None:
        self._hub = hub
        self._settings = settings
        self.open = Gauge(
            "sluice_open_streams", "Streams that this process has open", registry=CollectorRegistry(auto_describe=False)
        )
        logging.getLogger("sse_starlette").setLevel(logging.INFO)

    def respond(self, frames: AsyncIterator[bytes]) -> EventSourceResponse:
        """A response that sends `frames` as they are.

        A client that takes nothing for 30 s is dropped; it can come back to where it was. When the server is told
        to stop, the hub tells all followers, and each says `stream.closing`.
        """
        stopping = anyio.Event()

        async def close_when_stopping() -> None:
            await stopping.wait()
            self._hub.close_all()

        return EventSourceResponse(
            self._watched(frames),
            headers=HEADERS,
            ping=self._settings.stream_ping_seconds,
            ping_message_factory=lambda: ServerSentEvent(comment="ping", sep="\n"),
            send_timeout=SEND_SECONDS,
            data_sender_callable=close_when_stopping,
            shutdown_event=stopping,
            shutdown_grace_period=GRACE_SECONDS,
        )

    async def _watched(self, frames: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        with self.open.track_inprogress():
            try:
                async for data in frames:
                    yield data
            except SluiceError as error:
                log.warning("a stream ends early, its client will come back: %s", error.message)
