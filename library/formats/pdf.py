"""PDF: the text of each page, with the outline as headings."""

import ctypes
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium

from errors import DocumentError
from library.blocks import Opened, Piece, Properties, Reached
from library.characters import one_line
from library.formats.pdf_layout import Entry, lay_out

_MAX_OUTLINE = 20_000
_MIN_LETTERS = 8


def read(path: Path) -> Iterator[Piece]:
    """A block for every line or paragraph, with its page and its place in the outline.

    Raises:
        DocumentError: `encrypted`, `not_readable`, or `no_text` for a scan.
    """
    document = _open(path)
    total = len(document)
    title = one_line(document.get_metadata_dict().get("Title", ""))
    yield Properties(title=title or None, language=_language(document), pages=total)
    yield Opened(total, "page")
    pages: list[str] = []
    unreadable = 0
    for number in range(total):
        text = _page_text(document, number)
        unreadable += text is None
        pages.append(text or "")
        yield Reached(number + 1)
    if unreadable == total:
        raise DocumentError("No page of the PDF can be read: it is damaged.", code="not_readable")
    if sum(char.isalnum() for page in pages for char in page) < _MIN_LETTERS:
        raise DocumentError(
            "The PDF holds pictures of pages but no text; run text recognition (OCR) on it first.", code="no_text"
        )
    yield from lay_out(pages, _outline(document))


def _open(path: Path) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise DocumentError("The PDF is protected by a password.", code="encrypted") from error
        raise DocumentError("The PDF is damaged or not complete.", code="not_readable") from error


def _page_text(document: pypdfium2.PdfDocument, number: int) -> str | None:
    """The text of a page in reading order, or None when the page is broken."""
    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return None
    try:
        text_page = page.get_textpage()
        try:
            return str(text_page.get_text_bounded(errors="ignore"))
        finally:
            text_page.close()
    except pypdfium2.PdfiumError:
        return None
    finally:
        page.close()


def _language(document: pypdfium2.PdfDocument) -> str | None:
    size = pdfium.FPDFCatalog_GetLanguage(document, None, 0)
    if not 4 <= size <= 200:
        return None
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDFCatalog_GetLanguage(document, buffer, size)
    code = buffer.raw.decode("utf-16-le", errors="ignore").strip("\x00")[:2].lower()
    return code if code.isascii() and code.isalpha() and len(code) == 2 else None


def _outline(document: pypdfium2.PdfDocument) -> list[Entry]:
    entries: list[Entry] = []
    try:
        for mark in islice(document.get_toc(max_depth=12), _MAX_OUTLINE):
            target = mark.get_dest()
            page = target.get_index() if target else None
            title = one_line(mark.get_title())
            if page is not None and title:
                entries.append(Entry(mark.level + 1, title, page))
    except pypdfium2.PdfiumError:
        return entries
    return entries
