"""The stamp in every measured event: when it was made, and its number in its stream.

`time.monotonic_ns` is one clock for all processes of a machine, so the reader can tell how old an event is.
"""

import asyncio
import re
from array import array
from collections.abc import AsyncIterator
from time import monotonic_ns

STAMP = re.compile(rb"@(\d+)\.(\d+)@")
MARK = b"@"
SECOND = 1_000_000_000


def stamp(number: int) -> str:
    """A piece of text as a model gives it, with the stamp in it."""
    return f" word @{monotonic_ns()}.{number}@"


class Seen:
    """What all clients of one measurement have seen.

    Args:
        begin: events made before this moment are not measured, in nanoseconds of the monotonic clock.
        end: events made at or after this moment are not measured.
    """

    def __init__(self, begin: int, end: int) -> None:
        self.begin = begin
        self.end = end
        self.ages = array("q")
        self.holes = 0


class Tape:
    """One client's end: finds the stamps in what arrives, in pieces of any size."""

    __slots__ = ("_last", "_rest", "_seen", "count")

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._rest = b""
        self._last: int | None = None
        self.count = 0

    def take(self, data: bytes, now: int) -> None:
        """Note every event in `data`, which arrived at `now`; a number that does not follow on its last is a hole."""
        if self._rest:
            data, self._rest = self._rest + data, b""
        if data.count(MARK) & 1:
            cut = data.rindex(MARK)
            data, self._rest = data[:cut], data[cut:]
        seen = self._seen
        for made, number in STAMP.findall(data):
            at, place = int(made), int(number)
            self.count += 1
            if self._last is not None and place != self._last + 1:
                seen.holes += 1
            self._last = place
            if seen.begin <= at < seen.end:
                seen.ages.append(now - at)


async def ticks(rate: float, phase: float, until: int) -> AsyncIterator[int]:
    """Numbers at `rate` a second up to a moment; `phase` from 0 to 1 keeps streams apart within their period."""
    period = SECOND / rate
    due = (monotonic_ns() // period + 1 + phase) * period
    number = 0
    while due < until:
        await asyncio.sleep(max(0.0, (due - monotonic_ns()) / SECOND))
        yield number
        number += 1
        due += period
