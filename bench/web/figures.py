"""What was measured, and how it is held against the goals."""

from dataclasses import dataclass, field

LONG_TASK_MS = 50
"""Tasks of the main thread that are shorter are not told by the browser."""


@dataclass(frozen=True, slots=True)
class Streamed:
    """One answer streamed into a page.

    busy_ms: main thread, all tasks together. longest_ms: its longest task; 0 when none had `LONG_TASK_MS`.
    frames, slow_frames: drawn while it streamed, and those that took over 34 ms.
    """

    tokens: int
    busy_ms: float
    longest_ms: float
    frames: int
    slow_frames: int


@dataclass(slots=True)
class Figures:
    """Everything of a run. Times are milliseconds, sizes bytes."""

    page: list[Streamed] = field(default_factory=list)
    floor: list[Streamed] = field(default_factory=list)
    floor_slowed: list[Streamed] = field(default_factory=list)
    slowed: list[Streamed] = field(default_factory=list)
    opened: list[float] = field(default_factory=list)
    loaded: list[float] = field(default_factory=list)
    streams: int = 0
    calls: list[float] = field(default_factory=list)
    initial_bytes: int = 0
    initial_files: dict[str, int] = field(default_factory=dict)


def per_token(runs: list[Streamed]) -> float:
    """Main-thread milliseconds for each token, over all runs."""
    return sum(run.busy_ms for run in runs) / sum(run.tokens for run in runs)


def slow_share(runs: list[Streamed]) -> float:
    """The share of frames over 34 ms, over all runs."""
    return sum(run.slow_frames for run in runs) / max(1, sum(run.frames for run in runs))
