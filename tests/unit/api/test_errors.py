"""The one table from facts to HTTP."""

import orjson
import pytest

import errors
from api.errors import STATUS_OF_ERROR, Forbidden, Unauthenticated, problem, problem_of
from errors import SluiceError


def _all(kind: type[SluiceError]) -> set[type[SluiceError]]:
    return {kind}.union(*(_all(each) for each in kind.__subclasses__()))


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Unauthenticated("x"), 401, "unauthenticated"),
        (Forbidden("x", code="cross_origin"), 403, "cross_origin"),
        (errors.NotFound("x"), 404, "not_found"),
        (errors.Conflict("x"), 409, "conflict"),
        (errors.TooLarge("x", code="file_too_large"), 413, "file_too_large"),
        (errors.InvalidInput("x"), 422, "invalid_input"),
        (errors.InvalidInput("x", code="invalid_cursor"), 400, "invalid_cursor"),
        (errors.DocumentError("x"), 422, "not_readable"),
        (errors.DocumentError("x", code="unsupported_type"), 415, "unsupported_type"),
        (errors.LineFull("x", retry_after=7), 429, "line_full"),
        (errors.ModelUnreachable("x"), 502, "model_unreachable"),
        (errors.Unavailable("x"), 503, "unavailable"),
        (errors.Fenced("the inside"), 500, "internal_error"),
    ],
)
def test_each_fact_has_its_status(error: SluiceError, status: int, code: str) -> None:
    answer = problem_of(error)
    body = orjson.loads(answer.body)
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code)
    assert answer.media_type == "application/problem+json"
    assert body["type"] == "about:blank"
    assert body["title"]
    assert "inside" not in body["detail"] or status != 500 or "inside Sluice" in body["detail"]


def test_every_class_of_facts_has_a_status() -> None:
    for kind in _all(SluiceError):
        assert any(each in STATUS_OF_ERROR for each in kind.__mro__), kind


def test_waiting_is_told_in_seconds() -> None:
    assert problem_of(errors.LineFull("x", retry_after=7)).headers["retry-after"] == "7"
    assert int(problem_of(errors.Unavailable("x")).headers["retry-after"]) > 0


def test_a_detail_that_cannot_be_encoded_still_answers() -> None:
    assert orjson.loads(problem(422, "invalid_input", "no \ud800").body)["detail"] == "no ?"
