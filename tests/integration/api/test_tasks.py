"""Tasks and the queue over HTTP."""

import asyncio

import httpx2

from tests.integration.api.conftest import CollectingPublisher


async def test_tasks_are_listed_newest_first_filtered_and_paged(client: httpx2.AsyncClient) -> None:
    for number in range(3):
        await client.post("/research", json={"topic": f"t{number}"})
    await client.post("/documents", files={"file": ("a.txt", b"text")})
    everything = (await client.get("/tasks")).json()["items"]
    assert [task["summary"] for task in everything] == ["a.txt", "t2", "t1", "t0"]
    assert [task["position"] for task in everything] == [None, 3, 2, 1]
    first = (await client.get("/tasks", params={"limit": 2})).json()
    second = (await client.get("/tasks", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [task["task_id"] for task in first["items"] + second["items"]] == [task["task_id"] for task in everything]
    assert second["next_cursor"] is None
    ingests = (await client.get("/tasks", params={"kind": "ingest"})).json()["items"]
    assert [task["kind"] for task in ingests] == ["ingest"]
    await client.post(f"/tasks/{everything[1]['task_id']}/cancel")
    cancelled = (await client.get("/tasks", params={"status": "cancelled"})).json()["items"]
    assert [task["summary"] for task in cancelled] == ["t2"]
    both = (await client.get("/tasks", params={"status": ["cancelled", "queued"], "kind": "research"})).json()["items"]
    assert len(both) == 3


async def test_a_task_has_its_shape(client: httpx2.AsyncClient) -> None:
    receipt = (await client.post("/research", json={"topic": "weirs", "model": "tiny"})).json()
    task = (await client.get(f"/tasks/{receipt['task_id']}")).json()
    assert task.pop("created_at").endswith("Z")
    assert task == {
        "task_id": receipt["task_id"],
        "kind": "research",
        "status": "queued",
        "position": 1,
        "eta_s": 0.0,
        "waits_for": None,
        "attempt": 0,
        "progress": None,
        "error": None,
        "cancel_requested": False,
        "summary": "weirs",
        "asked": {"content": None, "use_library": None, "topic": "weirs", "sources": ["library"], "depth": 1},
        "model": "tiny",
        "session_id": None,
        "document_id": None,
        "started_at": None,
        "finished_at": None,
        "stream_url": receipt["stream_url"],
        "cancel_url": receipt["cancel_url"],
    }


async def test_the_queue_shows_what_waits_in_order(client: httpx2.AsyncClient) -> None:
    session = (await client.post("/sessions", json={"title": "Talk"})).json()["id"]
    for content in ("one", "two"):
        await client.post(f"/sessions/{session}/messages", json={"content": content})
    await client.post("/research", json={"topic": "three"})
    await client.post("/documents", files={"file": ("a.txt", b"text")})
    queue = (await client.get("/queue")).json()
    assert [(item["summary"], item["position"], item["waits_for"], item["title"]) for item in queue["waiting"]] == [
        ("one", 1, None, "Talk"),
        ("two", 2, "session", "Talk"),
        ("three", 3, None, "three"),
    ]
    assert [item["summary"] for item in queue["ingest"]["waiting"]] == ["a.txt"]
    assert (queue["limit"], queue["active"], queue["paused"]) == (2, [], False)


async def test_cancelling_is_final_idempotent_and_may_pause(
    client: httpx2.AsyncClient, publisher: CollectingPublisher
) -> None:
    session = (await client.post("/sessions", json={})).json()["id"]
    path = f"/sessions/{session}"
    tasks = [
        (await client.post(f"{path}/messages", json={"content": content})).json()["task_id"]
        for content in ("one", "two")
    ]
    for _ in range(2):
        answer = await client.post(f"/tasks/{tasks[0]}/cancel", json={"pause_session": True})
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert (await client.get(path)).json()["paused"] is True
    assert (await client.get("/queue")).json()["waiting"][0]["waits_for"] == "paused"
    resumed = await client.post(f"{path}/resume")
    assert (resumed.status_code, resumed.json()["paused"]) == (200, False)
    assert (await client.get("/queue")).json()["waiting"][0]["waits_for"] is None


async def test_many_messages_at_once_have_no_holes(client: httpx2.AsyncClient) -> None:
    session = (await client.post("/sessions", json={})).json()["id"]
    path = f"/sessions/{session}"
    answers = await asyncio.gather(
        *(client.post(f"{path}/messages", json={"content": f"m{number}"}) for number in range(12))
    )
    assert sorted(answer.json()["turn_index"] for answer in answers) == list(range(0, 24, 2))
    turns = (await client.get(f"{path}/turns")).json()["items"]
    assert [turn["turn_index"] for turn in turns] == list(range(24))
