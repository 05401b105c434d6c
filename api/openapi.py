"""The OpenAPI document: stable operation ids, problems as what they are, nothing about FastAPI's own errors."""

import re
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

UNUSED = ("HTTPValidationError", "ValidationError")
PROBLEM = {"$ref": "#/components/schemas/Problem"}
DESCRIPTION = (
    "Submit, wait your turn in the open, then stream. Every error is `application/problem+json` with a stable `code`; "
    "lists are `{items, next_cursor}`; times are ISO 8601 UTC; unknown fields of a request are ignored."
)


def operation_id(route: APIRoute) -> str:
    """The function's name: short, and the same as long as nobody renames it."""
    return route.name


def methods_at(app: FastAPI, path: str) -> list[str]:
    """The methods that an address takes, over all its routes; a single route knows only its own."""
    methods: set[str] = set()
    for template, operations in document(app)["paths"].items():
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path):
            methods |= {method.upper() for method in operations}
    return sorted(methods)


def document(app: FastAPI) -> dict[str, Any]:
    """The document of an app, made once."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes)
        for operations in schema["paths"].values():
            for operation in operations.values():
                for status, response in operation["responses"].items():
                    response.get("content", {}).get("text/event-stream", {}).pop("schema", None)
                    if status == "default" or status >= "400":
                        response["content"] = {"application/problem+json": {"schema": PROBLEM}}
        for name in UNUSED:
            schema["components"]["schemas"].pop(name, None)
        app.openapi_schema = schema
    return app.openapi_schema
