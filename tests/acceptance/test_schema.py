"""The whole API against its own OpenAPI document: generated requests, right and wrong ones."""

import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.integration.api.server import Server
from tests.services import Servers

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
]


@pytest.fixture(scope="module")
def base_url(servers: Servers) -> Iterator[str]:
    """A real server; nothing runs what it accepts."""
    with servers.own() as services:
        server = Server(services, SEARXNG_URL="http://127.0.0.1:1", MAX_UPLOAD_BYTES="100000", LOG_LEVEL="WARNING")
        url = str(server.http.base_url)
        try:
            _wait(url, server)
            yield url
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


@pytest.fixture(scope="module")
def api_schema(base_url: str) -> Any:
    # The feed never ends; it has tests of its own.
    return schemathesis.openapi.from_url(f"{base_url}/openapi.json").exclude(path="/events")


schema = schemathesis.pytest.from_fixture("api_schema")


@schema.parametrize()
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_the_api_keeps_its_own_schema(case: schemathesis.Case) -> None:
    response = case.call_and_validate(checks=CHECKS)
    if response.status_code >= 400:
        assert response.headers["content-type"] == ["application/problem+json"]
        problem = response.json()
        assert problem["status"] == response.status_code
        assert problem["code"]
        assert problem["detail"]
