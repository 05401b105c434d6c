import codecs

import pytest

from errors import DocumentError, InvalidInput, TooLarge
from library.accept import check_upload
from library.media import DOCX, EPUB, HTML, MARKDOWN, PDF, PPTX, TEXT, XLSX
from settings import Settings

SETTINGS = Settings(max_upload_bytes=1024)
ZIP = b"PK\x03\x04" + b"\x00" * 20
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 20


def accepted(name: str, head: bytes) -> str:
    return check_upload(name, head, len(head), SETTINGS)


@pytest.mark.parametrize(
    ("name", "head", "media_type"),
    [
        ("a.pdf", b"%PDF-1.7\n", PDF),
        ("A.PDF", b"\n%PDF-1.7\n", PDF),
        ("no ending", b"%PDF-1.7\n", PDF),
        ("a.docx", ZIP, DOCX),
        ("a.pptx", ZIP, PPTX),
        ("a.xlsx", ZIP, XLSX),
        ("a.epub", ZIP, EPUB),
        ("a.htm", b"<p>x", HTML),
        ("page", b"<!DOCTYPE html><p>x", HTML),
        ("page", b"<?xml version='1.0'?><!-- x --><html><p>x", HTML),
        ("README", b"text", TEXT),
        ("comments", b"<!---->" * 140 + b"x", TEXT),
        ("说明.md", "# 水闸".encode(), MARKDOWN),
        ("C:\\docs\\a.txt", "水闸".encode("gb18030"), TEXT),
        ("a.txt", codecs.BOM_UTF16_LE + "水闸 x".encode("utf-16-le"), TEXT),
        (".md", b"text", TEXT),
    ],
)
def test_what_is_accepted(name: str, head: bytes, media_type: str):
    assert accepted(name, head) == media_type


@pytest.mark.parametrize(
    ("name", "head", "code"),
    [
        ("a.pdf", b"no pdf", "content_mismatch"),
        ("a.docx", b"%PDF-1.7", "content_mismatch"),
        ("a.docx", OLE, "encrypted"),
        ("a.txt", b"%PDF-1.7", "content_mismatch"),
        ("a.txt", b"\x89PNG\r\n\x1a\n\x00\x00", "content_mismatch"),
        ("a.doc", OLE, "unsupported_type"),
        ("a.png", b"\x89PNG\r\n\x1a\n\x00\x00", "unsupported_type"),
        ("a.exe", b"MZ\x00\x00", "unsupported_type"),
        ("binary", b"\x00\x01\x02", "unsupported_type"),
        ("archive.zip", ZIP, "unsupported_type"),
    ],
)
def test_what_is_refused(name: str, head: bytes, code: str):
    with pytest.raises(DocumentError) as caught:
        accepted(name, head)
    assert caught.value.code == code
    assert caught.value.message.endswith(".")


def test_an_empty_file_is_refused():
    with pytest.raises(InvalidInput) as caught:
        accepted("a.pdf", b"")
    assert caught.value.code == "empty_file"


def test_a_file_over_the_limit_is_refused():
    with pytest.raises(TooLarge) as caught:
        check_upload("a.txt", b"x" * 100, 1025, SETTINGS)
    assert caught.value.code == "file_too_large"
    assert check_upload("a.txt", b"x" * 100, 1024, SETTINGS) == TEXT


def test_a_very_long_name_does_not_make_a_very_long_sentence():
    with pytest.raises(DocumentError) as caught:
        accepted("x" * 5000 + ".pdf", b"no pdf")
    assert len(caught.value.message) < 200
