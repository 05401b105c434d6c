"""Markdown: its headings, and its text as it is written."""

import re
from collections.abc import Iterator
from pathlib import Path

from library.blocks import Block, Headings, Opened, Piece, Properties, Reached
from library.characters import clean, one_line
from library.formats.text import decode

_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_SETEXT = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*\n", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title:[ \t]*[\"']?(.+?)[\"']?[ \t]*$", re.MULTILINE)
_NO_PARAGRAPH = re.compile(r"\s*(?:[-*+>|]|\d+[.)])\s")
_MARKUP = re.compile(r"!?\[([^\]\[]*)\]\([^()]*\)|[*`]{1,3}|(?<!\w)_{1,3}|_{1,3}(?!\w)")


def read(path: Path) -> Iterator[Piece]:
    """A block for every paragraph, list, table and code block."""
    text = clean(decode(path.read_bytes()))
    front = _FRONT_MATTER.match(text)
    if front:
        text = text[front.end() :]
        title = _FRONT_TITLE.search(front.group(1))
        if title:
            yield Properties(title=one_line(title.group(1)))
    yield Opened(1, "part")
    yield from _blocks(_without_comments(text).split("\n"))
    yield Reached(1)


def _blocks(lines: list[str]) -> Iterator[Block]:
    headings = Headings()
    held: list[str] = []
    fence = ""

    def taken() -> Iterator[Block]:
        content = "\n".join(held).strip("\n")
        held.clear()
        if content.strip():
            yield Block(content, headings.path)

    for line in lines:
        opening = _FENCE.match(line)
        if fence:
            held.append(line)
            if opening and opening.group(1).startswith(fence) and not line.strip(" `~"):
                fence = ""
                yield from taken()
        elif opening:
            yield from taken()
            fence = opening.group(1)
            held.append(line)
        elif match := _ATX.match(line):
            yield from taken()
            headings.enter(len(match.group(1)), _plain(match.group(2) or ""))
        elif held and len(held) < 4 and _SETEXT.match(line) and not _NO_PARAGRAPH.match(held[0]):
            title = _plain(" ".join(held))
            held.clear()
            headings.enter(1 if line.strip().startswith("=") else 2, title)
        elif not line.strip():
            yield from taken()
        else:
            held.append(line)
    yield from taken()


def _without_comments(text: str) -> str:
    kept, position = [], 0
    while (start := text.find("<!--", position)) >= 0 and (end := text.find("-->", start)) >= 0:
        kept.append(text[position:start])
        position = end + len("-->")
    return "".join(kept) + text[position:]


def _plain(heading: str) -> str:
    return one_line(_MARKUP.sub(lambda match: match.group(1) or "", heading))
