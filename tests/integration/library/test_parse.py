"""Every kind of file is read in the child process as it is in production."""

from contextlib import aclosing

import pytest

from errors import DocumentError
from library.blocks import Block, Opened, Properties, Reached
from library.media import DOCX, EPUB, HTML, MARKDOWN, PDF, PPTX, TEXT, XLSX
from library.parse import Limits, parse
from tests.integration.library import files

LIMITS = Limits(seconds=60, memory_bytes=2 * 1024**3)


async def read(content: bytes, media_type: str, limits: Limits = LIMITS):
    return [piece async for piece in parse(content, media_type, limits)]


async def blocks(content: bytes, media_type: str) -> list[Block]:
    return [piece for piece in await read(content, media_type) if isinstance(piece, Block)]


async def refusal(content: bytes, media_type: str, limits: Limits = LIMITS) -> str:
    with pytest.raises(DocumentError) as caught:
        await read(content, media_type, limits)
    assert caught.value.message.endswith(".")
    return caught.value.code


async def test_pdf_gives_pages_and_the_headings_of_its_outline():
    content = files.pdf(
        [
            ["Guide", "1 First part", "Water runs down."],
            ["1.1 Details", "Gates hold it."],
            ["第二章 水闸", "水闸可以打开。"],
        ],
        outline=[(0, "First part", 1), (1, "Details", 2), (0, "水闸", 3)],
        title="The guide",
    )
    pieces = await read(content, PDF)
    assert Properties("The guide", None, 3) in pieces
    assert Opened(3, "page") in pieces
    assert [piece.done for piece in pieces if isinstance(piece, Reached)] == [1, 2, 3]
    assert [piece for piece in pieces if isinstance(piece, Block)] == [
        Block("Guide", (), 1),
        Block("Water runs down.", ("First part",), 1),
        Block("Gates hold it.", ("First part", "Details"), 2),
        Block("水闸可以打开。", ("水闸",), 3),
    ]


async def test_word_gives_headings_tables_and_inserted_text_but_nothing_deleted():
    pieces = await read(files.word("Handbook"), DOCX)
    assert Properties("Handbook", None, None) in pieces
    assert [piece for piece in pieces if isinstance(piece, Block)] == [
        Block("Before any heading."),
        Block("Everybody has thirty days of holiday a year.", ("Holidays",)),
        Block("搬家可以请一天特别假。", ("Holidays", "Special leave")),
        Block("Event | Days", ("Holidays", "Special leave")),
        Block("Wedding | 2", ("Holidays", "Special leave")),
        Block("Call before ten o'clock.", ("Sickness",)),
        Block("Inserted and controlled.", ("Sickness",)),
    ]


async def test_slides_give_their_number_title_and_notes():
    assert await blocks(files.slides(), PPTX) == [
        Block("Ship the sluice\nKeep the line fair", ("Goals",), 1),
        Block("Say this slowly.", ("Goals",), 1),
        Block("显卡不够用", ("风险",), 2),
    ]


async def test_workbook_gives_rows_under_sheet_names():
    assert await blocks(files.workbook(), XLSX) == [
        Block("Part | Price", ("Prices",)),
        Block("Gate | 12.5", ("Prices",)),
        Block("闸门 | 3", ("库存",)),
    ]


async def test_epub_gives_chapters_in_the_order_of_the_spine():
    content = files.epub(
        [("z.xhtml", "<h1>One</h1><p>First <b>words</b>.</p>"), ("a.xhtml", "<h1>二</h1><p>第二章。</p>")], title="Two"
    )
    pieces = await read(content, EPUB)
    assert Properties("Two", "en", None) in pieces
    assert [piece for piece in pieces if isinstance(piece, Block)] == [
        Block("First words.", ("One",)),
        Block("第二章。", ("二",)),
    ]


async def test_html_leaves_out_navigation_scripts_and_styles():
    content = """<!doctype html><html lang="zh-CN"><head><title>手册</title><style>p {color: red}</style></head><body>
        <nav><a href="/">Home</a></nav><script>alert("x")</script><footer>Imprint</footer>
        <h1>安装</h1><p>先下载<b>软件</b>，<br>再安装。</p><div class="tip"><h3>Tip</h3><p>Read first.</p></div>
        <p>After the tip.</p><h2>List</h2><ul><li>one <i>two</i></li><li>three</li></ul>
        <pre>a
  b</pre><table><tr><th>k</th><td>v</td></tr></table></body></html>"""
    pieces = await read(content.encode(), HTML)
    assert Properties("手册", "zh", None) in pieces
    assert [piece for piece in pieces if isinstance(piece, Block)] == [
        Block("先下载软件，\n再安装。", ("安装",)),
        Block("Tip", ("安装",)),
        Block("Read first.", ("安装",)),
        Block("After the tip.", ("安装",)),
        Block("one two", ("安装", "List")),
        Block("three", ("安装", "List")),
        Block("a\n  b", ("安装", "List")),
        Block("k | v", ("安装", "List")),
    ]


