"""The budget: it never exceeds, never drops the newest first, and never begins with an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.context import (
    NO_ANSWER,
    Budget,
    PastTurn,
    estimate_tokens,
    message_tokens,
    recent_history,
    room_for_answer,
    shortened,
)
from llm.engine import Message

TEXTS = st.text(alphabet="ab 1\n,中文字。é🙂", max_size=60)
TURNS = st.lists(st.builds(PastTurn, st.sampled_from(["user", "assistant"]), TEXTS), max_size=14)


@given(TURNS, st.integers(0, 400))
def test_history_fits_is_the_newest_part_and_alternates(turns: list[PastTurn], tokens: int) -> None:
    everything = recent_history(turns, Budget(10**6))
    budget = Budget(tokens)
    kept = recent_history(turns, budget)
    used = sum(map(message_tokens, kept))
    assert used <= tokens
    assert budget.left == tokens - used
    assert kept == everything[len(everything) - len(kept) :]
    assert [message.role for message in kept] == ["user", "assistant"] * (len(kept) // 2)
    if len(kept) < len(everything):
        left_out = everything[len(everything) - len(kept) - 2 :][:2]
        assert used + sum(map(message_tokens, left_out)) > tokens, "an exchange was left out that would have fitted"


@given(TURNS)
def test_with_room_enough_every_question_stays_verbatim_and_empty_turns_do_not_count(turns: list[PastTurn]) -> None:
    kept = recent_history(turns, Budget(10**6))
    questions = [turn.content for turn in turns if turn.role == "user" and turn.content.strip()]
    assert [message.content for message in kept if message.role == "user"] == questions


def test_a_question_that_was_never_answered_gets_a_stand_in() -> None:
    turns = [PastTurn("user", "One?"), PastTurn("assistant", ""), PastTurn("user", "二？")]
    assert [message.content for message in recent_history(turns, Budget(999))] == [
        "One?",
        NO_ANSWER["en"],
        "二？",
        NO_ANSWER["zh"],
    ]


@given(TEXTS, TEXTS)
def test_the_estimate_is_about_additive(one: str, other: str) -> None:
    assert estimate_tokens(one + other) <= estimate_tokens(one) + estimate_tokens(other)
    assert estimate_tokens(one + other) >= estimate_tokens(one) + estimate_tokens(other) - 1


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", 0), ("a" * 400, 100), ("中" * 100, 100), ("привет", 3), ("2026", 2), ("🙂", 2), ("Hello there", 3)],
)
def test_the_estimate_is_what_its_words_say(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


@given(TEXTS, st.integers(0, 40))
def test_shortened_text_fits_and_is_as_long_as_can_be(text: str, tokens: int) -> None:
    short = shortened(text, tokens)
    assert text.startswith(short)
    assert estimate_tokens(short) <= tokens
    assert short == text or estimate_tokens(text[: len(short) + 1]) > tokens


def test_the_answer_may_use_what_the_prompt_leaves() -> None:
    assert room_for_answer([Message("user", "a" * 376)], 8192, 1024) == 8192 - 125
    assert room_for_answer([Message("user", "中" * 8000)], 8192, 1024) == 1024
