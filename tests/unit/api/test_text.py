"""Text and file names that people send."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from api.text import MAX_FILENAME_CHARS, Message, PlainText, Title, clean_filename

message, plain, title = TypeAdapter(Message), TypeAdapter(PlainText), TypeAdapter(Title)


def _code(adapter: TypeAdapter[str], value: str) -> str:
    with pytest.raises(ValidationError) as error:
        adapter.validate_python(value)
    return error.value.errors()[0]["type"]


@given(st.text())
def test_a_message_is_verbatim_or_refused(text: str) -> None:
    storable = "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)
    if storable and text.strip():
        assert message.validate_python(text) == text
    else:
        assert _code(message, text) == ("empty_message" if storable else "invalid_text")


@pytest.mark.parametrize("text", ["a\x00", "\ud800", "x\udfffy"])
def test_what_cannot_be_stored(text: str) -> None:
    assert {_code(adapter, text) for adapter in (message, plain, title)} == {"invalid_text"}


def test_a_title_is_one_line() -> None:
    assert title.validate_python(" a\n b\tc ") == "a b c"
    assert _code(title, " \n ") == "blank"


@pytest.mark.parametrize(
    ("given_name", "clean"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ann\\手册.docx", "手册.docx"),
        ("a\x00b\nc\x7f.txt", "abc.txt"),
        ("evil\u202efdp.exe", "evilfdp.exe"),
        (" .hidden. ", "hidden"),
        ("e\u0301.md", "é.md"),
        ("folder/", ""),
        ("..", ""),
        ("", ""),
    ],
)
def test_a_files_own_name(given_name: str, clean: str) -> None:
    assert clean_filename(given_name) == clean


@given(st.text(max_size=600))
def test_every_name_becomes_short_and_flat(name: str) -> None:
    clean = clean_filename(name)
    assert len(clean) <= MAX_FILENAME_CHARS
    assert "/" not in clean
    assert clean.isprintable() or not any(char in clean for char in "\x00\n\r\u202e")
    assert clean_filename(clean) == clean


def test_a_long_name_keeps_its_ending() -> None:
    clean = clean_filename("水" * 500 + ".pdf")
    assert (len(clean), clean[-4:]) == (MAX_FILENAME_CHARS, ".pdf")
