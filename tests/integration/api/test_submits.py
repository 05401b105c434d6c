"""The three submits: their 202, their idempotency, and a full line."""

import asyncio
from typing import Any

import httpx2
import pytest

from tests.integration.api.conftest import CollectingPublisher, Serve

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


async def _session(client: httpx2.AsyncClient) -> str:
    return str((await client.post("/sessions", json={})).json()["id"])


def _file(name: str = "notes.txt", content: bytes = b"A sluice is a gate.") -> dict[str, Any]:
    return {"file": (name, content, "application/octet-stream")}


async def test_a_message_is_accepted_with_its_place(client: httpx2.AsyncClient, publisher: CollectingPublisher) -> None:
    session = await _session(client)
    answer = await client.post(f"/sessions/{session}/messages", json={"content": "hello"})
    body = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/tasks/{body['task_id']}"
    assert body["session_id"] == session
    assert (body["turn_index"], body["status"], body["position"]) == (0, "queued", 1)
    assert body["stream_url"] == f"/stream/{body['task_id']}"
    assert body["cancel_url"] == f"/tasks/{body['task_id']}/cancel"
    assert [str(each) for each in publisher.published] == [body["task_id"]]


async def test_research_is_accepted_in_the_same_shape(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/research", json={"topic": "weirs", "depth": 3, "sources": ["library"]})
    body = answer.json()
    assert answer.status_code == 202
    assert body["session_id"] is None
    assert body["turn_index"] is None
    assert body["position"] == 1
    task = (await client.get(answer.headers["location"])).json()
    assert (task["kind"], task["summary"], task["position"]) == ("research", "weirs", 1)


async def test_an_upload_is_accepted_and_listed(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/documents", files=_file("../../手册 v1.pdf", PDF))
    body = answer.json()
    assert answer.status_code == 202
    assert body["position"] is None
    document = (await client.get(f"/documents/{body['document_id']}")).json()
    assert document["filename"] == "手册 v1.pdf"
    assert document["media_type"] == "application/pdf"
    assert document["size_bytes"] == len(PDF)
    assert document["status"] == "queued"
    assert document["task_id"] == body["task_id"]
    assert (await client.get("/documents")).json() == {"items": [document], "next_cursor": None}
    assert (await client.delete(f"/documents/{body['document_id']}")).status_code == 204
    assert (await client.get("/documents")).json()["items"] == []
    assert (await client.get(f"/documents/{body['document_id']}")).status_code == 404


async def test_documents_are_paged_newest_first(client: httpx2.AsyncClient) -> None:
    for number in range(3):
        await client.post("/documents", files=_file(f"{number}.txt"))
    first = (await client.get("/documents", params={"limit": 2})).json()
    second = (await client.get("/documents", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [item["filename"] for item in first["items"] + second["items"]] == ["2.txt", "1.txt", "0.txt"]


async def test_the_same_key_and_body_gives_the_first_answer_again(client: httpx2.AsyncClient) -> None:
    session = await _session(client)
    path, key = f"/sessions/{session}/messages", {"Idempotency-Key": "k-1"}
    first = await client.post(path, json={"content": "hello", "use_library": True}, headers=key)
    again = await client.post(
        path,
        content=b'{"use_library": true,\n "content":"hello", "extra": 1}',
        headers={**key, "Content-Type": "application/json"},
    )
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == first.json()
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    other = await client.post(path, json={"content": "something else"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
    elsewhere = await client.post("/research", json={"topic": "hello"}, headers=key)
    assert elsewhere.json()["code"] == "idempotency_mismatch"
    assert len((await client.get(f"/sessions/{session}/turns")).json()["items"]) == 2


async def test_concurrent_requests_with_one_key_make_one_task(client: httpx2.AsyncClient) -> None:
    session = await _session(client)
    answers = await asyncio.gather(
        *(
            client.post(f"/sessions/{session}/messages", json={"content": "hi"}, headers={"Idempotency-Key": "same"})
            for _ in range(5)
        )
    )
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["task_id"] for answer in answers}) == 1
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 4


async def test_a_key_on_an_upload_counts_name_and_content(client: httpx2.AsyncClient) -> None:
    key = {"Idempotency-Key": "up"}
    first = await client.post("/documents", files=_file(), headers=key)
    again = await client.post("/documents", files=_file(), headers=key)
    renamed = await client.post("/documents", files=_file("other.txt"), headers=key)
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert renamed.json()["code"] == "idempotency_mismatch"
    assert len((await client.get("/documents")).json()["items"]) == 1


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "caf\u00e9", "\t"])
async def test_a_key_must_be_visible_ascii(client: httpx2.AsyncClient, key: str) -> None:
    answer = await client.post("/research", json={"topic": "x"}, headers=[(b"Idempotency-Key", key.encode("latin-1"))])
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_idempotency_key")
    assert (await client.get("/tasks")).json()["items"] == []


async def test_a_key_is_its_owners(proxied: httpx2.AsyncClient) -> None:
    def send(user: str) -> Any:
        headers = {"Idempotency-Key": "k", "X-Forwarded-User": user}
        return proxied.post("/research", json={"topic": "x"}, headers=headers)

    assert (await send("ann")).json()["task_id"] != (await send("bob")).json()["task_id"]


async def test_a_full_line_says_when_to_come_back(serve: Serve) -> None:
    async with serve(max_waiting=2) as client:
        for _ in range(4):  # two slots are free, and two may wait
            assert (await client.post("/research", json={"topic": "x"})).status_code == 202
        answer = await client.post("/research", json={"topic": "x"})
        assert (answer.status_code, answer.json()["code"]) == (429, "line_full")
        assert int(answer.headers["retry-after"]) > 0
        assert len((await client.get("/queue")).json()["waiting"]) == 4
        assert (await client.post("/documents", files=_file())).status_code == 202


async def test_research_takes_the_web_only_where_there_is_one(serve: Serve) -> None:
    async with serve() as client:
        answer = await client.post("/research", json={"topic": "x", "sources": ["library", "web"]})
        assert (answer.status_code, answer.json()["code"]) == (422, "web_not_configured")
    async with serve(searxng_url="http://127.0.0.1:1") as client:
        assert (await client.post("/research", json={"topic": "x", "sources": ["web"]})).status_code == 202
