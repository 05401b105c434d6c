"""What an engine is: messages go in, pieces of text come out."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Role = Literal["system", "user", "assistant"]
Channel = Literal["text", "reasoning"]
Continuing = Literal["off", "vllm", "prefill", "prefix"]
"""How a server is asked to go on from the beginning of an answer: see `LLM_CONTINUES` in the documentation."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the conversation that the model sees."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Piece:
    """The next characters of the answer, or of the model's reasoning. Never empty."""

    text: str
    channel: Channel = "text"


class Engine(Protocol):
    """A model that answers.

    `model` is the name used when a call gives none. `continues`: a last message by the assistant is
    taken as the beginning of the answer, and only what comes after it is streamed.
    """

    model: str
    continues: bool

    def stream(
        self, messages: Sequence[Message], *, model: str | None = None, max_tokens: int | None = None
    ) -> AsyncGenerator[Piece, None]:
        """Answer `messages` piece by piece, with at most `max_tokens` tokens.

        When the last message is by the assistant and the engine `continues`, there may be no piece at all: the answer
        was whole already.

        Closing the generator, or cancelling whoever iterates it, closes the connection to the model
        server before it returns.

        Raises:
            ModelError: one of its subclasses, each with a sentence for people.
        """
        ...

    async def close(self) -> None:
        """Give back what the engine holds. It cannot be used afterwards."""
        ...
