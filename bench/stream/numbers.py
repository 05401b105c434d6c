"""The arithmetic of the table: percentiles, medians of rounds, ratios."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median


@dataclass(frozen=True, slots=True)
class Round:
    """One measurement of one relay.

    p50_us, p99_us: the age of events when the reader had them. server_us: processor time of the server's process
    for each event that was delivered; None when there is no server. reader_us: the same of the reader itself.
    holes: events out of order or missing. redis: connections to Redis that the server held.
    """

    p50_us: float
    p99_us: float
    events: int
    holes: int
    server_us: float | None
    reader_us: float
    redis: int | None = None


@dataclass(frozen=True, slots=True)
class Idle:
    """Many subscribers that have seen what there was, and wait."""

    connects_per_second: float
    kib_each: float
    redis: int
    idle_percent: float


@dataclass(frozen=True, slots=True)
class Asked:
    """From asking to the first piece of the answer, in milliseconds."""

    p50_ms: float
    p90_ms: float


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all values do not exceed.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("nothing was measured")
    ordered: list[float] = sorted(values)
    return ordered[max(0, ceil(len(ordered) * share) - 1)]


def over_floor(relay: Sequence[Round], floors: Sequence[Sequence[Round]]) -> float:
    """How many times the sum of the floors a relay's p50 is: the median over rounds, each with its own floors."""
    sums: list[float] = [sum(floor.p50_us for floor in below) for below in zip(*floors, strict=True)]
    return median(own.p50_us / below for own, below in zip(relay, sums, strict=True))


def over_other(relay: Sequence[Round], other: Sequence[Round]) -> float:
    """How many times another's processor time for an event a relay takes: the median over rounds."""
    return median(
        own.server_us / its.server_us
        for own, its in zip(relay, other, strict=True)
        if own.server_us is not None and its.server_us is not None
    )


def middle(rounds: Sequence[Round]) -> Round:
    """The median of each figure; holes are added up."""
    servers = [each.server_us for each in rounds if each.server_us is not None]
    redis = [each.redis for each in rounds if each.redis is not None]
    return Round(
        p50_us=median(each.p50_us for each in rounds),
        p99_us=median(each.p99_us for each in rounds),
        events=round(median(each.events for each in rounds)),
        holes=sum(each.holes for each in rounds),
        server_us=median(servers) if servers else None,
        reader_us=median(each.reader_us for each in rounds),
        redis=max(redis) if redis else None,
    )


def middle_idle(rounds: Sequence[Idle]) -> Idle:
    """The median of each figure."""
    return Idle(
        median(each.connects_per_second for each in rounds),
        median(each.kib_each for each in rounds),
        max(each.redis for each in rounds),
        median(each.idle_percent for each in rounds),
    )


@dataclass(frozen=True, slots=True)
class Goal:
    """What was to be reached, and what was."""

    words: str
    value: float
    most: float

    @property
    def reached(self) -> bool:
        """Whether the value is within the goal."""
        return self.value <= self.most


def as_row(cells: Sequence[object]) -> str:
    """One line of a Markdown table."""
    return "| " + " | ".join("—" if cell is None else str(cell) for cell in cells) + " |"


def as_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; all columns but the first stand to the right."""
    return "\n".join([as_row(head), as_row(["---", *["---:"] * (len(head) - 1)]), *map(as_row, rows)])


def plain(value: object) -> object:
    """A result as JSON knows it."""
    match value:
        case Round() | Idle() | Asked() | Goal():
            return {name: getattr(value, name) for name in value.__slots__}
        case Mapping():
            return {str(name): plain(each) for name, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value]
        case _:
            return value
