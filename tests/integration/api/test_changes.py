"""Editing, moving, and what only operators may, over HTTP."""

import httpx2
import pytest

NOBODY = "00000000-0000-4000-8000-000000000000"


async def _chat(client: httpx2.AsyncClient, words: str, user: str | None = None) -> str:
    headers = {"X-Forwarded-User": user} if user else {}
    session = (await client.post("/sessions", json={}, headers=headers)).json()["id"]
    answer = await client.post(f"/sessions/{session}/messages", json={"content": words}, headers=headers)
    return str(answer.json()["task_id"])


async def test_a_waiting_message_is_edited_and_moved(client: httpx2.AsyncClient) -> None:
    first, second = await _chat(client, "one"), await _chat(client, "two")
    edited = await client.patch(f"/tasks/{first}", json={"content": "other words"})
    assert (edited.status_code, edited.json()["summary"], edited.json()["position"]) == (200, "other words", 1)
    asked = {"content": "other words", "use_library": True, "topic": None, "sources": None, "depth": None}
    assert edited.json()["asked"] == (await client.get(f"/tasks/{first}")).json()["asked"] == asked
    assert (await client.get("/tasks")).json()["items"][0]["asked"] is None
    moved = await client.post(f"/tasks/{second}/move", json={"before": first})
    assert (moved.status_code, moved.json()["position"]) == (200, 1)
    waiting = (await client.get("/queue")).json()["waiting"]
    assert [item["summary"] for item in waiting] == ["two", "other words"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "invalid_change"),
        ({"content": "a", "topic": "b"}, 422, "invalid_change"),
        ({"topic": "a message has none"}, 422, "invalid_change"),
        ({"content": "  "}, 422, "empty_message"),
        ({"content": "x" * 40_000}, 422, "message_too_long"),
        ({"content": "nul\u0000"}, 422, "invalid_text"),
    ],
)
async def test_a_bad_edit_changes_nothing(
    client: httpx2.AsyncClient, body: dict[str, str], status: int, code: str
) -> None:
    task = await _chat(client, "one")
    answer = await client.patch(f"/tasks/{task}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await client.get(f"/tasks/{task}")).json()["summary"] == "one"


async def test_what_ended_or_is_somebody_elses_stays_where_it_is(proxied: httpx2.AsyncClient) -> None:
    ann, bob = {"X-Forwarded-User": "ann"}, {"X-Forwarded-User": "bob"}
    task, other = await _chat(proxied, "one", "ann"), await _chat(proxied, "two", "bob")
    for path, body in ((f"/tasks/{task}/move", {"before": other}), (f"/tasks/{other}/move", {"before": None})):
        assert (await proxied.post(path, json=body, headers=ann)).status_code == 404
    assert (await proxied.patch(f"/tasks/{task}", json={"content": "x"}, headers=bob)).status_code == 404
    await proxied.post(f"/tasks/{task}/cancel", headers=ann)
    for answer in (
        await proxied.patch(f"/tasks/{task}", json={"content": "x"}, headers=ann),
        await proxied.post(f"/tasks/{task}/move", json={"before": None}, headers=ann),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "not_waiting")


@pytest.mark.parametrize("before", [NOBODY, "nonsense", ""])
async def test_nothing_stands_before_an_unknown_or_malformed_id(client: httpx2.AsyncClient, before: str) -> None:
    task = await _chat(client, "one")
    answer = await client.post(f"/tasks/{task}/move", json={"before": before})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_only_admins_change_the_line(proxied: httpx2.AsyncClient) -> None:
    ann, root = {"X-Forwarded-User": "ann"}, {"X-Forwarded-User": "root"}
    task = await _chat(proxied, "one", "ann")
    for path in ("/admin/line", f"/admin/tasks/{task}/cancel"):
        answer = await proxied.post(path, json={}, headers=ann)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    answer = await proxied.post("/admin/line", json={"paused": True, "limit": 5}, headers=root)
    assert (answer.status_code, answer.json()) == (200, {"limit": 5, "paused": True})
    assert (await proxied.post("/admin/line", json={}, headers=root)).json() == {"limit": 5, "paused": True}
    assert (await proxied.post("/admin/line", json={"limit": 0}, headers=root)).status_code == 422
    assert (await proxied.get("/queue", headers=ann)).json()["paused"] is True
    cancelled = await proxied.post(f"/admin/tasks/{task}/cancel", headers=root)
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert (await proxied.post(f"/admin/tasks/{NOBODY}/cancel", headers=root)).status_code == 404
