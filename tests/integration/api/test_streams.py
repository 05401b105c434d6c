"""`/stream/{task_id}` and `/events` from a real server, with the test as the worker."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from streaming.events import Delta, Started
from tests.integration.api.server import Server, Worker, worker
from tests.services import Services
from tests.stack import until


@pytest.fixture
async def server(services: Services) -> AsyncIterator[Server]:
    async with Server(services, STREAM_PING_SECONDS="0.3") as running:
        yield running


@pytest.fixture
async def hand(server: Server) -> AsyncIterator[Worker]:
    async with worker(server.settings) as hand:
        yield hand


async def test_a_stream_from_waiting_to_its_end(server: Server, hand: Worker) -> None:
    task_id = await server.message()
    async with server.stream(f"/stream/{task_id}") as frames:
        assert frames.response.status_code == 200
        headers = frames.response.headers
        assert headers["content-type"].startswith("text/event-stream")
        assert headers["cache-control"] == "no-store, no-transform"
        assert headers["x-accel-buffering"] == "no"
        event, data = await frames.next() or ("", {})
        assert (event, data["position"], data["size"]) == ("queue.position", 1, 1)
        await hand.claim(task_id)
        await hand.write(Started(model=None, waited_ms=5), Delta(text="It is "))
        await hand.write(Delta(text="a gate.\n第二行"))
        await hand.finish("It is a gate.\n第二行")
        events = [event for event in await frames.rest() if event[0] != "queue.position"]
    assert [(event, data["seq"]) for event, data in events] == [
        ("task.started", 1),
        ("task.delta", 2),
        ("task.delta", 3),
        ("task.completed", 4),
    ]
    assert events[-1][1]["result"]["turn"]["content"] == "It is a gate.\n第二行"
    assert b"id: 4\nevent: task.completed\ndata: {" in frames.raw
    assert b"\r" not in frames.raw


async def test_pings_are_comments_that_come_while_nothing_else_does(server: Server, hand: Worker) -> None:
    task_id = await server.message()
    await hand.claim(task_id)
    async with server.stream(f"/stream/{task_id}") as frames:
        chunks = frames.response.aiter_bytes()
        seen = b""
        while seen.count(b": ping\n\n") < 2:
            seen += await anext(chunks)


async def test_a_cursor_resumes_and_the_header_wins(server: Server, hand: Worker) -> None:
    task_id = await server.message()
    await hand.claim(task_id)
    await hand.write(Started(model=None, waited_ms=5), Delta(text="a"), Delta(text="b"))
    await hand.finish("ab")
    path = f"/stream/{task_id}"

    async def ids(path: str, **headers: str) -> list[int]:
        async with server.stream(path, **headers) as frames:
            assert frames.response.status_code == 200
            return [data["seq"] for _, data in await frames.rest()]

    assert await ids(path) == [1, 2, 3, 4]
    assert await ids(f"{path}?after=2") == [3, 4]
    assert await ids(f"{path}?after=0", Last_Event_ID="3") == [4]
    async with server.stream(f"{path}?replay=snapshot") as frames:
        events = await frames.rest()
    assert [(event, data["seq"]) for event, data in events] == [("stream.snapshot", 3), ("task.completed", 4)]
    assert events[0][1]["text"] == "ab"


async def test_what_is_answered_instead_of_a_stream(server: Server, hand: Worker) -> None:
    task_id = await server.message()
    await hand.claim(task_id)
    await hand.finish("done")
    path = f"/stream/{task_id}"
    for cursor, status in (
        ("1", 204),
        ("99999", 204),
        ("9" * 40, 204),
        ("x", 400),
        ("-1", 400),
        ("1.5", 400),
        ("", 400),
    ):
        answer = await server.http.get(path, params={"after": cursor})
        assert answer.status_code == status, cursor
        if status == 400:
            assert answer.json()["code"] == "invalid_cursor"
    assert (await server.http.get(path, headers={"Last-Event-ID": b"\xb2"})).status_code == 400
    for unknown in (str(uuid4()), "nonsense"):
        answer = await server.http.get(f"/stream/{unknown}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await server.http.get("/events", headers={"Last-Event-ID": "odd"})).status_code == 400


async def test_an_expired_log_is_told_from_the_database(server: Server, hand: Worker) -> None:
    task_id = await server.message()
    await hand.claim(task_id)
    await hand.write(Started(model=None, waited_ms=5), Delta(text="kept"))
    await hand.finish("kept")
    for name in await hand.core.redis.keys(f"sluice:log:{task_id}*"):
        await hand.core.redis.delete(name)
    async with server.stream(f"/stream/{task_id}?after=1") as frames:
        events = await frames.rest()
    assert [(event, data["seq"]) for event, data in events] == [("stream.snapshot", 2), ("task.completed", 3)]
    assert events[0][1]["text"] == "kept"
    async with server.stream(f"/stream/{task_id}?after=2") as frames:
        assert [(event, data["seq"]) for event, data in await frames.rest()] == [("task.completed", 3)]
    assert (await server.http.get(f"/stream/{task_id}", params={"after": "3"})).status_code == 204


async def test_a_task_cancelled_while_it_waited_has_one_event(server: Server) -> None:
    task_id = await server.message()
    answer = await server.http.post(f"/tasks/{task_id}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    async with server.stream(f"/stream/{task_id}") as frames:
        events = await frames.rest()
    assert [(event, data["seq"], data["by"]) for event, data in events] == [("task.cancelled", 1, "local")]


async def test_cancelling_what_runs_is_202_and_idempotent(server: Server, hand: Worker) -> None:
    task_id = await server.message()
    await hand.claim(task_id)
    for _ in range(2):
        answer = await server.http.post(f"/tasks/{task_id}/cancel", json={"pause_session": True})
        assert (answer.status_code, answer.json()["cancel_requested"]) == (202, True)
    await hand.finish("partial", status="cancelled")
    answer = await server.http.post(f"/tasks/{task_id}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")


async def test_positions_follow_the_queue(server: Server) -> None:
    first, second = await server.message("one"), await server.message("two")
    async with server.stream(f"/stream/{second}") as frames:
        event, data = await frames.next() or ("", {})
        assert (event, data["position"]) == ("queue.position", 2)
        await server.http.post(f"/tasks/{first}/cancel")
        while data["position"] != 1:
            event, data = await frames.next() or ("", {})
            assert event == "queue.position"


async def test_news_of_the_queue_and_of_ones_own_things(server: Server) -> None:
    async with server.stream("/events") as frames:
        event, data = await frames.next() or ("", {})
        assert (event, data["queue"]["limit"]) == ("queue.changed", 2)
        session = (await server.http.post("/sessions", json={"title": "mine"})).json()
        task = (await server.http.post(f"/sessions/{session['id']}/messages", json={"content": "x"})).json()
        seen: dict[str, dict[str, Any]] = {"queue.changed": data}
        while {"session.changed", "task.changed"} - seen.keys() or not seen["queue.changed"]["queue"]["waiting"]:
            event, data = await frames.next() or ("", {})
            seen[event] = data
    assert seen["task.changed"]["task_id"] == task["task_id"]
    assert seen["session.changed"]["id"] == session["id"]
    assert seen["queue.changed"]["queue"]["waiting"][0]["summary"] == "x"


async def test_many_streams_are_counted_and_closed_ones_are_not(server: Server) -> None:
    task_id = await server.message()

    async def open_streams() -> float:
        lines = (await server.http.get("/metrics")).text.splitlines()
        return float(next(line.split()[1] for line in lines if line.startswith("sluice_open_streams ")))

    async with server.stream(f"/stream/{task_id}"), server.stream(f"/stream/{task_id}"):
        await until(lambda: _equals(open_streams(), 2))
    await until(lambda: _equals(open_streams(), 0))


async def _equals(value: "asyncio.Future[float] | object", wanted: float) -> bool:
    return await value == wanted  # type: ignore[misc]


async def test_a_stopping_server_says_so_and_stops(server: Server, hand: Worker) -> None:
    task_id = await server.message()
    await hand.claim(task_id)
    await hand.write(Started(model=None, waited_ms=5))
    async with server.stream(f"/stream/{task_id}") as frames, server.stream("/events") as news:
        assert (await frames.next() or ("",))[0] == "task.started"
        assert (await news.next() or ("",))[0] == "queue.changed"
        stopping = asyncio.create_task(server.stop())
        events = await frames.rest()
        await news.rest()
        output = await stopping
    assert events[-1][0] == "stream.closing"
    assert server.process.returncode in (0, -15)
    assert "Traceback" not in output


async def test_logs_hold_neither_texts_nor_questions(server: Server) -> None:
    task_id = await server.message("my secret message")
    await server.http.get("/search", params={"q": "my secret question"})
    async with server.stream(f"/stream/{task_id}"):
        pass
    output = await server.stop()
    assert "secret" not in output
    assert "POST '/sessions' 201" in output


async def test_a_finished_report_can_be_had_as_markdown(server: Server, hand: Worker) -> None:
    receipt = (await server.http.post("/research", json={"topic": "weirs"})).json()
    task_id = UUID(receipt["task_id"])
    await hand.claim(task_id)
    assert (await server.http.get(f"/research/{task_id}/report")).json()["code"] == "not_completed"
    source = {"n": 1, "document_id": None, "url": "https://example.org", "title": "On weirs", "passage": "…"}
    text = "# Weirs\n\nThey hold water [1].\n\n## Sources\n\n- [1] On weirs <https://example.org>"
    await hand.finish(text, citations=[source])
    answer = await server.http.get(f"/research/{task_id}/report", params={"format": "md"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert answer.text == text
