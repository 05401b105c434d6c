"""Word documents. Walks the XML in document order, because that also finds what python-docx's lists leave out:
tables between paragraphs, content controls, inserted text of tracked changes, text boxes.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
from docx.document import Document
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn

from errors import DocumentError
from library.blocks import Block, Headings, Opened, Piece, Properties, Reached
from library.characters import one_line, squeeze
from library.formats import archive

_P, _TBL, _TR, _TC = qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc")
_T, _TAB, _BR, _CR = qn("w:t"), qn("w:tab"), qn("w:br"), qn("w:cr")
_TEXTBOX = qn("w:txbxContent")
_CONTAINERS = frozenset(map(qn, ("w:sdt", "w:sdtContent", "w:customXml", "w:ins", "w:smartTag")))
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_REPORT_EVERY = 500
_MAX_DEPTH = 60
_NO_TITLES = ("word document", "document", "microsoft word document")


def read(path: Path) -> Iterator[Piece]:
    """A block for every paragraph and table row, under the headings that its heading styles make."""
    archive.check(path)
    try:
        document = docx.Document(str(path))
    except (OpcError, KeyError, ValueError) as error:
        raise DocumentError("The Word document is damaged or not complete.", code="not_readable") from error
    title = one_line(document.core_properties.title or "")
    yield Properties(title=None if title.lower() in _NO_TITLES else title or None)
    elements = list(document.element.body)
    yield Opened(max(1, -(-len(elements) // _REPORT_EVERY)), "part")
    reader = _Reader(_heading_styles(document))
    for number, element in enumerate(elements, 1):
        yield from reader.element(element, 0)
        if number % _REPORT_EVERY == 0:
            yield Reached(number // _REPORT_EVERY)
    yield Reached(max(1, -(-len(elements) // _REPORT_EVERY)))


def _heading_styles(document: Document) -> dict[str, int]:
    """Style id → heading level, for the styles of headings and those based on them; the title is level 1."""
    levels: dict[str, int] = {}
    for style in document.styles:
        ancestor: Any = style
        for _ in range(10):
            name = (getattr(ancestor, "name", None) or "").lower()
            if name.startswith("heading ") and name[8:].isdigit():
                levels[style.style_id] = int(name[8:]) + 1
                break
            if name == "title":
                levels[style.style_id] = 1
                break
            ancestor = getattr(ancestor, "base_style", None)
            if ancestor is None:
                break
    return levels


class _Reader:
    def __init__(self, levels: dict[str, int]) -> None:
        self._levels = levels
        self._headings = Headings()

    def element(self, element: Any, depth: int) -> Iterator[Block]:
        if depth > _MAX_DEPTH:
            return
        if element.tag == _P:
            yield from self._paragraph(element)
        elif element.tag == _TBL:
            for row in element.iter(_TR):
                cells = (one_line(" ".join(_text(p) for p in cell.iter(_P))) for cell in row.iterchildren(_TC))
                text = " | ".join(cell for cell in cells if cell)
                if text:
                    yield Block(text, self._headings.path)
        elif element.tag in _CONTAINERS:
            for child in element:
                yield from self.element(child, depth + 1)

    def _paragraph(self, paragraph: Any) -> Iterator[Block]:
        text = squeeze(_text(paragraph))
        level = self._level(paragraph)
        if level and text:
            self._headings.enter(level, one_line(text))
        elif text:
            yield Block(text, self._headings.path)
        for box in paragraph.iter(_TEXTBOX):
            if not any(parent.tag == _FALLBACK for parent in box.iterancestors()):
                inner = squeeze("\n".join(_text(p) for p in box.iter(_P)))
                if inner:
                    yield Block(inner, self._headings.path)

    def _level(self, paragraph: Any) -> int | None:
        properties = paragraph.find(qn("w:pPr"))
        if properties is None:
            return None
        outline = properties.find(qn("w:outlineLvl"))
        if outline is not None and (outline.get(qn("w:val")) or "").isdigit():
            level = int(outline.get(qn("w:val")))
            return level + 2 if level < 9 else None
        style = properties.find(qn("w:pStyle"))
        return self._levels.get(style.get(qn("w:val"))) if style is not None else None


def _text(paragraph: Any) -> str:
    """What a paragraph shows, without its text boxes, which are read by themselves; deleted text is no `w:t`."""
    parts: list[str] = []
    stack = [iter(paragraph)]
    while stack:
        node = next(stack[-1], None)
        if node is None:
            stack.pop()
        elif node.tag == _T:
            parts.append(node.text or "")
        elif node.tag == _TAB:
            parts.append("\t")
        elif node.tag in (_BR, _CR):
            parts.append("\n")
        elif node.tag != _TEXTBOX and node.tag != qn("w:pPr"):
            stack.append(iter(node))
    return "".join(parts)
