from hypothesis import given
from hypothesis import strategies as st

from library.blocks import Block
from library.formats.pdf_layout import Entry, lay_out

FULL = "This line is as long as the column is wide, and it goes on without"


def texts(pages: list[str], outline: list[Entry] | None = None) -> list[str]:
    return [block.text for block in lay_out(pages, outline or [])]


def test_lines_that_run_on_are_joined_over_pages_too():
    assert list(lay_out([f"{FULL}\r\nan end.\r\n{FULL}", "another end."], [])) == [
        Block(f"{FULL} an end.", (), 1),
        Block(f"{FULL} another end.", (), 1),
    ]


def test_chinese_lines_are_joined_without_a_space():
    line = "水闸在水位高的时候会打开让水流到下游去我们可以看到队列中有哪些任务正在等待也可"
    assert texts([f"{line}\n以知道。"]) == [f"{line}以知道。"]


def test_broken_words_are_put_together():
    assert texts(["the gate\x02\r\nkeeper"]) == ["the gatekeeper"]


def test_spaces_of_justified_chinese_lines_are_dropped():
    assert texts(["对 于 一 个 支 持多 架 构的 软 件 包， 你 可 能"]) == ["对于一个支持多架构的软件包，你可能"]


def test_lists_and_short_lines_stay_lines():
    assert texts([f"{FULL}\n• one\n• two\n$ ls\nshort\nshort"]) == [FULL, "• one", "• two", "$ ls", "short", "short"]


def test_what_every_page_repeats_is_dropped():
    pages = [f"The guide {n} / 9\nText of page {n}, {'o' * n}.\nSluice Ltd." for n in range(1, 10)]
    assert texts(pages) == [f"Text of page {n}, {'o' * n}." for n in range(1, 10)]


def test_a_page_with_one_line_keeps_it():
    assert texts(["Same"] * 6) == ["Same"] * 6


def test_contents_pages_are_dropped_unless_there_is_nothing_else():
    contents = "\n".join(f"{n} Chapter . . . . . . . . {n}" for n in range(1, 12))
    assert texts([contents, "Text."]) == ["Text."]
    assert len(texts([contents])) == 11


def test_headings_wrap_and_carry_numbers():
    outline = [Entry(1, "A very long heading", 0), Entry(2, "Next", 0), Entry(2, "Not in the text", 1)]
    page = "Chapter 1\n1 A very\nlong heading\nBody.\n1.1 Next\nMore. Next"
    assert list(lay_out([page, "Last."], outline)) == [
        Block("Body.", ("A very long heading",), 1),
        Block("More. Next", ("A very long heading", "Next"), 1),
        Block("Last.", ("A very long heading", "Not in the text"), 2),
    ]


def test_running_heads_with_the_chapter_are_dropped():
    pages = ["1 Gates\nOne.", "CHAPTER 1. GATES 1.1. KINDS\nTwo.", "CHAPTER 1. GATES 1.2. KEYS\nThree."]
    assert texts(pages, [Entry(1, "Gates", 0)]) == ["One.", "Two.", "Three."]


ENTRIES = st.builds(Entry, st.integers(1, 4), st.text(min_size=1, max_size=8), st.integers(0, 6))


@given(st.lists(st.text(alphabet="a1.- \n水的。", max_size=120), max_size=6), st.lists(ENTRIES, max_size=6))
def test_any_pages_and_any_outline_can_be_laid_out(pages: list[str], outline: list[Entry]):
    assert all(block.text.strip() and 1 <= (block.page or 0) <= len(pages) for block in lay_out(pages, outline))
