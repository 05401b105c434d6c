"""What a stream says must not depend on how its bytes were cut."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import TypeVar

from hypothesis import given
from hypothesis import strategies as st

from llm.chunks import AnswerReader
from llm.mending import Mender
from llm.sse import EventReader
from llm.thinking import ThinkSplitter
from llm.translate import WORDS_LIMIT, words

Whole = TypeVar("Whole", str, bytes)


def cut(whole: Whole, at: list[int]) -> list[Whole]:
    places: list[int] = sorted({place % (len(whole) + 1) for place in at})
    return [whole[a:b] for a, b in zip([0, *places], [*places, len(whole)], strict=True)]


def split(chunks: list[str]) -> tuple[str, str]:
    splitter = ThinkSplitter()
    said = {"text": "", "reasoning": ""}
    for pieces in [*map(splitter.feed, chunks), splitter.end()]:
        for piece in pieces:
            assert piece.text
            said[piece.channel] += piece.text
    return said["text"], said["reasoning"]


PARTS = st.lists(st.sampled_from(["<think>", "</think>", "<th", "ink>", "</", "<", ">", " ", "\n", "a", "好", "think"]))


@given(PARTS.map("".join), st.lists(st.integers(0, 500)))
def test_thinking_is_split_alike_however_the_text_is_cut(text: str, at: list[int]) -> None:
    assert split(cut(text, at)) == split([text])


@given(PARTS.map("".join), st.lists(st.integers(0, 500)))
def test_text_without_a_leading_tag_passes_unchanged(text: str, at: list[int]) -> None:
    text = "x" + text
    assert split(cut(text, at)) == (text, "")


def test_thinking_that_is_closed_and_thinking_that_is_not() -> None:
    assert split(["\n<thi", "nk>why</th", "ink>\n\nSo."]) == ("So.", "why")
    assert split(["<think>why </thin"]) == ("", "why </thin")
    assert split(["<", "b>"]) == ("<b>", "")
    assert split(["<thin"]) == ("<thin", "")


@given(
    st.lists(st.dictionaries(st.text(max_size=5), st.text()), min_size=1),
    st.sampled_from(["\n", "\r\n"]),
    st.lists(st.integers(0, 5000)),
)
async def test_events_are_read_alike_however_the_bytes_are_cut(
    values: list[dict[str, str]], newline: str, at: list[int]
) -> None:
    lines = [f": ping{newline}{newline}event: x{newline}data: {json.dumps(v, ensure_ascii=False)}" for v in values]
    raw = (newline * 2).join([*lines, ""]).encode("utf-8", "surrogatepass")

    async def chunks() -> AsyncIterator[bytes]:
        for piece in cut(raw, at):
            yield piece

    reader = EventReader()
    events = [event async for event in reader.events(chunks())]
    assert [json.loads(event.decode("utf-8", "surrogatepass")) for event in events] == values
    assert reader.stray == b""


async def test_an_event_that_never_ended_is_marked_and_a_page_is_stray() -> None:
    async def chunks(*pieces: bytes) -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    reader = EventReader()
    assert [event async for event in reader.events(chunks(b"data: 1\n\nda", b"ta: {"))] == [b"1", b"{"]
    assert reader.truncated
    reader = EventReader()
    assert [event async for event in reader.events(chunks(b"<html>\n<body>data: no"))] == []
    assert reader.stray.startswith(b"<html>")


def test_characters_cut_in_two_are_joined_and_what_cannot_be_stored_is_replaced() -> None:
    mender = Mender()
    assert [mender.mend(text) for text in ("a\ud83d", "\ude42b", "\ud83d", "c", "\ude42", "\x00", "🙂", "")] == [
        "a",
        "🙂b",
        "",
        "\ufffdc",
        "\ufffd",
        "\ufffd",
        "🙂",
        "",
    ]


@given(st.text(st.characters()), st.lists(st.integers(0, 100)))
def test_mended_text_can_be_stored_and_good_text_is_unchanged(text: str, at: list[int]) -> None:
    mender = Mender()
    good = text.encode("utf-8", "ignore").decode().replace("\x00", "")
    assert "".join(map(mender.mend, cut(good, at))) == good
    mended = "".join(map(mender.mend, cut(text + "\ud83d", at)))
    mended.encode()
    assert "\x00" not in mended


def test_an_emoji_in_two_chunks_is_one_character() -> None:
    answer = AnswerReader("")
    events = [b'{"choices": [{"delta": {"content": "x\\ud83d"}}]}', b'{"choices": [{"delta": {"content": "\\ude42"}}]}']
    assert "".join(piece.text for event in events for piece in answer.take(event)) == "x🙂"


def test_the_servers_words_are_one_short_line_without_the_key() -> None:
    key = "abcdefgh"
    assert words({"error": {"message": f"bad\nkey {key}"}}, key) == "bad key …"
    assert words({"detail": [{"msg": "too long"}]}, key) == "too long"
    assert words("<html>oops", key) == ""
    assert words({"message": "Incorrect API key provided: sk-proj-12345678."}, "") == "Incorrect API key provided: …."
    assert len(words("y" * 5000, key)) == WORDS_LIMIT
    assert words(None, key) == words({}, key) == words([], key) == ""


def test_the_servers_words_can_be_stored() -> None:
    assert words({"message": "a\x00b \ud83d\ude42 \ude42 end \ud83d"}, "") == "a\ufffdb 🙂 \ufffd end \ufffd"


def test_importing_the_room_does_not_import_the_sdk() -> None:
    code = "import sys, llm, assistant.answer, assistant.research; sys.exit('openai' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
