"""What is computed from what was seen: percentiles, gaps between answers, rates. No clock, no network."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil
from typing import Any

from bench.line.model import Exchange


def percentile(values: Sequence[float], percent: float) -> float | None:
    """The smallest value that at least `percent` % of all do not exceed; None of none."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(1, ceil(len(ordered) * percent / 100)) - 1]


def gaps(ends: Iterable[float], starts: Iterable[float]) -> list[float]:
    """Seconds from each slot's being freed to the next start, first freed first taken.

    Raises:
        ValueError: more started than ended, or one started before a slot was free: the limit was not kept.
    """
    freed, taken = sorted(ends), sorted(starts)
    if len(taken) > len(freed):
        raise ValueError(f"{len(taken)} started after {len(freed)} ended")
    found = [start - end for end, start in zip(freed, taken, strict=False)]
    if any(gap < 0 for gap in found):
        raise ValueError(f"something started {-min(found) * 1000:.1f} ms before a slot was free")
    return found


@dataclass(frozen=True, slots=True)
class Starts:
    """What the model server saw while a number of answers ended and as many began; seconds.

    idle: last byte of an answer → next request read. freed: its connection closed, by clients that close → the same.
    asking: the system says the task is running → its request read, in the order of arrival, None where unknown.
    """

    idle: list[float]
    freed: list[float]
    asking: list[float | None]


def starts_between(before: Sequence[Exchange], now: Sequence[Exchange]) -> Starts:
    """The starts among the exchanges of a lane since it was last quiet.

    Args:
        before: all exchanges then, the last ones of them held.
        now: all exchanges now; again the last ones are held.
    """
    waiting = {exchange.number for exchange in before if exchange.answered is None and exchange.closed is None}
    new = [exchange for exchange in now if exchange.number > len(before)]
    over = [
        exchange
        for exchange in now
        if exchange.answered is not None and (exchange.number in waiting or exchange.number > len(before))
    ]
    arrived = [exchange.arrived for exchange in new]
    ended = [exchange.answered for exchange in over if exchange.answered is not None]
    # A connection that is kept alive is closed by its next use, which frees nothing.
    closed = [exchange.closed for exchange in over if exchange.closed is not None]
    reused = any(moment in arrived for moment in closed) or len(closed) < len(arrived)
    return Starts(
        idle=gaps(ended, arrived),
        freed=[] if reused else _unchecked(closed, arrived),
        asking=[None if each.began is None else each.arrived - each.began for each in new],
    )


def _unchecked(ends: Sequence[float], starts: Sequence[float]) -> list[float]:
    return [start - end for end, start in zip(sorted(ends), sorted(starts), strict=False)]


def intervals(moments: Sequence[float], since: float, until: float) -> list[float]:
    """Seconds between the neighbours among the moments within a window."""
    within = [moment for moment in moments if since <= moment <= until]
    return [after - before for before, after in pairwise(within)]


@dataclass(slots=True)
class Turn:
    """One system's turn in one round at one size. Times are seconds, CPU is seconds by process.

    submits, research: latencies of calls one after another. bursts: calls per second when sent together.
    idle, freed, asking: see `Starts`. ended: last byte of an answer → the system's own record says it ended.
    claimed: that → the next one's record says it started. place: opening a waiting task's stream → its position.
    news: between two words about the queue to one open page. word_count: all such words to it.
    submit_cpu, start_cpu, rest_cpu: of `submit_count` submits, `start_count` starts, `rest_seconds` of waiting only.
    """

    system: str
    size: int
    round: int
    submits: list[float] = field(default_factory=list)
    bursts: list[float] = field(default_factory=list)
    research: list[float] = field(default_factory=list)
    idle: list[float] = field(default_factory=list)
    freed: list[float] = field(default_factory=list)
    asking: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)
    claimed: list[float] = field(default_factory=list)
    place: list[float] = field(default_factory=list)
    news: list[float] = field(default_factory=list)
    submit_cpu: dict[str, float] = field(default_factory=dict)
    submit_count: int = 0
    start_cpu: dict[str, float] = field(default_factory=dict)
    start_count: int = 0
    rest_cpu: dict[str, float] = field(default_factory=dict)
    rest_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Cell:
    """All turns of one system at one size, pooled. `broken`: why there are no more of them."""

    turns: Sequence[Turn]
    filled_per_second: float | None = None
    broken: str | None = None

    def pooled(self, name: str) -> list[float]:
        """One list of all turns' measurements of this name."""
        return [value for turn in self.turns for value in getattr(turn, name)]

    def at(self, name: str, percent: float) -> float | None:
        """A percentile of all turns' measurements."""
        return percentile(self.pooled(name), percent)

    def cpu(self, what: str) -> dict[str, float]:
        """CPU seconds by process per submit or start (`what`), or per second of rest."""
        count = sum(turn.rest_seconds if what == "rest" else getattr(turn, f"{what}_count") for turn in self.turns)
        if not count:
            return {}
        total: dict[str, float] = {}
        for turn in self.turns:
            for process, seconds in getattr(turn, f"{what}_cpu").items():
                total[process] = total.get(process, 0.0) + seconds
        return {process: seconds / count for process, seconds in total.items()}

    def cpu_sum(self, what: str) -> float | None:
        """As `cpu`, of all processes together; None when nothing was measured."""
        found = self.cpu(what)
        return sum(found.values()) if found else None

    def news_per_second(self) -> float | None:
        """Words about the queue that one open page got per second while it changed all the time."""
        found = self.pooled("news")
        return len(found) / sum(found) if found else None


Cells = dict[tuple[str, int], Cell]
"""By system and size."""


def add_cpu(total: dict[str, float], before: dict[str, float], after: dict[str, float]) -> None:
    """Add what was used between two readings."""
    for process, seconds in after.items():
        total[process] = total.get(process, 0.0) + seconds - before.get(process, 0.0)


def raw(cells: Cells) -> list[dict[str, Any]]:
    """Everything measured, for a file."""
    return [
        {
            "system": system,
            "waiting": size,
            "filled_per_second": cell.filled_per_second,
            "broken": cell.broken,
            "turns": [{name: getattr(turn, name) for name in Turn.__slots__} for turn in cell.turns],
        }
        for (system, size), cell in cells.items()
    ]
