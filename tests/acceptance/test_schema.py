"""The whole API against its own OpenAPI document: generated requests, right and wrong ones, to a real server."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import psycopg
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from api.main import create_app
from settings import Settings
from tests.integration.api.server import Server
from tests.services import Servers

EVERYWHERE = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
CHECKS = {GenerationMode.POSITIVE: EVERYWHERE, GenerationMode.NEGATIVE: [*EVERYWHERE, negative_data_rejection]}
BEYOND_THE_SCHEMA = {
    *("not_found", "not_completed", "invalid_change", "invalid_cursor", "idempotency_mismatch"),
    *("unsupported_type", "content_mismatch", "empty_file", "file_missing", "invalid_multipart"),
    "not_waiting",
    "session_order",
}
"""Why a request that fits the schema may be refused nevertheless."""

ENDLESS = ("/events",)
OPERATIONS = [
    (method, path)
    for path, operations in create_app(Settings(_env_file=None)).openapi()["paths"].items()  # type: ignore[call-arg]
    for method in operations
    if path not in ENDLESS
]
WORKERS = """
INSERT INTO workers (node, queue, host, pid, concurrency, heartbeat_at)
SELECT queue || '@host', queue, 'host', 1, 2, now() + interval '1 day' FROM unnest(ARRAY['interactive', 'ingest']) queue
"""
PARAMETERS_OF_NOTHING = {"/healthz", "/readyz", "/metrics", "/queue", "/config"}


@dataclass(frozen=True, slots=True)
class Target:
    """A real server, its schema, and things in it that calls can be about."""

    schema: BaseSchema
    path_parameters: dict[str, str]


@pytest.fixture(scope="module")
def target(servers: Servers) -> Iterator[Target]:
    """Nothing runs what the server accepts."""
    with servers.own() as services:
        server = Server(services, SEARXNG_URL="http://127.0.0.1:1", MAX_UPLOAD_BYTES="100000", LOG_LEVEL="WARNING")
        url = str(server.http.base_url).rstrip("/")
        try:
            _wait(url, server)
            with psycopg.connect(services.database_url) as connection:
                connection.execute(WORKERS)
            yield Target(schemathesis.openapi.from_url(f"{url}/openapi.json"), _things(url))
        finally:
            server.process.kill()
            print(server.process.communicate()[0])


def _wait(url: str, server: Server) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        assert server.process.poll() is None
        try:
            if httpx2.get(f"{url}/config").status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.05)
    raise TimeoutError("the server did not start")


def _things(url: str) -> dict[str, str]:
    """A session, a task that was cancelled (so that its stream ends), and a document."""
    session = httpx2.post(f"{url}/sessions", json={}).json()["id"]
    task = httpx2.post(f"{url}/sessions/{session}/messages", json={"content": "hello"}).json()["task_id"]
    httpx2.post(f"{url}/tasks/{task}/cancel")
    document = httpx2.post(f"{url}/documents", files={"file": ("a.txt", b"text")}).json()["document_id"]
    return {"session_id": session, "task_id": task, "document_id": document}


def _check(target: Target, method: str, path: str, mode: GenerationMode, known: dict[str, str] | None) -> None:
    operation = target.schema[path][method]

    @given(case=operation.as_strategy(generation_mode=mode, path_parameters=known))
    @settings(
        max_examples=30,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def holds(case: schemathesis.Case) -> None:
        response = case.call_and_validate(checks=CHECKS[mode])
        if response.status_code >= 400:
            code = _code_of_problem(response)
            assert mode is GenerationMode.NEGATIVE or code in BEYOND_THE_SCHEMA, response.text

    holds()


def _code_of_problem(response: Any) -> str:
    assert response.headers["content-type"] == ["application/problem+json"]
    problem = response.json()
    assert problem["status"] == response.status_code
    assert problem["detail"]
    return str(problem["code"])


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_right_requests(target: Target, method: str, path: str) -> None:
    known = {name: value for name, value in target.path_parameters.items() if f"{{{name}}}" in path}
    _check(target, method, path, GenerationMode.POSITIVE, known or None)


@pytest.mark.parametrize(("method", "path"), [each for each in OPERATIONS if each[1] not in PARAMETERS_OF_NOTHING])
def test_wrong_requests(target: Target, method: str, path: str) -> None:
    _check(target, method, path, GenerationMode.NEGATIVE, None)
