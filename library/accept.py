"""The first look at an upload: is it something the library reads, and is it what its name says?

Codes of what is refused: `empty_file` (InvalidInput), `file_too_large` (TooLarge), and as DocumentError
`unsupported_type`, `encrypted`, and `content_mismatch` (say, a `.pdf` that is no PDF).
"""

import codecs
import re

from errors import DocumentError, InvalidInput, TooLarge
from library.media import BY_ENDING, DOCX, EPUB, HTML, PDF, PPTX, TEXT, XLSX, Kind
from settings import Settings

HEAD_BYTES = 4096
"""How much of a file's beginning `check_upload` wants to see."""

_ZIP = (DOCX, PPTX, XLSX, EPUB)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLD_OFFICE = {"doc": "docx", "dot": "docx", "ppt": "pptx", "pps": "pptx", "xls": "xlsx"}
_WIDE_BOMS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_HTML_MARKS = (b"<!doctype html", b"<html", b"<head", b"<body")
_BINARY = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")


def check_upload(filename: str, head: bytes, size: int, settings: Settings) -> str:
    """The media type of an upload, by its name and its content.

    Args:
        filename: as the client named it; only its ending counts.
        head: the first `HEAD_BYTES` bytes, or all of a shorter file.
        size: of the whole file, in bytes.
        settings: `max_upload_bytes`.

    Raises:
        InvalidInput: code `empty_file`.
        TooLarge: code `file_too_large`.
        DocumentError: code `unsupported_type`, `content_mismatch` or `encrypted`.
    """
    if size == 0:
        raise InvalidInput("The file is empty.", code="empty_file")
    if size > settings.max_upload_bytes:
        limit = settings.max_upload_bytes / 1024**2
        raise TooLarge(f"The file is larger than {limit:.4g} MiB.", code="file_too_large")
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    stem, dot, ending = name.rpartition(".")
    ending = ending.lower() if dot and stem else ""
    kind = BY_ENDING.get(ending)
    if kind is None:
        return _by_content(ending, head)
    if not _fits(kind, head):
        raise _mismatch(name, kind, head)
    return kind.media_type


def looks_like_text(head: bytes) -> bool:
    """No byte that text does not have, unless a byte order mark says that it is text in wide characters."""
    return head.startswith(_WIDE_BOMS) or not _BINARY.search(head)


def _fits(kind: Kind, head: bytes) -> bool:
    if kind.media_type == PDF:
        return b"%PDF-" in head[:1024]
    if kind.media_type in _ZIP:
        return head.startswith(b"PK\x03\x04")
    return looks_like_text(head) and not head.startswith((b"%PDF-", b"PK\x03\x04"))


def _by_content(ending: str, head: bytes) -> str:
    """Files whose name says nothing: only what can be told without doubt."""
    if not ending:
        if head.startswith(b"%PDF-"):
            return PDF
        if head.lstrip().startswith(b"<") and any(mark in head[:1024].lower() for mark in _HTML_MARKS):
            return HTML
        if looks_like_text(head):
            return TEXT
    if ending in _OLD_OFFICE:
        raise DocumentError(
            f"Old Office files (.{ending}) cannot be read; save it as .{_OLD_OFFICE[ending]} and upload that.",
            code="unsupported_type",
        )
    what = f"Files of type .{ending[:20]}" if ending else "Files of this type"
    raise DocumentError(
        f"{what} cannot be read; PDF, Word, PowerPoint, Excel, EPUB, HTML, Markdown and text can.",
        code="unsupported_type",
    )


def _mismatch(name: str, kind: Kind, head: bytes) -> DocumentError:
    short = name if len(name) <= 80 else f"{name[:60]}…{name[-15:]}"
    if kind.media_type in _ZIP and head.startswith(_OLE):
        return DocumentError(
            f"“{short}” is protected by a password or in an old Office format; save it without, as {kind.name}.",
            code="encrypted",
        )
    return DocumentError(f"“{short}” is not {kind.name}, although its name says so.", code="content_mismatch")
