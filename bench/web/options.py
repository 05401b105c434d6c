"""How large a run is."""

import os
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """`tokens` of the answer, at `rate` a second. `rounds`: how often it is streamed. `opens`: sessions opened.

    `slowdown`: how many times slower the processor is made for the frames. `json`: where raw figures go.
    """

    tokens: int = 2_000
    rate: int = 100
    rounds: int = 1
    opens: int = 5
    tabs: int = 10
    slowdown: int = 4
    json: Path | None = None
    markdown: bool = False


def read_options(arguments: Sequence[str]) -> Options:
    """From `TOKENS=2000 RATE=100 ROUNDS=1 OPENS=5`, and the command line.

    Raises:
        SystemExit: something cannot be understood.
    """
    parser = ArgumentParser(prog="python -m bench.web", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the raw figures there")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    given = parser.parse_args(arguments)
    sizes = {}
    for name in ("tokens", "rate", "rounds", "opens"):
        value = os.environ.get(name.upper())
        if value is None:
            continue
        if not value.isdigit() or int(value) < 1:
            parser.error(f"{name.upper()}={value} is no number above 0")
        sizes[name] = int(value)
    return Options(**sizes, json=given.json, markdown=given.markdown)
