"""The OpenAPI document that clients generate their types from."""

from typing import Any

import pytest

from api.main import create_app
from settings import Settings

CALLS = {
    ("POST", "/sessions"): "create_session",
    ("GET", "/sessions"): "list_sessions",
    ("GET", "/sessions/{session_id}"): "get_session",
    ("PATCH", "/sessions/{session_id}"): "rename_session",
    ("DELETE", "/sessions/{session_id}"): "delete_session",
    ("GET", "/sessions/{session_id}/turns"): "list_turns",
    ("POST", "/sessions/{session_id}/messages"): "send_message",
    ("POST", "/sessions/{session_id}/resume"): "resume_session",
    ("POST", "/research"): "start_research",
    ("GET", "/research/{task_id}/report"): "get_report",
    ("POST", "/documents"): "upload_document",
    ("GET", "/documents"): "list_documents",
    ("GET", "/documents/{document_id}"): "get_document",
    ("DELETE", "/documents/{document_id}"): "delete_document",
    ("GET", "/search"): "search",
    ("GET", "/tasks"): "list_tasks",
    ("GET", "/tasks/{task_id}"): "read_task",
    ("PATCH", "/tasks/{task_id}"): "edit_task",
    ("POST", "/tasks/{task_id}/move"): "move_task",
    ("POST", "/tasks/{task_id}/cancel"): "cancel_task",
    ("POST", "/admin/line"): "change_line",
    ("POST", "/admin/tasks/{task_id}/cancel"): "cancel_any_task",
    ("GET", "/queue"): "read_queue",
    ("GET", "/stream/{task_id}"): "stream_task",
    ("GET", "/events"): "stream_news",
    ("GET", "/config"): "read_config",
    ("GET", "/healthz"): "is_alive",
    ("GET", "/readyz"): "is_ready",
    ("GET", "/metrics"): "read_metrics",
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app(Settings(_env_file=None)).openapi()  # type: ignore[call-arg]


def test_every_call_is_there_under_its_stable_name(document: dict[str, Any]) -> None:
    found = {
        (method.upper(), path): operation["operationId"]
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    assert found == CALLS


def test_every_error_is_a_problem(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            errors = {status: each for status, each in operation["responses"].items() if not status.startswith("2")}
            assert errors or path == "/healthz", (method, path)
            for response in errors.values():
                assert list(response["content"]) == ["application/problem+json"]
    assert not {"HTTPValidationError", "ValidationError"} & document["components"]["schemas"].keys()


def test_submits_say_202_and_take_an_idempotency_key(document: dict[str, Any]) -> None:
    for path in ("/sessions/{session_id}/messages", "/research", "/documents"):
        operation = document["paths"][path]["post"]
        assert "202" in operation["responses"]
        assert "Idempotency-Key" in {each["name"] for each in operation["parameters"]}


def test_streams_are_event_streams(document: dict[str, Any]) -> None:
    for path in ("/stream/{task_id}", "/events"):
        assert list(document["paths"][path]["get"]["responses"]["200"]["content"]) == ["text/event-stream"]


def test_there_is_no_page_from_a_foreign_origin() -> None:
    paths = {getattr(route, "path", None) for route in create_app(Settings(_env_file=None)).routes}  # type: ignore[call-arg]
    assert not {"/docs", "/redoc"} & paths
