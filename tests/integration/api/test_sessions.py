"""Sessions and turns over HTTP."""

from datetime import datetime
from uuid import UUID, uuid4

import httpx2
import pytest


async def _create(client: httpx2.AsyncClient, title: str | None = None, **headers: str) -> dict[str, object]:
    answer = await client.post("/sessions", json={"title": title}, headers=headers)
    assert answer.status_code == 201, answer.text
    session: dict[str, object] = answer.json()
    assert answer.headers["location"] == f"/sessions/{session['id']}"
    return session


async def test_a_new_session_has_its_shape(client: httpx2.AsyncClient) -> None:
    session = await _create(client, "  Release \n notes ")
    assert session["title"] == "Release notes"
    assert session["active_task_id"] is None
    assert session["queued_count"] == 0
    assert UUID(str(session["id"]))
    created = datetime.fromisoformat(str(session["created_at"]))
    assert created.utcoffset() is not None
    assert str(session["created_at"]).endswith("Z")
    assert (await client.get(f"/sessions/{session['id']}")).json() == session


async def test_sessions_are_listed_by_newest_activity_and_paged(client: httpx2.AsyncClient) -> None:
    created = [await _create(client, f"s{number}") for number in range(5)]
    await client.post(f"/sessions/{created[0]['id']}/messages", json={"content": "hello"})
    seen: list[str] = []
    cursor: str | None = None
    pages = 0
    while True:
        parameters = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/sessions", params=parameters)).json()
        seen += [item["title"] for item in page["items"]]
        cursor, pages = page["next_cursor"], pages + 1
        if cursor is None:
            break
    assert seen == ["s0", "s4", "s3", "s2", "s1"]
    assert pages == 3


