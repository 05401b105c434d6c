"""Cutting a document into passages: at headings always, at paragraphs when possible, else at sentences."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from library.blocks import Block
from library.characters import CJK_WIDE, width

TARGET_WIDTH = 900
"""A passage is closed once it says this much, in Latin letters; a CJK character counts as two."""
MAX_WIDTH = 1200
SHORT_WIDTH = 250
"""A last piece shorter than this joins the passage before it when that stays within `MAX_WIDTH`."""

_NO_ABBREVIATION = r"(?<!\b(?:Dr|Mr|Ms|St|No|vs)\.)(?<!\b(?:Mrs|Fig|Sec)\.)(?<!\b[A-Z]\.)(?<!\b(?:e\.g|i\.e)\.)"
_SENTENCE_END = re.compile(
    rf"(?<=[。！？；!?])[”’」』）)\"']*\s*(?=\S)|(?<=[.!?…]){_NO_ABBREVIATION}[\"'”’)\]]*\s+(?=[\"'“‘(\[]?[A-Z0-9À-Þ{CJK_WIDE}])|\n+"
)
_CLAUSE_END = re.compile(r"(?<=[，、：,;:])\s*|\s+")


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of text of at most `MAX_WIDTH`, wholly under one heading, beginning on `page`."""

    text: str
    headings: tuple[str, ...]
    page: int | None


def split(blocks: Iterable[Block]) -> Iterator[Passage]:
    """The passages of a document, in its order. All text is kept, none of it twice."""
    for headings, section in groupby(blocks, key=lambda block: block.headings):
        yield from _close_last(_pack(section, headings))


def _pack(section: Iterable[Block], headings: tuple[str, ...]) -> Iterator[Passage]:
    held: list[str] = []
    says = 0
    page = None
    for block in section:
        for glue, piece in _pieces(block.text.strip()):
            more = width(piece)
            if held and (says >= TARGET_WIDTH or says + width(glue) + more > MAX_WIDTH):
                yield Passage("".join(held), headings, page)
                held = []
            if held:
                held += glue, piece
                says += width(glue) + more
            else:
                held = [piece]
                says, page = more, block.page
    if held:
        yield Passage("".join(held), headings, page)


def _close_last(passages: Iterator[Passage]) -> Iterator[Passage]:
    """Joins a short last passage to the one before, if it fits."""
    held: list[Passage] = []
    for passage in passages:
        held.append(passage)
        if len(held) > 2:
            yield held.pop(0)
    if len(held) == 2 and width(held[1].text) < SHORT_WIDTH:
        joined = f"{held[0].text}\n{held[1].text}"
        if width(joined) <= MAX_WIDTH:
            held = [Passage(joined, held[0].headings, held[0].page)]
    yield from held


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """A paragraph as pieces that fit, each with what joins it to the piece before when both share a passage."""
    if not text:
        return
    if width(text) <= MAX_WIDTH:
        yield "\n", text
        return
    glue = "\n"
    for pattern_glue, sentence in _cut(text, _SENTENCE_END):
        for inner_glue, clause in _cut(sentence, _CLAUSE_END) if width(sentence) > MAX_WIDTH else [("", sentence)]:
            for hard in _hard_cut(clause):
                yield glue, hard
                glue = ""
            glue = inner_glue
        glue = pattern_glue


def _cut(text: str, at: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """`text` cut at every match, as (what stood between this and the next, piece)."""
    start = 0
    for match in at.finditer(text):
        gap = match.group()
        kept = gap.rstrip()
        piece = text[start : match.start()] + kept
        if piece:
            yield gap[len(kept) :], piece
        start = match.end()
    if start < len(text):
        yield "", text[start:]


def _hard_cut(text: str) -> Iterator[str]:
    """A run without any border, such as a long key, cut where it must be."""
    step = MAX_WIDTH if width(text) == len(text) else MAX_WIDTH // 2
    if width(text) <= MAX_WIDTH:
        yield text
        return
    for start in range(0, len(text), step):
        yield text[start : start + step]
