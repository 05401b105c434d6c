"""What fits into a model's context, and what of a conversation is left out when not all does."""

import math
import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.language import language_of
from errors import InvalidInput
from llm.engine import Message

MESSAGE_TOKENS = 6
"""What a server's chat template adds around each message, at most about."""

NO_ANSWER = {"zh": "（没有回答）", "en": "(no answer)"}

_LATIN = re.compile(r"[A-Za-z ]")
_HALF = re.compile(r"[\x00-\x1f0-9\x80-\u10ff\u1e00-\u2bff]")
_ASCII_SIGN = re.compile(r"[!-/:-@\[-`{-~]")
_ASTRAL = re.compile(r"[\U00010000-\U0010ffff]")


def estimate_tokens(text: str) -> int:
    """About how many tokens `text` is, rather too many than too few.

    Four Latin letters or spaces are one token; two digits, line breaks, or letters of other alphabets
    are one; a Chinese, Japanese or Korean character is one, as is a punctuation mark; an emoji is two.
    """
    latin = len(_LATIN.findall(text))
    half = len(_HALF.findall(text))
    rest = len(text) - latin - half
    return math.ceil(latin / 4 + half / 2 + rest + len(_ASTRAL.findall(text)))


def shortened(text: str, tokens: int) -> str:
    """The longest beginning of `text` that is estimated at no more than `tokens`."""
    if estimate_tokens(text) <= tokens:
        return text
    # The first length that is too long is one above the longest that is not.
    too_long = bisect_left(range(len(text) + 1), tokens + 1, key=lambda length: estimate_tokens(text[:length]))
    return text[: max(0, too_long - 1)]


def message_tokens(message: Message) -> int:
    """About how many tokens a message takes in the prompt."""
    return MESSAGE_TOKENS + estimate_tokens(message.content)


def room_for_answer(messages: Sequence[Message], context_tokens: int, answer_tokens: int) -> int:
    """The `max_tokens` to ask for: what the prompt leaves free, at least `answer_tokens`.

    A quarter of the prompt stays as a margin, because the estimate can be too low for code and some
    servers refuse a request whose prompt and limit together exceed the context.
    """
    prompt = sum(map(message_tokens, messages))
    return max(answer_tokens, context_tokens - math.ceil(prompt * 1.25))


@dataclass(frozen=True, slots=True)
class PastTurn:
    """An earlier turn of the session."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(slots=True)
class Budget:
    """Tokens left for the prompt. `answer_tokens` of the context are never given away."""

    left: int

    @classmethod
    def of(cls, context_tokens: int, answer_tokens: int) -> "Budget":
        """The budget of a whole context."""
        return cls(context_tokens - answer_tokens)

    def take(self, tokens: int) -> bool:
        """Take `tokens` if so many are left."""
        if tokens > self.left:
            return False
        self.left -= tokens
        return True

    def require(self, message: Message) -> None:
        """Take what `message` needs.

        Raises:
            InvalidInput: it does not fit; code `message_too_long`.
        """
        if not self.take(message_tokens(message)):
            raise InvalidInput("The message is too long for this model's context.", code="message_too_long")


def recent_history(history: Sequence[PastTurn], budget: Budget) -> list[Message]:
    """The newest exchanges that fit, oldest first, and nothing older than one that does not fit.

    An exchange is a question and its answer. Empty turns do not count. A question that was never
    answered is followed by a stand-in, since many models accept only turns that alternate.
    """
    kept: list[list[Message]] = []
    for exchange in reversed(_exchanges(history)):
        if not budget.take(sum(map(message_tokens, exchange))):
            break
        kept.append(exchange)
    return [message for exchange in reversed(kept) for message in exchange]


def _exchanges(history: Sequence[PastTurn]) -> list[list[Message]]:
    exchanges: list[tuple[str, list[str]]] = []
    for turn in history:
        if not turn.content.strip():
            continue
        if turn.role == "user":
            exchanges.append((turn.content, []))
        elif exchanges:
            exchanges[-1][1].append(turn.content)
    return [
        [
            Message("user", question),
            Message("assistant", "\n\n".join(answers) or NO_ANSWER[language_of(question)]),
        ]
        for question, answers in exchanges
    ]
