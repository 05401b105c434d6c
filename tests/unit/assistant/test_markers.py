"""References are found alike however a text is cut."""

from hypothesis import given
from hypothesis import strategies as st

from assistant.markers import Markers
from tests.unit.llm.test_reading import cut

SIGNS = ("[1]", "[2]", "[12]", "[99]", "[1, 2]", "[", "]", "1", "2,", " ", "`", "```", "\n", "【3】", "x", "字")
PARTS = st.lists(st.sampled_from(SIGNS))


def found(chunks: list[str]) -> list[int]:
    markers = Markers({1, 2, 3, 12})
    return [n for chunk in chunks for n in markers.feed(chunk)]


@given(PARTS.map("".join), st.lists(st.integers(0, 400)))
def test_cutting_changes_nothing(text: str, at: list[int]) -> None:
    assert found(cut(text, at)) == found([text])
    assert found(list(text)) == found([text])


def test_each_known_number_counts_once_and_others_never() -> None:
    assert found(["See [2], [1] and [2]; [99] [0] [x] [1"]) == [2, 1]
    assert found(["As shown [1, 12][3]."]) == [1, 12, 3]
    assert found(["据此【3】，以及[1，2]。"]) == [3, 1, 2]


def test_code_refers_to_nothing() -> None:
    assert found(["```\na[1]\n```\nso [2]"]) == [2]
