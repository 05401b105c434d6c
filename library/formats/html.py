"""HTML pages: what a reader came for, without navigation, scripts and styles."""

import re
from collections.abc import Iterator
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, LexborNode

from errors import DocumentError
from library.blocks import Block, Headings, Opened, Piece, Properties, Reached
from library.characters import clean, one_line, squeeze
from library.formats.text import decode

_DROPPED_TAGS = """
script style noscript template nav svg iframe object button select textarea dialog head audio video canvas
"""
_DROPPED = frozenset(_DROPPED_TAGS.split())
_AROUND = frozenset({"header", "footer"})
_DROPPED_ROLES = frozenset({"navigation", "search", "menu", "menubar"})
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCK_TAGS = """
address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure footer form
header hgroup hr html legend li main ol p section summary table tbody td tfoot th thead tr ul
"""
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_ASIDES = frozenset({"note", "tip", "caution", "warning", "important", "admonition"})
_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w-]{2,40})""", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"""<\?xml[^>]{0,100}encoding\s*=\s*["']([\w-]{2,40})["']""", re.IGNORECASE)
_LAYOUT = "table,pre,h1,h2,h3,h4,h5,h6"
_MAX_DEPTH = 300
_MAX_NESTING = 5_000
_NESTING = re.compile(
    rb"<(/?)(?:div|span|section|article|table|td|tr|blockquote|ul|ol|b|i|u|a|font|em|strong)\b", re.IGNORECASE
)


def read(path: Path) -> Iterator[Piece]:
    """A block for every paragraph, list item, table row and preformatted text; the page's title and language."""
    yield Opened(1, "part")
    content = path.read_bytes()
    _check_nesting(content)
    title, language, blocks = extract(content)
    yield Properties(title=title, language=language)
    yield from blocks
    yield Reached(1)


def _check_nesting(content: bytes) -> None:
    """Refuse what was made to be slow: the parser's time grows with the square of the depth.

    Raises:
        DocumentError: `not_readable`.
    """
    depth = deepest = 0
    for match in _NESTING.finditer(content):
        depth = max(0, depth - 1) if match[1] else depth + 1
        deepest = max(deepest, depth)
    if deepest > _MAX_NESTING:
        raise DocumentError("The page is nested too deeply to be read.", code="not_readable")


def extract(data: bytes, headings: Headings | None = None) -> tuple[str | None, str | None, list[Block]]:
    """Title, language and blocks of one page; `headings` goes on from the page before."""
    declared = _XML_ENCODING.search(data[:1024]) or _CHARSET.search(data[:4096])
    tree = LexborHTMLParser(decode(data, declared=declared.group(1).decode("ascii") if declared else None))
    title_node = tree.css_first("head > title")
    title = one_line(title_node.text()) if title_node else ""
    root = tree.css_first("html")
    language = ((root.attributes.get("lang") if root else None) or "")[:2].lower()
    blocks = _blocks(tree, headings or Headings())
    return title or None, language if language.isalpha() and len(language) == 2 else None, blocks


def _blocks(tree: LexborHTMLParser, headings: Headings) -> list[Block]:
    """The blocks of the `main` element, when there is one that holds most of the page, else of all of it."""
    body = tree.body
    if body is None:
        return []
    whole = _Walker(headings).read(body)
    mains = tree.css("main,[role=main]")
    if len(mains) == 1:
        main = _Walker(Headings()).read(mains[0])
        if sum(len(block.text) for block in main) > 0.4 * sum(len(block.text) for block in whole):
            return main
    return whole


def _is_around(node: LexborNode, tag: str) -> bool:
    """Navigation by its role, hidden parts, and a page's header or footer, unless it has the page's heading."""
    attributes = node.attributes
    if "hidden" in attributes or attributes.get("role") in _DROPPED_ROLES:
        return True
    return tag in _AROUND and node.css_first("h1,h2,article") is None


class _Walker:
    """Goes through the elements and gathers inline text until a block element begins or ends."""

    def __init__(self, headings: Headings) -> None:
        self.blocks: list[Block] = []
        self._headings = headings
        self._inline: list[str] = []
        self._within_aside = 0

    def read(self, node: LexborNode) -> list[Block]:
        self._walk(node, 0)
        self._close()
        return self.blocks

    def _close(self) -> None:
        text = squeeze("".join(self._inline))
        self._inline.clear()
        self._add(text)

    def _walk(self, node: LexborNode, depth: int) -> None:
        child = node.child
        while child is not None:
            self._visit(child, depth + 1)
            child = child.next

    def _visit(self, node: LexborNode, depth: int) -> None:
        tag = node.tag or ""
        if tag == "-text":
            self._inline.append(" ".join((node.text_content or "").split("\n")))
        elif tag == "br":
            self._inline.append("\n")
        elif tag in _DROPPED or tag.startswith(("-", "!", "_")) or _is_around(node, tag):
            return
        elif depth >= _MAX_DEPTH:
            self._inline.append(node.text())
        elif tag in _BLOCKS or tag in _HEADINGS or tag == "pre":
            self._close()
            self._block(node, tag, depth)
            self._close()
        else:
            self._walk(node, depth)

    def _block(self, node: LexborNode, tag: str, depth: int) -> None:
        if tag in _HEADINGS and not self._within_aside:
            self._headings.enter(_HEADINGS[tag], one_line(node.text()))
        elif tag == "pre":
            self._add(clean(node.text()).strip("\n").rstrip())
        elif tag == "tr" and node.css_first(_LAYOUT) is None:
            cells = [one_line(cell.text(separator=" ")) for cell in node.css("td,th")]
            self._add(" | ".join(cell for cell in cells if cell))
        else:
            # The heading of a note inside a section ("Tip") says nothing about where we are.
            aside = not _ASIDES.isdisjoint((node.attributes.get("class") or "").lower().split())
            self._within_aside += aside
            self._walk(node, depth)
            self._within_aside -= aside

    def _add(self, text: str) -> None:
        if text.strip():
            self.blocks.append(Block(text, self._headings.path))
