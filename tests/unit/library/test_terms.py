import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.terms import (
    MAX_POSITIONS_OF_ONE,
    MAX_QUERY_TERMS,
    MAX_TERM,
    document_terms,
    length,
    query_terms,
    to_tsvector,
)

ANY_TEXT = st.text(max_size=400) | st.text(
    alphabet="ab1-_./:@+'’#\\ \n的水闸可以。カなはングル한글é\u0301ДЯ\x00\ud800", max_size=400
)


def document(text: str) -> set[str]:
    return {term for term, _ in document_terms(text)}


def query(text: str) -> dict[str, float]:
    return {term.term: term.weight for term in query_terms(text)}


def test_english_words_are_stemmed_and_folded():
    assert document("Packages PACKAGING café ﬁle") == {"packag", "cafe", "file"}


def test_identifiers_count_whole_and_in_parts():
    assert document("X-Forwarded-For") == {"x-forwarded-for", "x", "forward", "for"}
    assert {"apt-get", "/etc"} & document("/etc/apt-get") == set()
    assert "etc/apt-get" in document("/etc/apt-get")
    assert "c++" in document("written in C++.")


def test_whole_identifier_and_parts_are_in_order():
    assert document_terms("use a-b now") == [("use", 1), ("a-b", 2), ("a", 2), ("b", 3), ("now", 4)]


def test_chinese_becomes_pairs_and_single_characters():
    assert document_terms("软件包") == [("软", 1), ("件", 2), ("包", 3), ("软件", 1), ("件包", 2)]


def test_line_breaks_do_not_part_chinese_words():
    assert "软件" in document("这个软\n件")


def test_scripts_side_by_side_are_told_apart():
    assert {"debian", "软件", "12"} <= document("Debian软件12")


def test_questions_are_reduced_to_what_they_are_about():
    assert query("How do I build a package?") == {"build": 1.0, "packag": 1.0}
    assert query("什么是软件包？") == {"软件": 1.0, "件包": 1.0}
    assert query("如何升级整个系统？")["升级"] == 1.0


def test_function_characters_weigh_little():
    terms = query("系统的时间")
    assert terms["系统"] == terms["时间"] == 1.0
    assert terms["统的"] == terms["的时"] < 0.2


def test_a_query_of_nothing_but_stop_words_is_looked_for():
    assert set(query("to be or not to be")) == {"to", "be", "or", "not"}
    assert query("什么") == {"什么": 1.0}


def test_a_query_of_one_character_works():
    assert set(query("闸")) <= document("水闸")


@pytest.mark.parametrize("text", ["", "   ", "?!。，、", "\x00", "---"])
def test_a_query_without_words_has_no_terms(text: str):
    assert query_terms(text) == []


def test_query_positions_keep_what_stood_between():
    positions = {term.term: term.position for term in query_terms("build the package")}
    assert positions["packag"] - positions["build"] == 2


@given(ANY_TEXT)
def test_what_a_query_asks_for_is_what_the_document_holds(text: str):
    assert {term.term for term in query_terms(text)} <= document(text)


@given(ANY_TEXT)
def test_terms_fit_a_tsvector(text: str):
    terms = document_terms(text)
    assert all(0 < len(term) <= MAX_TERM and "\x00" not in term for term, _ in terms)
    assert all(1 <= position <= length(terms) for _, position in terms)
    to_tsvector((term, position, "A") for term, position in terms)


def test_limits_of_a_tsvector_are_kept():
    vector = to_tsvector(("x", position, "") for position in range(1, 20_000))
    positions = [int(p) for p in vector.removeprefix("'x':").split(",")]
    assert len(positions) == MAX_POSITIONS_OF_ONE
    assert to_tsvector([("x", 20_000, "B")]) == "'x':16383B"
    assert to_tsvector([("it's\\", 1, "")]) == "'it''s\\\\':1"


def test_long_queries_are_cut():
    assert len(query_terms(" ".join(f"word{n}x" for n in range(5000)))) == MAX_QUERY_TERMS
