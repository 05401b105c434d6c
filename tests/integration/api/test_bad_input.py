"""What bad input gets: a problem+json with a stable code and a sentence, and nothing changed."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from tests.integration.api.conftest import Serve

JSON = {"Content-Type": "application/json"}


def _is_problem(answer: httpx2.Response, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["code"] == code, body
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]


@pytest.fixture
async def messages(client: httpx2.AsyncClient) -> AsyncIterator[str]:
    """Where to send messages; afterwards nothing must have come of them."""
    path = f"/sessions/{(await client.post('/sessions', json={})).json()['id']}"
    yield f"{path}/messages"
    assert (await client.get(f"{path}/turns")).json()["items"] == []
    assert (await client.get("/tasks")).json()["items"] == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"content": ', 400, "invalid_json"),
        (b"\xff\xfe", 400, "invalid_json"),
        (b"[" * 100_000, 400, "invalid_json"),
        (b"", 422, "invalid_input"),
        (b"[]", 422, "invalid_input"),
        (b'"text"', 422, "invalid_input"),
        (b"null", 422, "invalid_input"),
        (b"{}", 422, "invalid_input"),
        (b'{"content": 5}', 422, "invalid_input"),
        (b'{"content": null}', 422, "invalid_input"),
        (b'{"content": "x", "use_library": "yes"}', 422, "invalid_input"),
        (b'{"content": "x", "model": ""}', 422, "invalid_input"),
        (b'{"content": ""}', 422, "empty_message"),
        (b'{"content": " \\n\\t\\u3000 "}', 422, "empty_message"),
        (b'{"content": "a\\u0000b"}', 422, "invalid_text"),
        (b'{"content": "a\\ud800b"}', 422, "invalid_text"),
        (b'{"content": "x", "model": "a\\u0000"}', 422, "invalid_text"),
    ],
)
async def test_a_bad_message(client: httpx2.AsyncClient, messages: str, body: bytes, status: int, code: str) -> None:
    _is_problem(await client.post(messages, content=body, headers=JSON), status, code)


async def test_a_message_at_the_limit_is_taken_and_one_beyond_is_not(serve: Serve) -> None:
    async with serve(max_message_chars=10) as client:
        path = f"/sessions/{(await client.post('/sessions', json={})).json()['id']}/messages"
        _is_problem(await client.post(path, json={"content": "水" * 11}), 422, "message_too_long")
        _is_problem(await client.post("/research", json={"topic": "水" * 11}), 422, "message_too_long")
        assert (await client.get("/tasks")).json()["items"] == []
        assert (await client.post(path, json={"content": "水" * 10})).status_code == 202


async def test_validation_errors_name_their_fields(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/research", json={"topic": "x", "depth": 9, "sources": ["moon"]})
    _is_problem(answer, 422, "invalid_input")
    assert [error["field"] for error in answer.json()["errors"]] == ["sources.0", "depth"]
    assert all(error["message"] for error in answer.json()["errors"])


async def test_a_body_beyond_the_limit(client: httpx2.AsyncClient, messages: str) -> None:
    big = b'{"content": "' + b"x" * 1024 * 1024 + b'"}'
    _is_problem(await client.post(messages, content=big, headers=JSON), 413, "body_too_large")

    async def trickle() -> AsyncIterator[bytes]:
        for start in range(0, len(big), 65536):
            yield big[start : start + 65536]

    _is_problem(await client.post(messages, content=trickle(), headers=JSON), 413, "body_too_large")


@pytest.mark.parametrize(
    ("path", "parameters", "status", "code"),
    [
        ("/sessions", {"limit": "0"}, 422, "invalid_input"),
        ("/sessions", {"limit": "201"}, 422, "invalid_input"),
        ("/sessions", {"limit": "x"}, 422, "invalid_input"),
        ("/tasks", {"status": "odd"}, 422, "invalid_input"),
        ("/tasks", {"kind": "odd"}, 422, "invalid_input"),
        ("/search", {}, 422, "invalid_input"),
        ("/search", {"q": " "}, 422, "empty_message"),
        ("/search", {"q": "a\x00"}, 422, "invalid_text"),
        ("/nowhere", {}, 404, "not_found"),
        ("/sessions/", {}, 404, "not_found"),
        ("/admin/nothing", {}, 404, "not_found"),
    ],
)
async def test_a_bad_question(
    client: httpx2.AsyncClient, path: str, parameters: dict[str, str], status: int, code: str
) -> None:
    _is_problem(await client.get(path, params=parameters), status, code)


async def test_a_method_that_is_not_there(client: httpx2.AsyncClient) -> None:
    answer = await client.put("/sessions", json={})
    _is_problem(answer, 405, "method_not_allowed")
    assert {part.strip() for part in answer.headers["allow"].split(",")} == {"GET", "POST"}


Files = dict[str, Any]


@pytest.mark.parametrize(
    ("files", "status", "code"),
    [
        ({"file": ("a.pdf", b"this is no PDF", "application/pdf")}, 422, "content_mismatch"),
        ({"file": ("a.txt", b"", "text/plain")}, 422, "empty_file"),
        ({"file": ("a.exe", b"MZ\x00\x01", "application/pdf")}, 415, "unsupported_type"),
        ({"file": ("../ . ", b"abc", "text/plain")}, 422, "invalid_filename"),
        ({"other": ("a.txt", b"abc", "text/plain")}, 422, "file_missing"),
        ({"file": (None, b"abc")}, 422, "file_missing"),
        ({"file": ("a.txt", b"x" * 2048, "text/plain")}, 413, "file_too_large"),
        ({"file": ("a.txt", b"x" * 100_000, "text/plain")}, 413, "body_too_large"),
    ],
)
async def test_a_bad_upload(serve: Serve, files: Files, status: int, code: str) -> None:
    async with serve(max_upload_bytes=1024) as client:
        _is_problem(await client.post("/documents", files=files), status, code)
        assert (await client.get("/documents")).json()["items"] == []
        assert (await client.get("/tasks")).json()["items"] == []


@pytest.mark.parametrize(
    ("content_type", "body", "status", "code"),
    [
        ("application/json", b"{}", 422, "file_missing"),
        ("multipart/form-data", b"x", 400, "invalid_multipart"),
        ("multipart/form-data; boundary=b", b"--nonsense", 400, "invalid_multipart"),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="file"', 400, None),
        (
            "multipart/form-data; boundary=b",
            b"".join(
                b'--b\r\nContent-Disposition: form-data; name="file"; filename="%d.txt"\r\n\r\nx\r\n' % number
                for number in range(2)
            )
            + b"--b--\r\n",
            400,
            "invalid_multipart",
        ),
    ],
)
async def test_a_broken_form(
    client: httpx2.AsyncClient, content_type: str, body: bytes, status: int, code: str | None
) -> None:
    answer = await client.post("/documents", content=body, headers={"Content-Type": content_type})
    if code is None:
        assert answer.status_code in (400, 422)
        return
    _is_problem(answer, status, code)


async def test_a_report_is_there_when_it_is_finished_and_as_markdown_only(client: httpx2.AsyncClient) -> None:
    task = (await client.post("/research", json={"topic": "x"})).json()["task_id"]
    _is_problem(await client.get(f"/research/{task}/report", params={"format": "pdf"}), 400, "unsupported_format")
    _is_problem(await client.get(f"/research/{task}/report"), 409, "not_completed")


async def test_an_unexpected_error_says_nothing_of_itself(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from db import sessions

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr(sessions, "list_sessions", broken)
    answer = await client.get("/sessions")
    _is_problem(answer, 500, "internal_error")
    assert "hunter2" not in answer.text
    assert answer.headers["content-security-policy"]
