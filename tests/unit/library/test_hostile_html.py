"""HTML made to be slow is refused at once; an ordinary page with many paragraphs is not."""

from pathlib import Path

import pytest

from errors import DocumentError
from library.formats import html


def test_a_page_nested_without_end_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "deep.html"
    page.write_bytes(b"<div>" * 20_000 + b"text" + b"</div>" * 20_000)
    with pytest.raises(DocumentError, match="too deeply"):
        list(html.read(page))


def test_a_long_page_is_read(tmp_path: Path) -> None:
    page = tmp_path / "long.html"
    page.write_bytes(b"<p>words and <b>more</b>" * 20_000)
    assert list(html.read(page))
