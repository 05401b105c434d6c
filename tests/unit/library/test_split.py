from hypothesis import given
from hypothesis import strategies as st

from library.blocks import Block
from library.characters import width
from library.split import MAX_WIDTH, TARGET_WIDTH, split

WORDS = (
    st.text(alphabet="ab .!?\n", max_size=600)
    | st.text(alphabet="水闸开。，？！；\n", max_size=600)
    | st.text(max_size=300)
)
PIECE = st.text(alphabet="ab. 。水\n,，", min_size=1, max_size=20)
LONG = st.builds(lambda piece, times: piece * times, PIECE, st.integers(1, 400))
BLOCKS = st.lists(
    st.builds(
        Block,
        WORDS | LONG,
        st.sampled_from([(), ("One",), ("One", "Two")]),
        st.sampled_from([None, 1, 2]),
    ),
    max_size=12,
)


def bare(text: str) -> str:
    return "".join(text.split())


@given(BLOCKS)
def test_no_text_is_lost_or_doubled(blocks: list[Block]):
    assert bare("".join(p.text for p in split(blocks))) == bare("".join(b.text for b in blocks))


@given(BLOCKS)
def test_passages_stay_within_the_limit_and_are_never_empty(blocks: list[Block]):
    for passage in split(blocks):
        assert passage.text.strip()
        assert width(passage.text) <= MAX_WIDTH


@given(BLOCKS)
def test_no_passage_reaches_over_a_heading(blocks: list[Block]):
    sections: list[tuple[tuple[str, ...], str]] = []
    for block in blocks:
        if sections and sections[-1][0] == block.headings:
            sections[-1] = (block.headings, sections[-1][1] + bare(block.text))
        else:
            sections.append((block.headings, bare(block.text)))
    expected = [section for section in sections if section[1]]
    found: list[tuple[tuple[str, ...], str]] = []
    for passage in split(blocks):
        if found and found[-1][0] == passage.headings:
            found[-1] = (passage.headings, found[-1][1] + bare(passage.text))
        else:
            found.append((passage.headings, bare(passage.text)))
    merged: list[tuple[tuple[str, ...], str]] = []
    for section in expected:
        if merged and merged[-1][0] == section[0]:
            merged[-1] = (section[0], merged[-1][1] + section[1])
        else:
            merged.append(section)
    assert found == merged


def test_english_is_cut_between_sentences():
    sentence = "The sluice opens when the water is high, says Dr. Gate of the U.S. office. "
    passages = list(split([Block(sentence * 60)]))
    assert len(passages) > 3
    assert all(passage.text.endswith("office.") for passage in passages)
    assert all(len(passage.text) >= TARGET_WIDTH for passage in passages[:-1])


def test_chinese_is_cut_between_sentences_and_half_as_long():
    passages = list(split([Block("水位高的时候，水闸就会打开。“真的吗？”" * 100)]))
    assert len(passages) > 3
    assert all(passage.text.endswith(("。", "”")) for passage in passages)
    assert all(400 <= len(passage.text) <= 600 for passage in passages[:-1])


def test_paragraphs_are_kept_whole_where_they_fit():
    paragraphs = [f"{n} " + "word " * 60 for n in range(9)]
    passages = list(split([Block(text) for text in paragraphs]))
    assert [line.split()[0] for passage in passages for line in passage.text.split("\n")] == [str(n) for n in range(9)]


def test_page_is_where_the_passage_begins():
    text = "word " * 100
    passages = list(split([Block(text, (), page) for page in (1, 2, 3, 4, 5)]))
    assert [passage.page for passage in passages] == [1, 3, 5]


def test_a_short_end_joins_the_passage_before():
    [only] = split([Block("word " * 190), Block("The end.")])
    assert only.text.endswith("The end.")
