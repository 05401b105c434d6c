"""The static files: caching, compressed forms, and where the page's own addresses end."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from api.errors import add_error_handlers
from api.page import Page

SCRIPT = "assets/index-abc123.js"
HTML = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Sluice</title>")
    (folder / "icon.svg").write_text("<svg/>")
    (folder / SCRIPT).write_text("plain")
    (folder / f"{SCRIPT}.br").write_text("brotli")
    (folder / f"{SCRIPT}.gz").write_text("gzipped")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


@pytest.fixture
async def client(dist: Path) -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI(openapi_url=None)
    add_error_handlers(app)
    app.router.default = Page(dist, {"sessions", "openapi.json"})
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://page") as client:
        yield client


async def test_hashed_files_are_kept_for_ever_and_the_page_is_asked_for_anew(client: httpx2.AsyncClient) -> None:
    script = await client.get(f"/{SCRIPT}", headers={"Accept-Encoding": "identity"})
    assert script.text == "plain"
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    page = await client.get("/")
    assert "Sluice" in page.text
    assert page.headers["cache-control"] == "no-cache"
    assert (await client.get("/icon.svg")).headers["cache-control"] == "no-cache"
    again = await client.get("/", headers={"If-None-Match": page.headers["etag"]})
    assert again.status_code == 304
    assert (await client.head("/")).status_code == 200


@pytest.mark.parametrize(
    ("accepted", "encoding", "length"),
    [
        ("gzip, deflate, br", "br", 6),
        ("gzip;q=1.0, br;q=0.5", "br", 6),
        ("gzip", "gzip", 7),
        ("br;q=0, gzip", "gzip", 7),
        ("identity", None, 5),
        ("", None, 5),
    ],
)
async def test_the_compressed_form_is_sent_when_it_is_taken(
    client: httpx2.AsyncClient, accepted: str, encoding: str | None, length: int
) -> None:
    answer = await client.head(f"/{SCRIPT}", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("content-encoding") == encoding
    assert int(answer.headers["content-length"]) == length
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "accept-encoding" in answer.headers["vary"].lower()


@pytest.mark.parametrize("path", ["/app", "/app/sessions/1", "/library", "/anything/else"])
async def test_the_pages_own_addresses_are_the_page(client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.get(path, headers=HTML)
    assert answer.status_code == 200
    assert "Sluice" in answer.text
    plain = await client.get(path, headers={"Accept": "application/json"})
    assert (plain.status_code, plain.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "path", ["/sessions/1/nothing", "/sessions", "/openapi.json", "/assets/gone-abc.js", "/..%2fsecret.txt", "/%00"]
)
async def test_what_is_not_the_page_never_becomes_it(client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.get(path, headers={"Accept": "*/*" if "secret" in path or "%00" in path else HTML["Accept"]})
    assert answer.status_code == 404
    assert "secret" not in answer.text.replace("secret.txt", "")


async def test_only_reading(client: httpx2.AsyncClient) -> None:
    assert (await client.post("/", headers=HTML)).status_code == 404


async def test_before_it_was_built_the_page_says_how(client: httpx2.AsyncClient, dist: Path) -> None:
    (dist / "index.html").unlink()
    for path in ("/", "/app/x"):
        answer = await client.get(path, headers=HTML)
        assert answer.status_code == 503
        assert answer.headers["content-type"].startswith("text/plain")
        assert "make up" in answer.text
    assert (await client.get("/nothing")).status_code == 404
