"""What the fake model server saw: every chat completion, and how many were open at a time."""

import asyncio
import select
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

KEPT = 20_000


@dataclass(slots=True)
class Exchange:
    """One chat completion. Times are seconds of the machine's monotonic clock.

    beside: the numbers of the others that were open when it began.
    ended: `complete`, `client_left`, `cut`, `refused` or `nonsense`; None while open.
    """

    number: int
    body: dict[str, Any]
    opened_at: float
    beside: list[int] = field(default_factory=list)
    closed_at: float | None = None
    tokens: int = 0
    ended: str | None = None


class Log:
    """Counts open connections of chat completions exactly.

    A connection counts from its request until its socket is closed. One that the client closed before
    another request came is not counted with it, even if this process has not got round to noticing.
    """

    def __init__(self) -> None:
        self.exchanges: deque[Exchange] = deque(maxlen=KEPT)
        self.total = 0
        self.max_open = 0
        self._open: dict[int, asyncio.WriteTransport] = {}

    @property
    def open(self) -> int:
        """Connections open now."""
        return len(self.open_numbers())

    def begin(self, body: dict[str, Any], transport: asyncio.WriteTransport) -> Exchange:
        """A chat completion was requested over `transport`."""
        self.total += 1
        self._open[self.total] = transport
        beside = [number for number in self.open_numbers() if number != self.total]
        exchange = Exchange(self.total, body, time.monotonic(), beside)
        self.exchanges.append(exchange)
        self.max_open = max(self.max_open, len(beside) + 1)
        return exchange

    def end(self, exchange: Exchange, how: str) -> None:
        """Its connection is closed."""
        if exchange.ended is None:
            exchange.ended = how
            exchange.closed_at = time.monotonic()
            self._open.pop(exchange.number, None)

    def reset(self) -> None:
        """Forget what was; what is open stays counted."""
        self.exchanges.clear()
        self.max_open = self.open

    def as_dict(self, *, bodies: bool = True) -> dict[str, Any]:
        """The log as JSON, the newest exchange last."""
        exchanges = [asdict(exchange) for exchange in self.exchanges]
        if not bodies:
            for exchange in exchanges:
                del exchange["body"]
        return {"open": self.open, "max_open": self.max_open, "total": self.total, "exchanges": exchanges}

    def open_numbers(self) -> list[int]:
        """The exchanges whose connections are open now, on both sides."""
        alive = {number: transport for number, transport in self._open.items() if not transport.is_closing()}
        if not hasattr(select, "poll"):
            return list(alive)
        hang_up = getattr(select, "POLLRDHUP", 0) | select.POLLHUP | select.POLLERR | select.POLLNVAL
        poll = select.poll()
        numbers = {transport.get_extra_info("socket").fileno(): number for number, transport in alive.items()}
        for descriptor in numbers:
            poll.register(descriptor, hang_up)
        gone = {numbers[descriptor] for descriptor, event in poll.poll(0) if event & hang_up}
        return [number for number in alive if number not in gone]

    def bodies_open(self) -> list[dict[str, Any]]:
        """The requests of the connections that are open now."""
        numbers = set(self.open_numbers())
        return [exchange.body for exchange in self.exchanges if exchange.number in numbers]
