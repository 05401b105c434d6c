"""Search questions, whatever a model wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.questions import (
    MOST,
    distinct,
    further_without_model,
    heading_of,
    parsed_questions,
    planned_without_model,
)
from assistant.sources import Source

A, B = "How long is a lease?", "Who renews it?"


@pytest.mark.parametrize(
    "written",
    [
        f'{{"question": "{A}"}}\n{{"question": "{B}"}}',
        f'```json\n{{"question": "{A}"}}\n{{"question": "{B}"}}\n```',
        f'[{{"question": "{A}"}}, {{"query": "{B}"}}]',
        f'{{"questions": ["{A}", "{B}"]}}',
        f"Here are the questions:\n1. {A}\n2) {B}\n",
        f"- {A}\n- {B}\n- {A}",
        f'1. {{"question": "{A}"}},\n2. {{"question": "{B}"}},',
        f"{A}\n\n{B}\nI hope this helps.",
    ],
)
def test_every_usual_form_is_understood(written: str) -> None:
    assert parsed_questions(written) == [A, B]


@pytest.mark.parametrize("written", ["", "NONE", "None.", "无", "```\nNONE\n```", "I cannot do that.", "{}", "[]", "{"])
def test_no_questions_are_none(written: str) -> None:
    assert parsed_questions(written) == []


@given(st.text(max_size=300))
def test_nothing_a_model_writes_breaks_it(written: str) -> None:
    for question in parsed_questions(written):
        assert question.strip()
        assert "\n" not in question


def test_without_a_model_the_librarys_headings_make_the_plan() -> None:
    found = [
        Source("1", "Design", "…", locator={"heading": "Leases"}),
        Source("2", "Design", "…", locator={"heading": "Leases"}),
        Source("3", "Notes", "…", locator={}),
    ]
    plan = planned_without_model("the waiting line", found)
    assert plan == ["the waiting line", "the waiting line: Leases", "the waiting line: Notes"]
    assert heading_of(plan[1], "the waiting line") == "Leases"
    assert further_without_model("the waiting line", found, plan[:2]) == ["the waiting line: Notes"]
    many = [Source(str(n), f"T{n}", "…") for n in range(30)]
    assert len(planned_without_model("postgres and redis", many)) == MOST
    assert planned_without_model("队列与租约的关系", [])[0] == "队列与租约的关系"


def test_distinct_ignores_case_and_signs() -> None:
    assert distinct(["A b?", "a  B", "c"], ["C!"]) == ["A b?"]
