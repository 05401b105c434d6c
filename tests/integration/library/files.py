"""Makes the files that the tests read: small, real ones of every kind, and hostile ones."""

import io
from collections.abc import Sequence
from zipfile import ZIP_DEFLATED, ZipFile

import docx
import openpyxl
import pptx
import psutil
from docx.oxml import parse_xml
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def pdf(
    pages: Sequence[Sequence[str]],
    *,
    outline: Sequence[tuple[int, str, int]] = (),
    title: str = "",
    password: str | None = None,
) -> bytes:
    """A PDF with one line of text below the other. `outline`: (level from 0, title, page from 1)."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    out = io.BytesIO()
    canvas = Canvas(out, encrypt=StandardEncryption(password, canPrint=0) if password else None)
    canvas.setTitle(title)
    for number, lines in enumerate(pages, 1):
        canvas.bookmarkPage(f"p{number}")
        for index, line in enumerate(lines):
            canvas.setFont("STSong-Light" if not line.isascii() else "Helvetica", 11)
            canvas.drawString(60, 780 - 16 * index, line)
        canvas.rect(50, 50, 20, 20)
        canvas.showPage()
    for level, heading, page in outline:
        canvas.addOutlineEntry(heading, f"p{page}", level=level)
    canvas.save()
    return out.getvalue()


def word(title: str = "") -> bytes:
    document = docx.Document()
    document.core_properties.title = title
    document.add_paragraph("Before any heading.")
    document.add_heading("Holidays", 1)
    document.add_paragraph("Everybody has thirty days of holiday a year.")
    document.add_heading("Special leave", 2)
    document.add_paragraph("搬家可以请一天特别假。")
    table = document.add_table(rows=2, cols=2)
    for cell, value in zip(
        [c for row in table.rows for c in row.cells], ["Event", "Days", "Wedding", "2"], strict=True
    ):
        cell.text = value
    document.add_heading("Sickness", 1)
    document.add_paragraph("Call before ten o'clock.")
    body = document.element.body
    body.insert(
        len(body) - 1,
        parse_xml(
            f"<w:sdt {W}><w:sdtContent><w:p><w:ins><w:r><w:t>Inserted and controlled.</w:t></w:r></w:ins>"
            "<w:del><w:r><w:delText>Deleted.</w:delText></w:r></w:del></w:p></w:sdtContent></w:sdt>"
        ),
    )
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def slides() -> bytes:
    presentation = pptx.Presentation()
    for title, body in (("Goals", "Ship the sluice\nKeep the line fair"), ("风险", "显卡不够用")):
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = body
    presentation.slides[0].notes_slide.notes_text_frame.text = "Say this slowly."
    out = io.BytesIO()
    presentation.save(out)
    return out.getvalue()


def workbook() -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "Prices"
    book.active.append(["Part", "Price"])
    book.active.append(["Gate", 12.5])
    book.create_sheet("库存").append(["闸门", 3])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def endless_workbook() -> bytes:
    """A few hundred bytes of rows that a reader has to walk over a million empty ones to reach."""
    book = openpyxl.Workbook()
    for number in range(40):
        sheet = book.create_sheet(f"s{number}")
        sheet["A1"] = "top"
        sheet["A1048576"] = "bottom"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def epub(chapters: Sequence[tuple[str, str]], *, title: str = "A book", protected: bool = False) -> bytes:
    """A book of (file name, body) chapters; the manifest names them in the opposite order of the spine."""
    items = [
        f'<item id="i{n}" href="{name}" media-type="application/xhtml+xml"/>' for n, (name, _) in enumerate(chapters)
    ]
    spine = "".join(f'<itemref idref="i{n}"/>' for n in range(len(chapters)))
    parts = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OPS/book.opf"/></rootfiles></container>',
        "OPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<metadata><dc:title>{title}</dc:title><dc:language>en-GB</dc:language></metadata>"
        f"<manifest>{''.join(reversed(items))}</manifest><spine>{spine}</spine></package>",
    }
    if protected:
        references = "".join(f'<CipherData><CipherReference URI="OPS/{name}"/></CipherData>' for name, _ in chapters)
        parts["META-INF/encryption.xml"] = f'<e xmlns="http://www.w3.org/2001/04/xmlenc#">{references}</e>'
    parts |= {f"OPS/{name}": f"<html><body>{body}</body></html>" for name, body in chapters}
    return archive(parts)


def archive(parts: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return out.getvalue()


def with_part(office: bytes, name: str, content: bytes) -> bytes:
    """The Office file with one of its parts replaced."""
    with ZipFile(io.BytesIO(office)) as source:
        parts: dict[str, str | bytes] = {entry: source.read(entry) for entry in source.namelist()}
    return archive(parts | {name: content})


def bomb(unpacked: int) -> bytes:
    """An archive whose directory says that it unpacks to so many bytes."""
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as target:
        target.writestr("word/document.xml", b"\0" * 1024**2)
        target.filelist[0].file_size = unpacked
    return out.getvalue()


def readers() -> list[psutil.Process]:
    """The child processes of this one that read files now."""
    return [child for child in psutil.Process().children() if "library.parse_child" in child.cmdline()]
