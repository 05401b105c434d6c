"""What every relay has in common: it is started, given a case, and followed by the reader."""

from abc import ABC, abstractmethod
from contextlib import AsyncExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit

import psutil

from bench.stream.children import Child, running, speaking
from tests.services import Services


@dataclass(frozen=True, slots=True)
class Case:
    """So many streams at a rate, each followed by so many clients."""

    name: str
    streams: int
    clients: int
    rate: float
    seconds: float

    @property
    def words(self) -> str:
        """For people."""
        return f"{self.streams} × {self.clients}, {self.rate:g} events a second in each stream"


@dataclass(frozen=True, slots=True)
class Following:
    """How the reader follows: requests to send to a port, or channels to subscribe to."""

    port: int
    requests: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    password: str | None = None


def get(path: str) -> str:
    """A request."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n"


class Relay(ABC):
    """One way to bring events to clients.

    `server` is the process whose cost counts; None when there is none. `replays`: who comes late gets what was.
    `keeps`: its idle streams are the same when asked for again.
    """

    name: str
    server: Child | None = None
    replays = True
    keeps = False

    def __init__(self, services: Services) -> None:
        self.services = services
        self.redis_port = urlsplit(services.redis_url).port or 6379

    @abstractmethod
    async def start(self, stack: AsyncExitStack) -> None:
        """Start its processes; the stack ends them."""

    async def prepare(self, case: Case) -> None:
        """Make what a case needs before its time runs."""
        return

    @abstractmethod
    async def begin(self, case: Case, until: int) -> Following | None:
        """Let streams run up to a moment; None when this relay has no such case."""

    async def idle(self, streams: int, clients: int, events: int) -> Following | None:
        """Streams that have so many events and go silent; None when this relay has no such thing."""
        return None

    def redis_connections(self) -> int | None:
        """Connections to Redis that its server holds now."""
        if self.server is None:
            return None
        open_now = psutil.Process(self.server.pid).net_connections("tcp")
        return sum(bool(each.raddr) and each.raddr.port == self.redis_port for each in open_now)


class Publishing(Relay):
    """A relay whose events are published by `bench.stream.publisher`."""

    publisher: Child

    async def start(self, stack: AsyncExitStack) -> None:
        """Start the publisher."""
        argv = speaking("bench.stream.publisher")
        self.publisher = await stack.enter_async_context(
            running("publisher", argv, {"REDIS_URL": self.services.redis_url})
        )

    async def publish(self, case: Case, until: int) -> tuple[str, ...]:
        """Let the publisher run; its channels."""
        request = {"streams": case.streams, "rate": case.rate, "until": until}
        return tuple((await self.publisher.ask(request))["streams"])
