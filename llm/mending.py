"""Text as it may be stored and sent on, from what servers write."""

import re

_BAD = re.compile("[\x00\ud800-\udfff]")


class Mender:
    """Joins characters that a server cut in two, and replaces what no database can store.

    Servers that count in UTF-16 cut an emoji into two halves and send each in a chunk of its own.
    """

    def __init__(self) -> None:
        self._half = ""

    def mend(self, text: str) -> str:
        """`text` with the half left from the last one; a half at its end waits for the next."""
        text, self._half = self._half + text, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return mended(text)


def mended(text: str) -> str:
    """A whole text: halves of a character joined, and what no database can store replaced."""
    if _BAD.search(text) is None:
        return text
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\x00", "\ufffd")
