"""One table of everything, as text or as Markdown, and whether the goals are met."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.line.figures import Cell, Cells

MILLI = 1000.0
GAP_GOAL = 0.6
SUBMIT_GOAL = 1.2
NEWS_GOAL = 1.0
DASH = "-"


@dataclass(frozen=True, slots=True)
class Row:
    """A figure: its name with unit, how it is computed from a cell, and its number of decimals."""

    name: str
    value: Callable[[Cell], float | None]
    decimals: int = 1


def _at(name: str, percent: float) -> Callable[[Cell], float | None]:
    def value(cell: Cell) -> float | None:
        found = cell.at(name, percent)
        return None if found is None else found * MILLI

    return value


def _pair(title: str, name: str) -> list[Row]:
    return [Row(f"{title}, p50 ms", _at(name, 50)), Row(f"{title}, p99 ms", _at(name, 99))]


def _cpu(what: str) -> Callable[[Cell], float | None]:
    def value(cell: Cell) -> float | None:
        found = cell.cpu_sum(what)
        return None if found is None else found * MILLI

    return value


ROWS = (
    Row("submits per second, a batch at once", lambda cell: cell.at("bursts", 50)),
    *_pair("submit a message", "submits"),
    *_pair("submit a research", "research"),
    *_pair("slot freed → next start", "idle"),
    *_pair("claimed → model asked", "asking"),
    *_pair("open a waiting stream → position", "place"),
    Row("CPU per submit, ms", _cpu("submit")),
    Row("CPU per start, ms", _cpu("start")),
    Row("CPU per second at rest, ms", _cpu("rest")),
    Row("queue news per second to a page", lambda cell: cell.news_per_second(), 2),
)
HEADINGS = {"sluice": "Sluice", "gradio": "Gradio", "celery": "Celery"}


def table_lines(cells: Cells, *, markdown: bool) -> list[str]:
    """The table: a line for each figure and size, a column for each system, and our ratio to Gradio."""
    systems = [name for name in HEADINGS if any(system == name for system, _ in cells)]
    sizes = sorted({size for _, size in cells})
    head = ["figure", "waiting", *(HEADINGS[name] for name in systems)]
    compared = {"sluice", "gradio"} <= set(systems)
    lines = [[*head, "Sluice ÷ Gradio"] if compared else head]
    for row in ROWS:
        for size in sizes:
            values = {name: row.value(cells[name, size]) for name in systems}
            line = [row.name, f"{size:,}", *(_number(values[name], row.decimals) for name in systems)]
            lines.append([*line, _number(ratio(values["sluice"], values["gradio"]), 2)] if compared else line)
    return _markdown(lines) if markdown else _columns(lines)


def ratio(ours: float | None, theirs: float | None) -> float | None:
    """How many times theirs ours is; None when one is missing or theirs is nothing."""
    return None if ours is None or not theirs else ours / theirs


def _number(value: float | None, decimals: int) -> str:
    return DASH if value is None else f"{value:,.{decimals}f}"


def _columns(lines: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    return [
        "  ".join(
            [line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))]
        )
        for line in lines
    ]


def _markdown(lines: Sequence[Sequence[str]]) -> list[str]:
    rows = ["| " + " | ".join(line) + " |" for line in lines]
    return [rows[0], "| --- |" + " ---: |" * (len(lines[0]) - 1), *rows[1:]]


@dataclass(frozen=True, slots=True)
class Goal:
    """What the figures should show. `value` is None when it was not measured."""

    name: str
    value: float | None
    most: float

    @property
    def met(self) -> bool:
        """Whether it was measured and is kept."""
        return self.value is not None and self.value <= self.most

    def __str__(self) -> str:
        verdict = "not measured" if self.value is None else "met" if self.met else "NOT met"
        return f"{self.name}: {_number(self.value, 2)} (goal: at most {self.most:g}) {verdict}"


def goals(cells: Cells) -> list[Goal]:
    """The goals, for the systems and sizes there are figures of."""
    sizes = sorted({size for system, size in cells if system == "sluice"})
    found: list[Goal] = []
    for size in sizes:
        ours, theirs = cells["sluice", size], cells.get(("gradio", size))
        if theirs is not None:
            value = ratio(ours.at("idle", 50), theirs.at("idle", 50))
            found.append(Goal(f"slot freed → next start p50, Sluice ÷ Gradio, {size:,} waiting", value, GAP_GOAL))
    if len(sizes) > 1:
        short, long = cells["sluice", sizes[0]], cells["sluice", sizes[-1]]
        for title, name in (("message", "submits"), ("research", "research")):
            value = ratio(long.at(name, 50), short.at(name, 50))
            found.append(Goal(f"submit a {title} p50, {sizes[-1]:,} ÷ {sizes[0]:,} waiting", value, SUBMIT_GOAL))
    for size in sizes:
        value = cells["sluice", size].news_per_second()
        found.append(Goal(f"broadcasts per second of an API process, {size:,} waiting", value, NEWS_GOAL))
    return found


def drift(cells: Cells) -> str | None:
    """What the machine itself did meanwhile: plain Celery's submit does not depend on how many wait."""
    sizes = sorted({size for system, size in cells if system == "celery"})
    if len(sizes) < 2:
        return None
    value = ratio(cells["celery", sizes[-1]].at("submits", 50), cells["celery", sizes[0]].at("submits", 50))
    return f"for comparison, Celery's submit p50, {sizes[-1]:,} ÷ {sizes[0]:,} waiting: {_number(value, 2)}"


def breakdown(cells: Cells) -> list[str]:
    """Where Sluice's time goes from a freed slot to the next start, and its CPU, by process."""
    lines: list[str] = []
    for (system, size), cell in cells.items():
        if system == "sluice" and cell.turns:
            parts = [
                f"{title} {_number(_at(name, 50)(cell), 1)}"
                for title, name in (
                    ("last byte → ended", "ended"),
                    ("ended → next claimed", "claimed"),
                    ("claimed → model asked", "asking"),
                )
            ]
            lines.append(
                f"{size:,} waiting, p50 ms: {', '.join(parts)}; connection closed → next request "
                f"{_number(_at('freed', 50)(cell), 1)}"
            )
        for what in ("submit", "start", "rest"):
            parts = [f"{name} {seconds * MILLI:.1f}" for name, seconds in cell.cpu(what).items() if seconds > 0]
            lines.append(f"{HEADINGS[system]}, {size:,} waiting, CPU ms per {what}: {', '.join(parts) or DASH}")
        if cell.filled_per_second is not None:
            lines.append(f"{HEADINGS[system]}, filled up to {size:,}: {cell.filled_per_second:,.0f} submits per second")
        if cell.broken is not None:
            lines.append(f"{HEADINGS[system]}, {size:,} waiting: BROKE at {cell.broken}")
    return lines
