"""Excel workbooks: a heading for each sheet, a block for each row, with the values that were calculated last."""

from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import BadZipFile

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from errors import DocumentError
from library.blocks import Block, Opened, Piece, Properties, Reached
from library.characters import one_line
from library.formats import archive

_MAX_COLUMNS = 1000


def read(path: Path) -> Iterator[Piece]:
    """Rows as `a | b | c`; empty cells and empty rows are left out."""
    archive.check(path)
    with path.open("rb") as file:
        yield from _read(file)


def _read(file: BinaryIO) -> Iterator[Piece]:
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except (InvalidFileException, BadZipFile, KeyError, ValueError) as error:
        raise DocumentError("The workbook is damaged or not complete.", code="not_readable") from error
    yield Properties(title=one_line(book.properties.title or "") or None)
    sheets = book.worksheets
    yield Opened(len(sheets), "sheet")
    for number, sheet in enumerate(sheets, 1):
        sheet.reset_dimensions()
        for row in sheet.iter_rows(values_only=True, max_col=_MAX_COLUMNS):
            text = " | ".join(cell for cell in map(_cell, row) if cell)
            if text:
                yield Block(text, (one_line(sheet.title),))
        yield Reached(number)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, datetime):
        return value.isoformat(" ") if value.time() != time() else value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return one_line(str(value))
