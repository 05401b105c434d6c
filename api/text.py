"""Text that people send: what is never taken, and how the schema says so."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from assistant.context import Budget
from errors import InvalidInput
from llm.engine import Message as ModelMessage
from settings import Settings

WITH_WORDS = r"^[^\u0000]*\S[^\u0000]*$"
"""For the schema: at least one character that is no space, and no NUL."""

WITHOUT_NUL = r"^[^\u0000]*$"

NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")
MAX_FILENAME_CHARS = 200
BIDIRECTIONAL = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
"""Marks that turn text around: `gpj.exe` can be made to look like `exe.jpg`."""


def _storable(text: str) -> str:
    if NOT_STORABLE.search(text):
        raise PydanticCustomError("invalid_text", "Text must not contain NUL characters or lone surrogates.")
    return text


def _with_words(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("empty_message", "There must be something in it besides spaces.")
    return text


def _trimmed(text: str) -> str:
    trimmed = " ".join(text.split())
    if not trimmed:
        raise PydanticCustomError("blank", "There must be something in it besides spaces.")
    return trimmed


PlainText = Annotated[str, AfterValidator(_storable), Field(json_schema_extra={"pattern": WITHOUT_NUL})]
"""Any text that UTF-8 and PostgreSQL can hold: no NUL, no lone surrogate."""

Message = Annotated[PlainText, AfterValidator(_with_words), Field(json_schema_extra={"pattern": WITH_WORDS})]
"""What is asked, verbatim. Its length is a setting, checked by `check_length`."""

Title = Annotated[PlainText, Field(max_length=200, json_schema_extra={"pattern": WITH_WORDS}), AfterValidator(_trimmed)]
"""One line of words."""


def check_length(text: str, settings: Settings) -> None:
    """Hold a message against `MAX_MESSAGE_CHARS`, and against the model's context when one is connected.

    Raises:
        InvalidInput: `message_too_long`.
    """
    if len(text) > settings.max_message_chars:
        raise InvalidInput(
            f"This has {len(text)} characters; at most {settings.max_message_chars} are taken.", code="message_too_long"
        )
    if settings.llm_base_url:
        Budget.of(settings.llm_context_tokens, settings.llm_answer_tokens).require(ModelMessage("user", text))


def clean_filename(name: str) -> str:
    """A file's own name: without folders, control characters and marks that turn text around, at most 200 characters.

    The ending stays when the name is cut. Empty when nothing is left.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(char for char in last if unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp"))
    clean = "".join(char for char in kept if char not in BIDIRECTIONAL).strip(" .")
    if len(clean) <= MAX_FILENAME_CHARS:
        return clean
    stem, dot, ending = clean.rpartition(".")
    if not dot or len(ending) > 10:
        return clean[:MAX_FILENAME_CHARS]
    return stem[: MAX_FILENAME_CHARS - len(ending) - 1] + dot + ending
