"""PowerPoint presentations: one page for each slide."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pptx
from pptx.exc import PythonPptxError

from errors import DocumentError
from library.blocks import Block, Opened, Piece, Properties, Reached
from library.characters import one_line, squeeze
from library.formats import archive

_MAX_DEPTH = 30


def read(path: Path) -> Iterator[Piece]:
    """A block for every text, table row and note of a slide, under the slide's title."""
    archive.check(path)
    try:
        presentation = pptx.Presentation(str(path))
        slides = list(presentation.slides)
    except (PythonPptxError, KeyError, ValueError) as error:
        raise DocumentError("The presentation is damaged or not complete.", code="not_readable") from error
    title = one_line(presentation.core_properties.title or "")
    generic = title.lower() in ("powerpoint presentation", "powerpoint 演示文稿", "presentation")
    yield Properties(title=None if generic else title or None, pages=len(slides))
    yield Opened(len(slides), "slide")
    for number, slide in enumerate(slides, 1):
        yield from _slide(slide, number)
        yield Reached(number)


def _slide(slide: Any, number: int) -> Iterator[Block]:
    title_shape = slide.shapes.title
    title = one_line(title_shape.text_frame.text) if title_shape is not None else ""
    headings = (title,) if title else ()
    texts = list(_texts((s for s in slide.shapes if title_shape is None or s.shape_id != title_shape.shape_id), 0))
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        texts.append(slide.notes_slide.notes_text_frame.text)
    blocks = [text for text in map(squeeze, texts) if text]
    if not blocks and title:
        blocks = [title]
    for text in blocks:
        yield Block(text, headings, number)


def _texts(shapes: Iterable[Any], depth: int) -> Iterator[str]:
    for shape in shapes:
        if getattr(shape, "shapes", None) is not None:
            if depth < _MAX_DEPTH:
                yield from _texts(shape.shapes, depth + 1)
        elif getattr(shape, "has_table", False) and shape.has_table:
            for row in shape.table.rows:
                yield " | ".join(cell for cell in (one_line(c.text) for c in row.cells) if cell)
        elif shape.has_text_frame:
            yield shape.text_frame.text
