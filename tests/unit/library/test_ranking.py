from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from db.passages import Found, TermStatistics
from library.ranking import best_possible, bm25, cohesion, merge, worths
from library.terms import query_terms

STATISTICS = TermStatistics(1000, 200.0, {"gate": 20, "open": 300, "water": 100})


def found(places: dict[str, list[int]], *, weight: str = "D", length: int = 200) -> Found:
    rows = [(term, positions, [weight] * len(positions)) for term, positions in places.items()]
    return Found(uuid4(), uuid4(), "", "", {}, length, rows)


def score(query: str, passage: Found) -> float:
    terms = query_terms(query)
    held = worths(terms, STATISTICS)
    return bm25(passage, terms, held, STATISTICS.mean_length) / best_possible(terms, held, STATISTICS)


def test_rare_terms_count_more_than_common_ones():
    assert score("gate open", found({"gate": [3]})) > score("gate open", found({"open": [3]}))


def test_more_occurrences_and_shorter_passages_count_more():
    once, often = found({"gate": [3]}), found({"gate": [3, 50, 90]})
    assert score("gate", often) > score("gate", once) > score("gate", found({"gate": [3]}, length=400))


def test_phrases_count_more_than_scattered_words():
    near, far = found({"water": [10], "gate": [11]}), found({"water": [10], "gate": [150]})
    assert score("water gate", near) > score("water gate", far)


def test_the_own_heading_counts_more_than_the_text():
    assert score("gate", found({"gate": [3]}, weight="A")) > score("gate", found({"gate": [3]}))


def test_a_word_that_no_passage_holds_lowers_the_score():
    assert score("gate zeppelin", found({"gate": [3]})) < score("gate", found({"gate": [3]}))


def test_only_the_most_telling_terms_are_kept():
    assert list(worths(query_terms("open the water gate"), STATISTICS, most=2)) == ["gate", "water"]


def test_accidental_pairs_of_characters_are_told_from_words():
    statistics = TermStatistics(100, 200.0, {"升级": 30, "级整": 1, "升": 31, "级": 32, "整": 40})
    assert cohesion(statistics, "升级") > 0.9
    assert cohesion(statistics, "级整") < 0.2


@given(
    st.lists(st.sampled_from(["gate", "open", "water", "zeppelin"]), min_size=1, max_size=6),
    st.dictionaries(
        st.sampled_from(["gate", "open", "water"]), st.lists(st.integers(1, 400), min_size=1, max_size=9), min_size=1
    ),
    st.sampled_from("ABCD"),
    st.integers(1, 1000),
)
def test_scores_are_between_0_and_1(words: list[str], places: dict[str, list[int]], weight: str, length: int):
    if worths(query_terms(" ".join(words)), STATISTICS):
        assert 0.0 <= score(" ".join(words), found(places, weight=weight, length=length)) <= 1.0


def test_merging_prefers_what_both_rankings_have():
    merged = merge(["a", "b", "c"], ["d", "b", "e"])
    assert next(iter(merged)) == "b"
    assert set(merged) == set("abcde")
    assert merge(["a"], ["a"]) == {"a": 1.0}
