"""One measurement: a relay, a case, a window of time."""

import asyncio
from time import monotonic_ns

from bench.stream.children import Child
from bench.stream.numbers import Idle, Round
from bench.stream.proc import cpu_ns, resident_kib
from bench.stream.relay import Case, Following, Relay
from bench.stream.stamps import SECOND

LEAD_SECONDS = 0.6
LEAD_PER_CLIENT = 0.006
SETTLE_SECONDS = 1.5
IDLE_SECONDS = 6.0


async def one_round(relay: Relay, case: Case, reader: Child) -> Round | None:
    """Follow a relay's streams for the length of a case; None when it has no such case.

    Raises:
        RuntimeError: nothing came.
    """
    await relay.prepare(case)
    lead = LEAD_SECONDS + LEAD_PER_CLIENT * case.streams * case.clients
    while True:
        window = await _connected(relay, case, reader, lead)
        if window is None:
            return None
        if monotonic_ns() < window[0]:
            return await _measured(relay, reader, *window)
        await reader.ask({"op": "close"})
        lead *= 2


async def _connected(relay: Relay, case: Case, reader: Child, lead: float) -> tuple[int, int] | None:
    """Let events run and clients connect; the window to measure, from `lead` seconds on."""
    begin = monotonic_ns() + round(lead * SECOND)
    end = begin + round(case.seconds * SECOND)
    following = await relay.begin(case, end + SECOND // 5)
    if following is None:
        return None
    await reader.ask({"op": "window", "begin": begin, "end": end})
    await _open(reader, following)
    return begin, end


async def _measured(relay: Relay, reader: Child, begin: int, end: int) -> Round:
    await reader.tell({"op": "measure"})
    await _until(begin)
    before = cpu_ns(relay.server.pid) if relay.server else 0
    redis = relay.redis_connections()
    await _until(end)
    spent = cpu_ns(relay.server.pid) - before if relay.server else 0
    seen = await reader.answer()
    await reader.ask({"op": "close"})
    if not seen["events"]:
        raise RuntimeError(f"{relay.name}: no event came")
    server_us = spent / 1000 / seen["events"] if relay.server else None
    return Round(**seen, server_us=server_us, redis=redis)


async def one_idle(relay: Relay, reader: Child, *, streams: int, clients: int, events: int) -> Idle | None:
    """Connect many subscribers to a relay that has just started, and let them wait."""
    assert relay.server is not None
    await reader.ask({"op": "window", "begin": 0, "end": 0})
    warm = await relay.idle(streams, 2 * streams, events)
    if warm is None:
        return None
    replayed = events if relay.replays else 0
    await _open(reader, warm, enough=replayed)
    await reader.ask({"op": "close"})
    await asyncio.sleep(SETTLE_SECONDS)
    before, redis_before = resident_kib(relay.server.pid), relay.redis_connections() or 0
    following = await relay.idle(streams, clients, 0 if relay.keeps else events)
    assert following is not None
    seconds = await _open(reader, following, enough=replayed)
    await asyncio.sleep(SETTLE_SECONDS)
    kib = resident_kib(relay.server.pid) - before
    redis = (relay.redis_connections() or 0) - redis_before
    spent = cpu_ns(relay.server.pid)
    await asyncio.sleep(IDLE_SECONDS)
    share = (cpu_ns(relay.server.pid) - spent) / IDLE_SECONDS / SECOND * 100
    await reader.ask({"op": "close"})
    return Idle(len(following.requests) / seconds, kib / len(following.requests), redis, share)


async def _open(reader: Child, following: Following, *, enough: int = 0) -> float:
    if following.channels:
        where = {"port": following.port, "password": following.password}
        await reader.ask({"op": "listen", **where, "channels": following.channels})
        return 0.0
    what = {"requests": following.requests, "enough": enough}
    return float((await reader.ask({"op": "open", "port": following.port, **what}))["seconds"])


async def _until(moment: int) -> None:
    await asyncio.sleep(max(0.0, (moment - monotonic_ns()) / SECOND))
