"""The table."""

from statistics import median

from bench.web.figures import LONG_TASK_MS, Figures, Streamed, per_token, slow_share
from bench.web.options import Options

Row = tuple[str, str, str]


def rows(figures: Figures, options: Options) -> list[Row]:
    """What, the figure, and the goal with how it came out."""
    longest = max(run.longest_ms for run in figures.page)
    size = figures.initial_bytes / 1_000
    answer = f"{options.tokens:,} tokens at {options.rate}/s"
    ratio = per_token(figures.page) / per_token(figures.floor)
    return [
        (f"{answer}: longest main-thread task", _task(longest), _goal(longest <= 100, "≤ 100 ms")),
        (
            f"{answer}, processor {options.slowdown}× slower: frames over 34 ms",
            _slow(figures.slowed),
            _goal(slow_share(figures.slowed) < 0.02, "< 2 %"),
        ),
        ("the same as plain text", _slow(figures.floor_slowed), "the floor"),
        (f"{answer}: main thread per token", f"{per_token(figures.page):.2f} ms", f"{ratio:.2f} × plain text"),
        ("the same as plain text", f"{per_token(figures.floor):.2f} ms", "the floor"),
        (
            "200 turns of 2 kB Markdown: opened from the list",
            _spread(figures.opened),
            _goal(median(figures.opened) < 500, "median < 500 ms"),
        ),
        ("the same by its address, page and all", _spread(figures.loaded), ""),
        (f"{options.tabs} tabs: streams at the server", str(figures.streams), _goal(figures.streams <= 3, "≤ 3")),
        (
            f"{options.tabs} tabs: a call",
            _spread(figures.calls),
            _goal(median(figures.calls) < 200, "median < 200 ms"),
        ),
        ("JavaScript before the page can be used, gzip", f"{size:.1f} kB", _goal(size <= 160, "≤ 160 kB")),
    ]


def lines(table: list[Row], *, markdown: bool) -> list[str]:
    """The rows, aligned for a terminal or as Markdown."""
    head = ("what", "measured", "goal")
    if markdown:
        return [f"| {' | '.join(row)} |" for row in (head, ("---", "---:", "---"), *table)]
    widths = [max(len(row[at]) for row in (head, *table)) for at in range(3)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (head, *table)]


def _slow(runs: list[Streamed]) -> str:
    return f"{slow_share(runs):.2%} of {sum(run.frames for run in runs):,}"


def _task(ms: float) -> str:
    return f"{ms:.0f} ms" if ms else f"none of {LONG_TASK_MS} ms"


def _spread(times: list[float]) -> str:
    return f"{median(times):.0f} ms ({min(times):.0f} to {max(times):.0f})"


def _goal(met: bool, words: str) -> str:
    return f"{words}: {'met' if met else 'missed'}"
