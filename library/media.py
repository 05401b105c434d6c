"""The kinds of files the library reads."""

from dataclasses import dataclass

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EPUB = "application/epub+zip"
HTML = "text/html"
MARKDOWN = "text/markdown"
TEXT = "text/plain"


@dataclass(frozen=True, slots=True)
class Kind:
    """`name` with its article, for sentences; `module` below `library.formats`; the file name's `endings`."""

    media_type: str
    name: str
    module: str
    endings: tuple[str, ...]


KINDS = (
    Kind(PDF, "a PDF", "pdf", ("pdf",)),
    Kind(DOCX, "a Word document", "word", ("docx",)),
    Kind(PPTX, "a PowerPoint presentation", "slides", ("pptx",)),
    Kind(XLSX, "an Excel workbook", "sheet", ("xlsx",)),
    Kind(EPUB, "an EPUB book", "epub", ("epub",)),
    Kind(HTML, "an HTML page", "html", ("html", "htm", "xhtml")),
    Kind(MARKDOWN, "a Markdown text", "markdown", ("md", "markdown")),
    Kind(TEXT, "a plain text", "text", ("txt", "text", "log", "rst", "csv", "tsv")),
)
BY_TYPE = {kind.media_type: kind for kind in KINDS}
BY_ENDING = {ending: kind for kind in KINDS for ending in kind.endings}
