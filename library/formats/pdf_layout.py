"""From the lines of PDF pages to paragraphs under headings.

A PDF knows where ink goes, not what a paragraph is: lines are joined where a full line runs on into the next,
what is repeated at the edge of every page is dropped, and so are tables of contents, which the outline replaces.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from library.blocks import Block, Headings
from library.characters import CJK_WIDE, count_cjk, squeeze, width


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the outline: `level` from 1, `page` from 0."""

    level: int
    title: str
    page: int


@dataclass(slots=True)
class _Line:
    text: str
    page: int
    headings: tuple[str, ...] = ()


_LEADER = re.compile(r"(?:[.·…]\s?){4,}\s*(?:\d+|[ivxlc]+)$|(?:[.·]\s?){6,}$", re.IGNORECASE)
_DIGITS = re.compile(r"\d+|\b[ivxlc]+\b", re.IGNORECASE)
_NUMBERING = re.compile(
    r"(?:chapter|part|appendix|section|第)?(?:[\dA-Z]{1,3}|[一二三四五六七八九十百零〇]{1,4})?"
    r"(?:\.\d{1,3}){0,6}[章节節部.:：、]?",
    re.IGNORECASE,
)
_RUNNING_HEAD = re.compile(r"(?:chapter|part|appendix|section)[\dA-Z]|第.{1,4}[章部]", re.IGNORECASE)
_STARTS_ANEW = re.compile(r"(?:[•·◦▪■●○–—*-]|\d{1,3}[.)、]|[(（]\d{1,3}[)）]|[$#%>])\s?\S")
_SENTENCE_END = tuple("。！？；.!?;:：")
_CJK_SPACE = re.compile(f"(?<=[{CJK_WIDE}]) (?=[{CJK_WIDE}])")
_WIDE_EDGE = re.compile(f"[{CJK_WIDE}]")


def lay_out(pages: list[str], outline: list[Entry]) -> Iterator[Block]:
    """The blocks of a document whose pages have these texts; `Block.page` counts from 1."""
    lines = _without_margins([_lines(text) for text in pages])
    shown = _without_contents(lines)
    flat = list(_under_headings(shown, outline))
    for line in _joined(flat):
        yield Block(line.text, line.headings, line.page + 1)


def _lines(text: str) -> list[str]:
    # PDFium marks a hyphen at which a word was broken with one of these.
    for mark in ("\x02\r\n", "\x02\n", "\x02", "\ufffe"):
        text = text.replace(mark, "")
    return [_unspaced(line) for line in squeeze(text).split("\n") if line]


def _unspaced(line: str) -> str:
    """Justified lines come with a space after every CJK character or two."""
    spaces = len(_CJK_SPACE.findall(line))
    return _CJK_SPACE.sub("", line) if spaces >= 5 and spaces > 0.25 * count_cjk(line) else line


def _without_margins(pages: list[list[str]]) -> list[list[str]]:
    """Drops a first or last line that, but for its numbers, stands at the same edge of many pages."""
    enough = max(3, len(pages) // 20)
    for edge in (0, -1):
        for _ in range(2):
            seen = Counter(_DIGITS.sub("#", page[edge]) for page in pages if len(page) > 1)
            repeated = {line for line, count in seen.items() if count >= enough and len(line) <= 120}
            if not repeated:
                break
            pages = [
                (page[1:] if edge == 0 else page[:-1])
                if len(page) > 1 and _DIGITS.sub("#", page[edge]) in repeated
                else page
                for page in pages
            ]
    return pages


def _without_contents(pages: list[list[str]]) -> list[list[str]]:
    """Drops the lines with dotted leaders of pages that are mostly such lines, unless nothing else is there."""
    kept = []
    for page in pages:
        leaders = sum(1 for line in page if _LEADER.search(line))
        kept.append([] if leaders >= 5 and leaders > 0.35 * len(page) else page)
    return kept if any(kept) else pages


def _key(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _under_headings(pages: list[list[str]], outline: list[Entry]) -> Iterator[_Line]:
    """Every line with its headings; a line that is itself a heading of the outline is not repeated as text."""
    by_page: dict[int, list[Entry]] = {}
    for entry in outline:
        by_page.setdefault(entry.page, []).append(entry)
    headings = Headings()
    for number, lines in enumerate(pages):
        position = int(bool(lines) and _is_running_head(lines[0], headings.path))
        for entry in by_page.get(number, []):
            found = _find(lines, entry.title, position)
            if found:
                start, end = found
                for line in lines[position:start]:
                    yield _Line(line, number, headings.path)
                position = end
            headings.enter(entry.level, entry.title)
        for line in lines[position:]:
            yield _Line(line, number, headings.path)


def _is_running_head(line: str, path: tuple[str, ...]) -> bool:
    """The title of a chapter that began on an earlier page, repeated at the top with its number."""
    key = _key(line)
    return bool(path and _RUNNING_HEAD.match(key)) and _key(path[0]) in key


def _find(lines: list[str], title: str, start: int) -> tuple[int, int] | None:
    """Where the title stands among the lines: by itself or after its number, on one to three lines."""
    wanted = _key(title)
    for index in range(start, len(lines)):
        text = ""
        for end in range(index + 1, min(index + 4, len(lines) + 1)):
            text += _key(lines[end - 1])
            if len(text) > len(wanted) + 24:
                break
            if text == wanted or (text.endswith(wanted) and _NUMBERING.fullmatch(text[: -len(wanted)])):
                return index, end
    return None


def _joined(lines: list[_Line]) -> Iterator[_Line]:
    """Lines that run on into each other as one, over the end of a page too."""
    if not lines:
        return
    widths = sorted(width(line.text) for line in lines)
    full = max(40, widths[int(0.9 * (len(widths) - 1))])
    held = lines[0]
    last = held.text
    for line in lines[1:]:
        if line.headings == held.headings and _runs_on(last, line.text, full):
            held = replace(held, text=held.text + _glue(held.text, line.text) + line.text)
        else:
            yield held
            held = line
        last = line.text
    yield held


def _runs_on(line: str, following: str, full: int) -> bool:
    reached = width(line) / full
    if _STARTS_ANEW.match(following) or reached < 0.75:
        return False
    return reached > 0.95 or not line.endswith(_SENTENCE_END)


def _glue(before: str, after: str) -> str:
    both_wide = _WIDE_EDGE.match(before[-1]) and _WIDE_EDGE.match(after[0])
    return "" if both_wide else " "
