"""One pub/sub connection to Redis for a whole process, read without a task per message.

A lost connection is a fact that subscribers must know, since what was published meanwhile is gone; so this
connection never reconnects silently.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import hiredis

from streaming.address import Address, packed

log = logging.getLogger(__name__)

PING_SECONDS = 5.0
RECONNECT_SECONDS = (0.05, 0.1, 0.2, 0.5, 1.0)


class PubSub:
    """Subscribes to channels and calls back for every message.

    Args:
        url: `redis://`, `rediss://` or `unix://` of the server.
        on_message: called with a channel and a payload, in the event loop; must not block or raise.
        on_gap: called with a channel as soon as it is subscribed again on a new connection, and before anything that
            is published there from then on.
    """

    def __init__(self, url: str, on_message: Callable[[str, bytes], None], on_gap: Callable[[str], None]) -> None:
        self._address = Address.of_url(url)
        self._on_message = on_message
        self._on_gap = on_gap
        self._wanted: set[str] = set()
        self._regained: set[str] = set()
        self._acks: dict[str, asyncio.Future[None]] = {}
        self._transport: asyncio.Transport | None = None
        self._lost = asyncio.Event()
        self._pong = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Connect, and keep connected until `stop`. Returns soon when the server is away; it goes on trying."""
        try:
            await self._connect()
        except OSError:
            self._cut()
        self._pong.set()
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Close the connection."""
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        if self._transport is not None:
            self._transport.close()

    async def subscribe(self, channel: str) -> None:
        """Subscribe and wait until the server confirmed it, so that every later message arrives."""
        self._wanted.add(channel)
        ack = self._acks.get(channel)
        if ack is None:
            ack = self._acks[channel] = asyncio.get_running_loop().create_future()
            self._send("SUBSCRIBE", channel)
        await asyncio.shield(ack)

    def unsubscribe(self, channel: str) -> None:
        """Stop listening to a channel."""
        self._wanted.discard(channel)
        self._regained.discard(channel)
        ack = self._acks.pop(channel, None)
        if ack is not None:
            self._send("UNSUBSCRIBE", channel)
            if not ack.done():
                ack.set_result(None)

    def release(self) -> None:
        """Let whoever waits for a subscription go on without: nobody will listen any more."""
        for ack in self._acks.values():
            if not ack.done():
                ack.set_result(None)

    def drop(self) -> None:
        """Cut the connection as a network failure would."""
        if self._transport is not None:
            self._transport.abort()

    def _cut(self) -> None:
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    def _send(self, *command: str | bytes | int) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(packed(command))

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        self._lost = asyncio.Event()  # its own, since the connection before this one may be told of its end late
        self._pong = asyncio.Event()
        async with asyncio.timeout(PING_SECONDS):
            self._transport = await self._address.connect(partial(_Reader, self._received, self._lost.set))
        for command in self._address.authentication():
            self._send(*command)
        self._regained = set(self._wanted)
        for channel in self._wanted:
            ack = self._acks.get(channel)
            if ack is None or ack.done():
                self._acks[channel] = loop.create_future()
            self._send("SUBSCRIBE", channel)

    async def _keep(self) -> None:
        """Notice a dead connection, silent ones too, and make a new one."""
        while True:
            if self._transport is not None:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(PING_SECONDS):
                        await self._lost.wait()
            if self._transport is None or self._lost.is_set() or not self._pong.is_set():
                await self._reconnect()
            self._pong.clear()
            self._send("PING")

    async def _reconnect(self) -> None:
        attempt = 0
        while True:
            self._cut()
            try:
                await self._connect()
                await self._answered()
            except (OSError, TimeoutError):
                await asyncio.sleep(RECONNECT_SECONDS[min(attempt, len(RECONNECT_SECONDS) - 1)])
                attempt += 1
            else:
                return

    async def _answered(self) -> None:
        """Wait until the server takes commands and has confirmed every channel; one that still loads refuses a PING.

        Raises:
            OSError: it did not in time, or the connection was lost before, as by a server that was stopping.
        """
        self._send("PING")
        ready = asyncio.create_task(self._confirmed())
        lost = asyncio.create_task(self._lost.wait())
        try:
            either: set[asyncio.Task[Any]] = {ready, lost}
            await asyncio.wait(either, timeout=PING_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if not ready.done():
                raise ConnectionResetError("The server did not confirm the subscriptions.")
        finally:
            lost.cancel()
            ready.cancel()

    async def _confirmed(self) -> None:
        await self._pong.wait()
        for ack in list(self._acks.values()):
            await asyncio.shield(ack)

    def _received(self, reply: Any) -> None:
        match reply:
            case [b"message", channel, payload]:
                self._on_message(channel.decode(), payload)
            case [b"subscribe", channel, _]:
                self._subscribed(channel.decode())
            case [b"pong", _] | b"PONG":
                self._pong.set()
            case hiredis.ReplyError():
                log.error("Redis refused a command on the pub/sub connection: %s", reply)
                self.drop()
            case _:
                return

    def _subscribed(self, channel: str) -> None:
        if channel in self._regained:
            self._regained.discard(channel)
            self._on_gap(channel)
        ack = self._acks.get(channel)
        if ack is not None and not ack.done():
            ack.set_result(None)


class _Reader(asyncio.Protocol):
    """Feeds what arrives to hiredis and hands on whole replies."""

    def __init__(self, received: Callable[[Any], None], lost: Callable[[], None]) -> None:
        self._reader = hiredis.Reader()
        self._received = received
        self._lost = lost

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        while (reply := self._reader.gets()) is not False:
            self._received(reply)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost()
