"""From passages to the rows that are stored: their terms and locators."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from db.passages import NewPassage
from library.split import Passage
from library.terms import document_terms, length, to_tsvector

FIELD_GAP = 10
"""Positions left free between title, headings and text, so that no phrase reaches over."""


def new_passage(passage: Passage, title: str) -> NewPassage:
    """The row of one passage. Its headings and the document's title are found with it, see `ranking.FIELD_WEIGHTS`."""
    body = document_terms(passage.text)
    fields = (
        (body, ""),
        (document_terms(passage.headings[-1] if passage.headings else ""), "A"),
        (document_terms("\n".join(passage.headings[:-1])), "B"),
        (document_terms(title), "C"),
    )
    vectors = []
    start = 0
    for terms, weight in fields:
        vectors += [(term, start + position, weight) for term, position in terms]
        start += length(terms) + FIELD_GAP
    return NewPassage(
        id=uuid4(),
        content=passage.text,
        locator=locator(passage),
        terms=to_tsvector(vectors),
        term_count=length(body),
    )


def new_passages(passages: Iterable[Passage], title: str) -> list[NewPassage]:
    """The rows of several passages, in order."""
    return [new_passage(passage, title) for passage in passages]


def locator(passage: Passage) -> dict[str, Any]:
    """Where a passage stands: `page` and `heading`, what is known of them."""
    place: dict[str, Any] = {}
    if passage.page is not None:
        place["page"] = passage.page
    if passage.headings:
        place["heading"] = passage.headings[-1]
    return place
