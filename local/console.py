"""What the person at the terminal sees: one line at a time, each with the name of who said it."""

import sys
from typing import TextIO

from local.process import Emit

COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
OWN_NAME = "sluice"


class Console:
    """Writes lines with an aligned name before each; in colour on a terminal.

    Args:
        width: of the longest name.
        output: standard output by default. When it is closed at the other end, lines are dropped.
    """

    def __init__(self, width: int, output: TextIO | None = None) -> None:
        self._output = output or sys.stdout
        self._width = max(width, len(OWN_NAME))
        self._colour = self._output.isatty()
        self._given: dict[str, int] = {}

    def say(self, line: str) -> None:
        """A line of the supervisor's own."""
        self._write(OWN_NAME, line, 1)

    def emit_as(self, name: str) -> Emit:
        """A function that writes a line in the name of a child."""
        colour = self._given.setdefault(name, COLOURS[len(self._given) % len(COLOURS)])
        return lambda line: self._write(name, line, colour)

    def _write(self, name: str, line: str, colour: int) -> None:
        prefix = f"{name:<{self._width}} |"
        if self._colour:
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        try:
            self._output.write(f"{prefix} {line}\n" if line else f"{prefix}\n")
            self._output.flush()
        except (OSError, ValueError):
            return