async def test_a_list_that_changes_while_it_is_paged_repeats_nothing(client: httpx2.AsyncClient) -> None:
    for number in range(4):
        await _create(client, f"s{number}")
    first = (await client.get("/sessions", params={"limit": 2})).json()
    await _create(client, "late")
    second = (await client.get("/sessions", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [item["title"] for item in first["items"] + second["items"]] == ["s3", "s2", "s1", "s0"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("WEIR", ["weirs"]),
        ("轮换", ["密钥"]),
        ("钥", ["密钥"]),
        ("100%", ["percent"]),
        ("_", ["under_score"]),
        ("  weir   height ", ["weirs"]),
        ("nowhere", []),
    ],
)
async def test_sessions_are_searched_by_title_and_by_what_was_said(
    client: httpx2.AsyncClient, q: str, found: list[str]
) -> None:
    said = {"weirs": "What is the weir height?", "密钥": "怎么轮换它？", "percent": "at 100% load", "under_score": "hi"}
    for title, words in said.items():
        session = await _create(client, title)
        await client.post(f"/sessions/{session['id']}/messages", json={"content": words})
    answer = await client.get("/sessions", params={"q": q})
    assert [item["title"] for item in answer.json()["items"]] == found, answer.text


async def test_a_search_is_paged_shows_where_and_is_for_ones_own(proxied: httpx2.AsyncClient) -> None:
    ann, bob = {"X-Forwarded-User": "ann"}, {"X-Forwarded-User": "bob"}
    for number in range(3):
        session = await _create(proxied, f"s{number}", **ann)
        words = {"content": f"{'long ' * 40}the needle {number} {'more ' * 40}"}
        await proxied.post(f"/sessions/{session['id']}/messages", json=words, headers=ann)
    first = (await proxied.get("/sessions", params={"q": "needle", "limit": 2}, headers=ann)).json()
    more = {"q": "needle", "cursor": first["next_cursor"]}
    second = (await proxied.get("/sessions", params=more, headers=ann)).json()
    items = first["items"] + second["items"]
    assert [item["title"] for item in items] == ["s2", "s1", "s0"]
    assert all("the needle" in item["excerpt"] and len(item["excerpt"]) <= 160 for item in items)
    assert (await proxied.get("/sessions", params={"q": "needle"}, headers=bob)).json()["items"] == []
    assert (await proxied.get("/sessions", headers=ann)).json()["items"][0]["excerpt"] is None


async def test_a_session_is_renamed_and_keeps_its_place(client: httpx2.AsyncClient) -> None:
    old = await _create(client, "old")
    await _create(client, "newer")
    answer = await client.patch(f"/sessions/{old['id']}", json={"title": "renamed", "owner": "ignored"})
    assert answer.status_code == 200
    assert answer.json()["title"] == "renamed"
    titles = [item["title"] for item in (await client.get("/sessions")).json()["items"]]
    assert titles == ["newer", "renamed"]


async def test_a_deleted_session_is_gone_at_once_and_its_tasks_are_cancelled(client: httpx2.AsyncClient) -> None:
    session = await _create(client)
    sent = (await client.post(f"/sessions/{session['id']}/messages", json={"content": "hello"})).json()
    assert (await client.delete(f"/sessions/{session['id']}")).status_code == 204
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/turns"), ("POST", "/messages")):
        body = {"title": "x", "content": "x"} if method in ("PATCH", "POST") else None
        answer = await client.request(method, f"/sessions/{session['id']}{path}", json=body)
        assert answer.status_code == 404, (method, path)
    assert (await client.get("/sessions")).json()["items"] == []
    assert (await client.get("/queue")).json()["waiting"] == []
    assert sent["status"] == "queued"


async def test_a_message_takes_two_turns_and_waits(client: httpx2.AsyncClient) -> None:
    session = await _create(client)
    path = f"/sessions/{session['id']}"
    first = (await client.post(f"{path}/messages", json={"content": "What is a sluice?\nPlease."})).json()
    second = (await client.post(f"{path}/messages", json={"content": "And a weir?"})).json()
    assert (first["turn_index"], second["turn_index"]) == (0, 2)
    turns = (await client.get(f"{path}/turns")).json()["items"]
    assert [(turn["turn_index"], turn["role"], turn["status"]) for turn in turns] == [
        (0, "user", "completed"),
        (1, "assistant", "queued"),
        (2, "user", "completed"),
        (3, "assistant", "queued"),
    ]
    assert turns[0]["content"] == "What is a sluice?\nPlease."
    assert [turn["task_id"] for turn in turns] == [first["task_id"]] * 2 + [second["task_id"]] * 2
    shown = (await client.get(path)).json()
    assert shown["queued_count"] == 2
    assert shown["active_task_id"] is None
    assert shown["title"] == "What is a sluice?"


async def test_turns_are_paged_from_either_end(client: httpx2.AsyncClient) -> None:
    session = await _create(client)
    path = f"/sessions/{session['id']}"
    for number in range(3):
        await client.post(f"{path}/messages", json={"content": f"m{number}"})

    async def walk(part: str) -> list[list[int]]:
        pages, parameters = [], {"limit": "4", "from": part}
        while True:
            page = (await client.get(f"{path}/turns", params=parameters)).json()
            pages.append([turn["turn_index"] for turn in page["items"]])
            if page["next_cursor"] is None:
                return pages
            parameters["cursor"] = page["next_cursor"]

    assert await walk("oldest") == [[0, 1, 2, 3], [4, 5]]
    assert await walk("newest") == [[2, 3, 4, 5], [0, 1]]


async def test_a_cursor_belongs_to_its_list(client: httpx2.AsyncClient) -> None:
    one, other = await _create(client), await _create(client)
    for _ in range(2):
        await client.post(f"/sessions/{one['id']}/messages", json={"content": "x"})
    sessions = (await client.get("/sessions", params={"limit": 1})).json()["next_cursor"]
    turns = (await client.get(f"/sessions/{one['id']}/turns", params={"limit": 1})).json()["next_cursor"]
    newest = (await client.get(f"/sessions/{one['id']}/turns", params={"limit": 1, "from": "newest"})).json()
    wrong = [
        ("/sessions", turns),
        ("/sessions", sessions + "A"),
        ("/sessions", ""),
        ("/sessions", "héllo"),
        ("/documents", sessions),
        ("/tasks", turns),
        (f"/sessions/{other['id']}/turns", turns),
        (f"/sessions/{one['id']}/turns", newest["next_cursor"]),
    ]
    for path, cursor in wrong:
        answer = await client.get(path, params={"cursor": cursor})
        assert answer.status_code == 400, (path, cursor)
        assert answer.json()["code"] == "invalid_cursor"


@pytest.mark.parametrize("session_id", [str(uuid4()), "nonsense", "1", "%00", "a" * 5000])
async def test_unknown_and_malformed_ids_are_not_found(client: httpx2.AsyncClient, session_id: str) -> None:
    answer = await client.get(f"/sessions/{session_id}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
    assert answer.headers["content-type"] == "application/problem+json"


async def test_nothing_of_another_person_can_be_seen_or_touched(proxied: httpx2.AsyncClient) -> None:
    ann, bob = {"X-Forwarded-User": "ann"}, {"X-Forwarded-User": "bob"}
    session = await _create(proxied, "ann's", **ann)
    path = f"/sessions/{session['id']}"
    task = (await proxied.post(f"{path}/messages", json={"content": "secret plans"}, headers=ann)).json()
    for method, target, body in (
        ("GET", path, None),
        ("PATCH", path, {"title": "mine now"}),
        ("DELETE", path, None),
        ("GET", f"{path}/turns", None),
        ("POST", f"{path}/messages", {"content": "hi"}),
        ("POST", f"{path}/resume", None),
        ("GET", f"/tasks/{task['task_id']}", None),
        ("POST", f"/tasks/{task['task_id']}/cancel", None),
        ("GET", f"/stream/{task['task_id']}", None),
        ("GET", f"/research/{task['task_id']}/report", None),
    ):
        answer = await proxied.request(method, target, json=body, headers=bob)
        assert answer.status_code == 404, (method, target)
        assert answer.json()["code"] == "not_found"
    assert (await proxied.get("/sessions", headers=bob)).json()["items"] == []
    assert (await proxied.get("/tasks", headers=bob)).json()["items"] == []
    assert (await proxied.get(path, headers=ann)).json()["title"] == "ann's"
    waiting = (await proxied.get("/queue", headers=bob)).json()["waiting"]
    assert [(item["owner"], item["mine"], item["summary"], item["session_id"]) for item in waiting] == [
        ("ann", False, None, None)
    ]
    as_admin = (await proxied.get("/queue", headers={"X-Forwarded-User": "root"})).json()["waiting"]
    assert as_admin[0]["summary"] == "secret plans"
