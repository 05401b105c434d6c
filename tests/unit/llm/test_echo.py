"""The beginning that a server says once more."""

import pytest

from llm.echo import Echo

BEGUN = "Once upon a time"


def told(*pieces: str, begun: str = BEGUN) -> str:
    echo = Echo(begun)
    return "".join([*(echo.feed(piece) for piece in pieces), echo.end()])


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_a_repeated_beginning_is_dropped_however_it_is_cut(size: int) -> None:
    text = f"{BEGUN} there was"
    assert told(*(text[n : n + size] for n in range(0, len(text), size))) == " there was"


@pytest.mark.parametrize("rest", [" there was", "Once more", "O", "Once upon a", "", BEGUN[:-1] + "x"])
def test_a_true_continuation_stays_as_it_is(rest: str) -> None:
    assert told(*rest) == rest


def test_only_the_first_repetition_is_dropped() -> None:
    assert told(BEGUN, BEGUN, " there") == BEGUN + " there"


def test_what_differs_is_passed_on_at_once() -> None:
    echo = Echo(BEGUN)
    assert [echo.feed("On"), echo.feed("ly"), echo.feed(" Once")] == ["", "Only", " Once"]


def test_without_a_beginning_nothing_is_held_back() -> None:
    assert Echo("").feed("Once") == "Once"
