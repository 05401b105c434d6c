"""EPUB books: their chapters in reading order."""

import re
from collections.abc import Iterator
from pathlib import Path
from posixpath import dirname, normpath
from typing import Any
from urllib.parse import unquote
from zipfile import ZipFile

from lxml import etree  # type: ignore[import-untyped]

from errors import DocumentError
from library.blocks import Block, Headings, Opened, Piece, Properties, Reached
from library.characters import one_line
from library.formats import archive, html

_NS = {
    "c": "urn:oasis:names:tc:opendocument:xmlns:container",
    "o": "http://www.idpf.org/2007/opf",
    "d": "http://purl.org/dc/elements/1.1/",
    "e": "http://www.w3.org/2001/04/xmlenc#",
}
_CHAPTERS = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
_LANGUAGE = re.compile(r"[A-Za-z]{2}\b")


def read(path: Path) -> Iterator[Piece]:
    """The blocks of every chapter of the spine, with its title and language."""
    with archive.opened(path) as book:
        package_path = _package_path(book)
        package = _xml(book, package_path)
        yield _properties(package)
        chapters = _chapters(package, dirname(package_path))
        _refuse_encrypted(book, chapters)
        yield Opened(len(chapters), "chapter")
        for number, name in enumerate(chapters, 1):
            yield from _chapter(book, name)
            yield Reached(number)


def _package_path(book: ZipFile) -> str:
    found = _xml(book, "META-INF/container.xml").find(".//c:rootfile", _NS)
    if found is None or not found.get("full-path"):
        raise DocumentError("The book does not say where its contents are.", code="not_readable")
    return str(found.get("full-path"))


def _xml(book: ZipFile, name: str) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    try:
        root = etree.fromstring(book.read(name), parser)
    except (KeyError, etree.XMLSyntaxError) as error:
        raise DocumentError("The book is damaged or not complete.", code="not_readable") from error
    if root is None:
        raise DocumentError("The book is damaged or not complete.", code="not_readable")
    return root


def _properties(package: Any) -> Properties:
    title = one_line(package.findtext(".//d:title", "", _NS))
    language = _LANGUAGE.match(package.findtext(".//d:language", "", _NS).strip())
    return Properties(title=title or None, language=language.group().lower() if language else None)


def _chapters(package: Any, folder: str) -> list[str]:
    items: dict[str, str] = {}
    for item in package.iterfind("o:manifest/o:item", _NS):
        if item.get("media-type") in _CHAPTERS and "nav" not in item.get("properties", "").split():
            items[item.get("id", "")] = normpath(f"{folder}/{unquote(item.get('href', ''))}".lstrip("/"))
    order = [ref.get("idref", "") for ref in package.iterfind("o:spine/o:itemref", _NS)]
    return list(dict.fromkeys(items[ref] for ref in order if ref in items))


def _refuse_encrypted(book: ZipFile, chapters: list[str]) -> None:
    """Fonts are often obfuscated, which is harmless; an encrypted chapter cannot be read."""
    if "META-INF/encryption.xml" not in book.namelist():
        return
    protected = _xml(book, "META-INF/encryption.xml").iterfind(".//e:CipherReference", _NS)
    names = {unquote(reference.get("URI", "")) for reference in protected}
    if names.intersection(chapters):
        raise DocumentError("The book is protected against copying (DRM).", code="encrypted")


def _chapter(book: ZipFile, name: str) -> Iterator[Block]:
    try:
        data = book.read(name)
    except KeyError:
        return
    title, _, blocks = html.extract(data, Headings())
    has_own = any(block.headings for block in blocks)
    for block in blocks:
        yield block if has_own or not title else Block(block.text, (title,), block.page)