async def test_html_main_part_layout_tables_and_nested_boilerplate():
    filler = "<p>" + "words " * 40 + "</p>"
    content = f"""<body><header>Site</header><nav><nav>a<script>b</script></nav></nav>
        <div>Beside</div><noscript><p>n</p></noscript><main><table><tr><td><h1>Title</h1>{filler}</td></tr></table>
        <div hidden>secret</div></main></body>"""
    assert await blocks(content.encode(), HTML) == [Block(("words " * 40).strip(), ("Title",))]


async def test_html_nested_very_deep():
    content = b"<div>" * 3000 + b"deep" + b"</div>" * 3000
    assert await blocks(content, HTML) == [Block("deep")]


async def test_html_in_a_declared_old_encoding():
    page = '<html><head><meta charset="gbk"></head><body><p>水闸</p></body></html>'
    assert await blocks(page.encode("gbk"), HTML) == [Block("水闸")]


async def test_markdown_gives_headings_and_keeps_code():
    content = "---\ntitle: The *notes*\n---\nIn<!-- no\n\n# -->tro\n\n# One `x` of task_id\ntext\n\n"
    content += "```sh\n# no heading\n\nls\n```\n\nTwo\n---\n- a\n- b\n"
    pieces = await read(content.encode(), MARKDOWN)
    assert Properties("The *notes*") in pieces
    assert [piece for piece in pieces if isinstance(piece, Block)] == [
        Block("Intro"),
        Block("text", ("One x of task_id",)),
        Block("```sh\n# no heading\n\nls\n```", ("One x of task_id",)),
        Block("- a\n- b", ("One x of task_id", "Two")),
    ]


async def test_text_gives_paragraphs_and_form_feeds_are_pages():
    assert await blocks(b"one\nstill one\n\n \ntwo", TEXT) == [Block("one\nstill one"), Block("two")]
    assert await blocks("一\f二".encode(), TEXT) == [Block("一", (), 1), Block("二", (), 2)]


async def test_protected_files():
    assert await refusal(files.pdf([["secret"]], password="x"), PDF) == "encrypted"
    assert await refusal(files.epub([("a.xhtml", "<p>x</p>")], protected=True), EPUB) == "encrypted"


async def test_files_without_text():
    assert await refusal(files.pdf([[], []]), PDF) == "no_text"
    assert await refusal(b" \n\n ", TEXT) == "no_text"
    assert await refusal(b"<html><body><script>x</script></body></html>", HTML) == "no_text"


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (files.pdf([["Some text."]])[:300], PDF),
        (b"%PDF-1.7\n" + b"\xff" * 2000, PDF),
        (files.word()[:-500], DOCX),
        (files.archive({"a.txt": "no office file"}), DOCX),
        (files.archive({"a.txt": "no office file"}), PPTX),
        (files.archive({"a.txt": "no office file"}), XLSX),
        (files.archive({"a.txt": "no book"}), EPUB),
        (files.with_part(files.word(), "word/document.xml", b"<w:document"), DOCX),
        (files.with_part(files.workbook(), "xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row"), XLSX),
        (b"PK\x03\x04" + b"\x00" * 500, EPUB),
    ],
)
async def test_damaged_files(content: bytes, media_type: str):
    assert await refusal(content, media_type) == "not_readable"


async def test_zip_bomb_is_refused_before_it_unpacks():
    assert await refusal(files.bomb(600 * 1024**2), DOCX) == "too_big"


async def test_memory_is_limited():
    paragraph = b"<w:p><w:r><w:t>word word</w:t></w:r></w:p>"
    body = b"<w:document " + files.W.encode() + b"><w:body>" + paragraph * 800_000 + b"</w:body></w:document>"
    content = files.with_part(files.word(), "word/document.xml", body)
    assert await refusal(content, DOCX, Limits(seconds=60, memory_bytes=256 * 1024**2)) == "too_big"


async def test_text_is_limited():
    limits = Limits(seconds=60, memory_bytes=2 * 1024**3, characters=1000)
    assert await refusal(b"word " * 1000, TEXT, limits) == "too_big"


async def test_entities_do_not_multiply():
    entities = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 20}">' for n in range(8))
    bomb = f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY e0 "lol">{entities}]><w:document {files.W}><w:body><w:p><w:r>'
    bomb += "<w:t>&e8;</w:t></w:r></w:p></w:body></w:document>"
    content = files.with_part(files.word(), "word/document.xml", bomb.encode())
    assert await refusal(content, DOCX, Limits(seconds=20, memory_bytes=512 * 1024**2)) in ("not_readable", "no_text")


async def test_a_file_that_takes_too_long_is_given_up_and_its_reader_killed():
    assert await refusal(files.endless_workbook(), XLSX, Limits(seconds=0.7, memory_bytes=1024**3)) == "too_slow"
    assert not files.readers()


async def test_the_reader_dies_when_nobody_waits_for_it():
    async with aclosing(parse(files.endless_workbook(), XLSX, LIMITS)) as pieces:
        assert await anext(pieces) is not None
        [child] = files.readers()
        assert child.is_running()
    assert not child.is_running()


async def test_the_reader_has_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LLM_API_KEY", "secret")
    async with aclosing(parse(files.endless_workbook(), XLSX, LIMITS)) as pieces:
        await anext(pieces)
        [child] = files.readers()
        assert "LLM_API_KEY" not in child.environ()
