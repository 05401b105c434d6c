"""How large a run is."""

import os
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SYSTEMS = ("sluice", "gradio", "celery")


@dataclass(frozen=True, slots=True)
class Options:
    """`sizes`: how many wait. `rounds`: turns of each system at each size. `cycles`: per turn, half of them bursts.

    `batch`: submits, then starts, of one cycle. `followers`: open pages beside it. `json`: where raw figures go.
    """

    sizes: tuple[int, ...] = (10, 1_000, 10_000)
    rounds: int = 4
    cycles: int = 6
    batch: int = 10
    followers: int = 10
    systems: tuple[str, ...] = SYSTEMS
    json: Path | None = None
    markdown: bool = False
    keep: Path | None = None


def read_options(arguments: Sequence[str]) -> Options:
    """From `SIZES=10,1000 ROUNDS=3 CYCLES=6 BATCH=10 FOLLOWERS=10 SYSTEMS=sluice,gradio`, and the command line.

    Raises:
        SystemExit: something cannot be understood.
    """
    parser = ArgumentParser(prog="python -m bench.line", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the raw figures there")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep data and logs there")
    given = parser.parse_args(arguments)
    usual = Options()
    numbers = {name: _number(parser, name, getattr(usual, name)) for name in ("rounds", "cycles", "batch", "followers")}
    sizes = tuple(sorted(_whole(parser, "sizes", word) for word in _words("SIZES"))) or usual.sizes
    systems = tuple(_words("SYSTEMS")) or usual.systems
    if unknown := set(systems) - set(SYSTEMS):
        parser.error(f"SYSTEMS: {', '.join(sorted(unknown))} is not among {', '.join(SYSTEMS)}")
    return Options(sizes=sizes, systems=systems, json=given.json, markdown=given.markdown, keep=given.keep, **numbers)


def _words(name: str) -> list[str]:
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def _number(parser: ArgumentParser, name: str, usual: int) -> int:
    text = os.environ.get(name.upper(), "")
    return _whole(parser, name, text) if text else usual


def _whole(parser: ArgumentParser, name: str, text: str) -> int:
    if not text.isdigit() or int(text) == 0:
        parser.error(f"{name.upper()}: {text} is not a whole number above 0")
    return int(text)
