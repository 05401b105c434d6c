"""Reasoning that a server leaves inside the answer as `<think>…</think>`."""

from collections.abc import Iterator

from llm.engine import Piece

OPEN, CLOSE = "<think>", "</think>"


class ThinkSplitter:
    """Separates a leading `<think>…</think>` from the answer, however the text is cut into chunks.

    Only at the very beginning: an answer that talks about the tag keeps it.
    """

    def __init__(self) -> None:
        self._held = ""
        self._state = "start"

    def feed(self, text: str) -> Iterator[Piece]:
        """The pieces that are certain after `text`. What may still become a tag is held back."""
        if self._state == "text":
            if text:
                yield Piece(text)
            return
        self._held += text
        if self._state == "start":
            bare = self._held.lstrip()
            if not bare.startswith(OPEN):
                if not OPEN.startswith(bare):
                    yield from self._release("text")
                return
            self._state, self._held = "thinking", bare.removeprefix(OPEN)
        if self._state == "thinking":
            yield from self._think()
            if self._state == "thinking":
                return
        # The blank lines after the closing tag belong to neither side.
        self._held = self._held.lstrip()
        if self._held:
            yield from self._release("text")

    def end(self) -> Iterator[Piece]:
        """What was held back, now that no more text comes."""
        if self._held.strip():
            yield Piece(self._held, "reasoning" if self._state == "thinking" else "text")
        self._held = ""

    def _think(self) -> Iterator[Piece]:
        thought, tag, rest = self._held.partition(CLOSE)
        if tag:
            self._state, self._held = "gap", rest
        else:
            keep = next((n for n in range(len(CLOSE) - 1, 0, -1) if thought.endswith(CLOSE[:n])), 0)
            cut = len(thought) - keep
            thought, self._held = thought[:cut], thought[cut:]
        if thought:
            yield Piece(thought, "reasoning")

    def _release(self, state: str) -> Iterator[Piece]:
        self._state, text, self._held = state, self._held, ""
        yield Piece(text)
