"""Who is calling, and from which page: over HTTP."""

from typing import Any

import httpx2
import pytest

from tests.integration.api.conftest import Serve
from tests.integration.api.server import Server
from tests.services import Services

OPEN_TO_ALL = ("/healthz", "/readyz", "/metrics", "/openapi.json", "/")


async def test_open_mode_is_one_local_admin(client: httpx2.AsyncClient) -> None:
    config = (await client.get("/config", headers={"X-Forwarded-User": "mallory"})).json()
    assert (config["auth_mode"], config["user"], config["is_admin"]) == ("open", "local", True)


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "LOCALHOST:1", "[::1]:8000", "127.8.8.8"])
async def test_open_mode_answers_to_loopback_names(client: httpx2.AsyncClient, host: str) -> None:
    assert (await client.get("/config", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "10.0.0.1", "", "[::1"]
)
async def test_open_mode_refuses_a_rebound_name(client: httpx2.AsyncClient, host: str) -> None:
    for path in ("/config", "/", "/openapi.json"):
        answer = await client.get(path, headers={"Host": host})
        assert (answer.status_code, answer.json()["code"]) == (403, "host_not_allowed")


async def test_open_mode_on_a_network_answers_to_no_foreign_domain(serve: Serve) -> None:
    allowed = {"api_host": "0.0.0.0", "allow_open_network": True, "allowed_hosts": "sluice.lan"}
    async with serve(peer="10.0.0.7", **allowed) as client:
        for host in ("sluice.lan", "SLUICE.lan:8000", "10.0.0.1:8000", "[fd00::1]", "server", "localhost"):
            assert (await client.get("/config", headers={"Host": host})).status_code == 200, host
        for host in ("evil.example", "sluice.lan.evil.example", ""):
            assert (await client.get("/config", headers={"Host": host})).status_code == 403, host


async def test_open_mode_does_not_start_on_a_network(serve: Serve) -> None:
    with pytest.raises(SystemExit, match="AUTH_MODE=open makes every caller an admin"):
        async with serve(api_host="0.0.0.0"):
            pass


async def test_a_trusted_proxy_names_the_caller(proxied: httpx2.AsyncClient) -> None:
    ann = (await proxied.get("/config", headers={"X-Forwarded-User": "ann", "Host": "sluice.example"})).json()
    assert (ann["auth_mode"], ann["user"], ann["is_admin"]) == ("proxy", "ann", False)
    assert (await proxied.get("/config", headers={"X-Forwarded-User": "root"})).json()["is_admin"] is True


@pytest.mark.parametrize(
    "headers", [[], [("X-Forwarded-User", "")], [("X-Forwarded-User", "ann"), ("X-Forwarded-User", "root")]]
)
async def test_without_one_name_nobody_is_calling(proxied: httpx2.AsyncClient, headers: list[tuple[str, str]]) -> None:
    for method, path in (
        *(
            ("GET", path)
            for path in ("/config", "/sessions", "/queue", "/tasks", "/events", "/search?q=x", "/documents")
        ),
        *(("POST", path) for path in ("/sessions", "/documents")),
    ):
        body: dict[str, Any] = {"json": {}} if path == "/sessions" and method == "POST" else {}
        answer = await proxied.request(method, path, headers=headers, **body)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), path


async def test_a_name_from_an_untrusted_address_is_not_believed(serve: Serve) -> None:
    async with serve(auth_mode="proxy", peer="10.0.0.7") as client:
        headers = {"X-Forwarded-User": "root", "X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1"}
        assert (await client.get("/config", headers=headers)).status_code == 401
    async with serve(auth_mode="proxy", peer="10.0.0.7", trusted_proxies="10.0.0.0/24") as client:
        assert (await client.get("/config", headers={"X-Forwarded-User": "ann"})).json()["user"] == "ann"


async def test_the_running_server_goes_by_the_connection_not_by_headers(services: Services) -> None:
    environment = {"AUTH_MODE": "proxy", "TRUSTED_PROXIES": "10.9.9.9"}
    async with Server(services, **environment) as server:
        headers = {"X-Forwarded-User": "root", "X-Forwarded-For": "10.9.9.9"}
        assert (await server.http.get("/config", headers=headers)).status_code == 401
    async with Server(services, AUTH_MODE="proxy") as server:
        headers = {"X-Forwarded-User": "ann", "X-Forwarded-For": "10.9.9.9"}
        assert (await server.http.get("/config", headers=headers)).json()["user"] == "ann"


async def test_machines_and_the_page_need_no_identity(proxied: httpx2.AsyncClient) -> None:
    for path in OPEN_TO_ALL:
        assert (await proxied.get(path)).status_code != 401, path


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:8000"}, False),
        ({"Origin": "http://127.0.0.1:8000"}, True),
        ({"Origin": "http://127.0.0.1:9000"}, False),
        ({"Origin": "http://localhost:8000"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Origin": "http://["}, False),
    ],
)
async def test_another_sites_page_changes_nothing(
    client: httpx2.AsyncClient, headers: dict[str, str], allowed: bool
) -> None:
    for method, path in (
        ("POST", "/sessions"),
        ("POST", "/research"),
        ("DELETE", "/sessions/x"),
        ("PATCH", "/tasks/x"),
    ):
        answer = await client.request(method, path, json={"topic": "x"}, headers=headers)
        assert (answer.status_code != 403) is allowed, (method, path)
        if not allowed:
            assert answer.json()["code"] == "cross_origin"
    assert (await client.get("/sessions", headers=headers)).status_code == 200
    assert len((await client.get("/sessions")).json()["items"]) == int(allowed)


async def test_every_answer_carries_the_security_headers(client: httpx2.AsyncClient) -> None:
    for method, path in (("GET", "/config"), ("GET", "/nowhere"), ("PUT", "/sessions"), ("GET", "/")):
        headers = (await client.request(method, path)).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
    assert (await client.get("/config")).headers["cache-control"] == "no-store"
