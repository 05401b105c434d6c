"""The beginning of an answer that a server says once more before it goes on from there."""


class Echo:
    """Drops `partial` from the front of a text that comes in pieces, when the text begins with all of it.

    Some servers do say it again, by design or by mistake. A true continuation does not repeat a whole passage from its
    first character on.
    """

    def __init__(self, partial: str) -> None:
        self._partial = partial
        self._held = ""

    def feed(self, text: str) -> str:
        """What is certain after `text`; what may still become the beginning once more is held back."""
        if not self._partial:
            return text
        self._held += text
        if self._partial.startswith(self._held) and len(self._held) < len(self._partial):
            return ""
        held, self._held = self._held, ""
        rest = held.removeprefix(self._partial)
        self._partial = ""
        return rest

    def end(self) -> str:
        """What was held back, now that no more text comes."""
        held, self._held, self._partial = self._held, "", ""
        return held
