"""What reading a file yields, whatever its format."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a table row, a code block: text that belongs together.

    `headings`: the headings it stands under, outermost first. `page`: from 1, where the format has pages.
    """

    text: str
    headings: tuple[str, ...] = ()
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """The file could be opened and has so many parts (`unit`: page, slide, sheet, chapter, part)."""

    total: int
    unit: str


@dataclass(frozen=True, slots=True)
class Reached:
    """Part number `done` has been read."""

    done: int


@dataclass(frozen=True, slots=True)
class Properties:
    """What the file says about itself. `pages`: only for formats that have pages."""

    title: str | None = None
    language: str | None = None
    pages: int | None = None


Piece: TypeAlias = Opened | Reached | Block | Properties
"""What a reader yields, in this order: Opened, then Reached and Block in any mixture, Properties at any time."""


class Headings:
    """The path of headings while reading from the top."""

    def __init__(self) -> None:
        self._stack: list[tuple[int, str]] = []

    def enter(self, level: int, title: str) -> None:
        """A heading of this level (1 is the outermost) begins; deeper and equal ones end."""
        while self._stack and self._stack[-1][0] >= level:
            self._stack.pop()
        if title:
            self._stack.append((level, title))

    @property
    def path(self) -> tuple[str, ...]:
        """The headings in force, outermost first."""
        return tuple(title for _, title in self._stack)
