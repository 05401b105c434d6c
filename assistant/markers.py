"""Finding where a text refers to a numbered source."""

import re

LONGEST = 64
_FOUND = re.compile(r"`{3}|[\[【](\d{1,3}(?:[,;，、；] ?\d{1,3}){0,7})[\]】]")


class Markers:
    """Finds `[1]` and `[2, 3]` (also `【1】`) in a text that comes in pieces, however it is cut.

    What stands in a fenced code block is code and refers to nothing.

    Args:
        known: the numbers that exist; others are plain text.
    """

    def __init__(self, known: set[int]) -> None:
        self.seen: list[int] = []
        self._known = known
        self._tail = ""
        self._in_code = False

    def feed(self, text: str) -> list[int]:
        """The numbers that the text now uses for the first time, in their order."""
        self._tail += text
        end = 0
        new: list[int] = []
        for match in _FOUND.finditer(self._tail):
            end = match.end()
            if match[1] is None:
                self._in_code = not self._in_code
            elif not self._in_code:
                new += self._note(match[1])
        self._tail = self._tail[max(end, len(self._tail) - LONGEST) :]
        return new

    def _note(self, numbers: str) -> list[int]:
        new = []
        for number in map(int, re.findall(r"\d+", numbers)):
            if number in self._known and number not in self.seen:
                self.seen.append(number)
                new.append(number)
        return new
