"""What the chunks of a streamed chat completion say."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from errors import ModelBadResponse, ModelCut, ModelRefused
from llm.echo import Echo
from llm.engine import Piece
from llm.mending import Mender
from llm.thinking import ThinkSplitter
from llm.translate import refused

ABORTED = ("abort", "error")
"""Finish reasons of servers that gave up."""


class AnswerReader:
    """Reads one answer from the events of a stream, and says at its end whether it was a whole one.

    `begun`: some text or reasoning came. `finish_reason`: the server's, once it gave one.
    `done`: nothing more is to come.

    Args:
        secret: the API key, which no error may hold.
        partial: the beginning of the answer, when the server was asked to go on from there.
    """

    def __init__(self, secret: str, partial: str = "") -> None:
        self.begun = False
        self.done = False
        self.finish_reason: str | None = None
        self._secret = secret
        self._splitter = ThinkSplitter()
        self._texts, self._thoughts = Mender(), Mender()
        self._echo = Echo(partial)
        self._continuing = bool(partial)
        self._recognised = False
        self._answered = False
        self._reasoned = False

    def take(self, event: bytes, *, truncated: bool = False) -> Iterator[Piece]:
        """The pieces in one event's data.

        Raises:
            ModelRefused: the server reports an error.
            ModelBadResponse: it is no chunk of a chat completion.
        """
        if event.strip() == b"[DONE]":
            self.done = self._recognised = True
            return
        try:
            # Not orjson: it refuses the halves of characters that some servers send.
            chunk = json.loads(event)
        except ValueError as error:
            if truncated:
                return
            raise ModelBadResponse("The model server sent something that is not JSON in its stream.") from error
        yield from self._chunk(chunk)

    def rest(self) -> Iterator[Piece]:
        """What was held back in case it became a tag, or the beginning once more."""
        yield from self._noted(self._splitter.end())
        if text := self._echo.end():
            yield self._counted(Piece(text))

    def check_end(self, stray: bytes) -> None:
        """Call after the last event; `stray` is what came that was no event.

        Raises:
            ModelCut: the stream ended before the answer did.
            ModelBadResponse: there was no answer in it.
            ModelRefused: there was an error in it, or the server withheld the answer.
        """
        if not self._recognised:
            self._report_stray(stray)
            raise ModelBadResponse("The model server answered with something that is not a chat completion.")
        if self.finish_reason in ABORTED or not (self.done or self.finish_reason):
            raise ModelCut("The model server ended the stream before the answer was complete.")
        if self._answered:
            return
        if self.finish_reason == "content_filter":
            raise ModelRefused("The model server withheld the answer because of its content filter.")
        if self._continuing and not self._reasoned:
            # The beginning was the whole answer; only its end had not come.
            return
        if self.begun:
            raise ModelBadResponse("The model only reasoned and then ended without an answer.")
        raise ModelBadResponse("The model ended without writing anything.")

    def _report_stray(self, stray: bytes) -> None:
        try:
            body = json.loads(stray)
        except ValueError:
            return
        if isinstance(body, Mapping) and body.get("error"):
            raise refused(body["error"], secret=self._secret)

    def _chunk(self, chunk: Any) -> Iterator[Piece]:
        if isinstance(chunk, Mapping) and chunk.get("error"):
            raise refused(chunk["error"], secret=self._secret)
        choices = chunk.get("choices") if isinstance(chunk, Mapping) else None
        if not choices:
            # A chunk about usage or a prompt filter has no choices, or an empty list of them.
            return
        try:
            choice = choices[0]
            delta = choice.get("delta") or choice.get("message") or {}
            reasoning = delta.get("reasoning_content") or delta.get("reasoning") or ""
            content = delta.get("content") or ""
            if not (isinstance(reasoning, str) and isinstance(content, str)):
                raise TypeError("text expected")
        except (AttributeError, KeyError, IndexError, TypeError) as error:
            raise ModelBadResponse("The model server sent a chunk of an unknown shape.") from error
        self._recognised = True
        self.finish_reason = choice.get("finish_reason") or self.finish_reason
        self.begun = self.begun or bool(reasoning or content)
        if thought := self._thoughts.mend(reasoning):
            yield self._counted(Piece(thought, "reasoning"))
        if text := self._texts.mend(content):
            yield from self._noted(self._splitter.feed(text))

    def _noted(self, pieces: Iterator[Piece]) -> Iterator[Piece]:
        for piece in pieces:
            if piece.channel == "reasoning":
                yield self._counted(piece)
            elif text := self._echo.feed(piece.text):
                yield self._counted(Piece(text))

    def _counted(self, piece: Piece) -> Piece:
        if piece.channel == "reasoning":
            self._reasoned = True
        elif piece.text.strip():
            self._answered = True
        return piece
