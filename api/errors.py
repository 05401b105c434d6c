"""The one place where facts become HTTP: every error is `application/problem+json` (RFC 9457) with a stable `code`."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from redis.exceptions import RedisError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

import errors
from api.openapi import methods_at
from errors import SluiceError

RETRY_SECONDS = 2


class Unauthenticated(SluiceError):
    """Nobody says who is calling."""

    code = "unauthenticated"


class Forbidden(SluiceError):
    """Not this caller, or not from there. Codes: `cross_origin`, `host_not_allowed`."""

    code = "forbidden"


STATUS_OF_ERROR: dict[type[SluiceError], int] = {
    Unauthenticated: 401,
    Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.TooLarge: 413,
    errors.DocumentError: 422,
    errors.InvalidInput: 422,
    errors.LineFull: 429,
    errors.ModelError: 502,
    errors.Unavailable: 503,
    SluiceError: 500,
}
"""What each class of facts is in HTTP; a class that is not listed is what its parent is."""

STATUS_OF_CODE = {"invalid_cursor": 400, "unsupported_format": 400, "invalid_multipart": 400, "unsupported_type": 415}
"""Codes that say more than their class."""

CODE_OF_STATUS = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}
DETAIL_OF_STATUS = {
    404: "There is nothing at this address.",
    405: "This address does not take this method.",
    413: "What was sent is larger than this address takes.",
}

OWN_VALIDATION_CODES = ("invalid_text", "empty_message", "message_too_long", "invalid_idempotency_key")


class ProblemResponse(JSONResponse):
    """A problem as the body of an answer."""

    media_type = "application/problem+json"


def problem(
    status: int, code: str, detail: str, *, headers: dict[str, str] | None = None, **members: Any
) -> ProblemResponse:
    """One problem document. `detail` is one sentence for people; `members` are further fields of it."""
    content = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail.encode("utf-8", "replace").decode(),
        "code": code,
        **members,
    }
    return ProblemResponse(content, status_code=status, headers=headers)


def problem_of(error: SluiceError) -> ProblemResponse:
    """A fact of ours as a problem; what went wrong inside is not told."""
    status = STATUS_OF_CODE.get(error.code) or next(
        STATUS_OF_ERROR[each] for each in type(error).__mro__ if each in STATUS_OF_ERROR
    )
    if status == 500:
        return internal_problem()
    headers: dict[str, str] = {}
    if isinstance(error, errors.LineFull):
        headers["Retry-After"] = str(error.retry_after)
    elif status == 503:
        headers["Retry-After"] = str(RETRY_SECONDS)
    return problem(status, error.code, error.message, headers=headers)


def internal_problem() -> ProblemResponse:
    """What is said of a mistake of ours: that it was one."""
    return problem(500, "internal_error", "Something went wrong inside Sluice. It has been logged.")


def validation_problem(found: Sequence[Any]) -> ProblemResponse:
    """What pydantic found, as a problem: a malformed id is an unknown one, broken JSON is 400, the rest is 422."""
    if any(each["loc"][0] == "path" for each in found):
        return problem(404, "not_found", DETAIL_OF_STATUS[404])
    if any(each["type"] == "uuid_parsing" for each in found):
        return problem(404, "not_found", "There is nothing with such an id.")
    if any(each["type"] == "json_invalid" for each in found):
        return problem(400, "invalid_json", "The body is not valid JSON.")
    fields = [{"field": ".".join(map(str, each["loc"][1:])), "message": each["msg"]} for each in found]
    own = next((each for each in found if each["type"] in OWN_VALIDATION_CODES), None)
    if own is not None:
        return problem(422, own["type"], own["msg"], errors=fields)
    detail = "; ".join(f"{each['field']}: {each['message']}" if each["field"] else each["message"] for each in fields)
    return problem(422, "invalid_input", detail, errors=fields)


async def _on_sluice_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, SluiceError)
    return problem_of(error)


async def _on_validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return validation_problem(error.errors())


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 400 and "json" in request.headers.get("content-type", ""):
        return problem(400, "invalid_json", "The body is not valid JSON.")
    code = CODE_OF_STATUS.get(error.status_code, "http_error")
    detail = DETAIL_OF_STATUS.get(error.status_code, error.detail)
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(methods_at(request.app, request.url.path))
    return problem(error.status_code, code, detail, headers=headers)


async def _on_redis_error(request: Request, error: Exception) -> Response:
    return problem_of(errors.Unavailable("Redis cannot be reached."))


async def _on_disconnect(request: Request, error: Exception) -> Response:
    return problem(400, "bad_request", "The connection ended before the request did.")


def add_error_handlers(app: FastAPI) -> None:
    """Answer every known error with its problem; the unknown ones reach `middleware.ErrorBoundary`."""
    app.add_exception_handler(SluiceError, _on_sluice_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RedisError, _on_redis_error)
    app.add_exception_handler(ClientDisconnect, _on_disconnect)
