"""`/events` at two API processes: every kind of change reaches the pages of whom it concerns, and nobody else's."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

import orjson
import pytest
import pytest_asyncio

from db.tasks import get_task
from scheduling.ending import end
from scheduling.sweep import Sweep
from scheduling.work import Outcome
from tests.integration.exact.cluster import Cluster, Pen, running_cluster
from tests.services import Servers
from tests.stack import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

Event = tuple[str, dict[str, Any]]


@dataclass
class Page:
    """One person's page: follows their news from one process, and can go on at another."""

    cluster: Cluster
    user: str
    at: int = 0
    cursor: str | None = None
    events: list[Event] = field(default_factory=list)

    async def open(self) -> "Page":
        """Follow, and wait for what a page is told first."""
        self._following = asyncio.create_task(self._follow())
        self.events.clear()
        await self.hears(lambda event, data: event == "queue.changed")
        if self.cursor is None:
            await self.hears(lambda event, data: event == "feed.reset")
        return self

    async def close(self) -> None:
        """Go away."""
        self._following.cancel()
        with suppress(asyncio.CancelledError):
            await self._following

    async def _follow(self) -> None:
        headers = {"X-Forwarded-User": self.user, **({"Last-Event-ID": self.cursor} if self.cursor else {})}
        async with self.cluster.http.stream("GET", f"{self.cluster.urls[self.at]}/events", headers=headers) as response:
            assert response.status_code == 200
            rest = b""
            async for chunk in response.aiter_raw():
                *blocks, rest = (rest + chunk).split(b"\n\n")
                for block in blocks:
                    lines = dict(line.split(b": ", 1) for line in block.split(b"\n"))
                    if b"event" in lines:
                        self.cursor = lines[b"id"].decode() if b"id" in lines else self.cursor
                        self.events.append((lines[b"event"].decode(), orjson.loads(lines[b"data"])))

    async def hears(self, what: Callable[[str, dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until it has been told something."""

        async def told() -> dict[str, Any] | None:
            return next((data for event, data in self.events if what(event, data)), None)

        return await until(told, seconds=40)

    async def hears_task(self, task_id: str, **values: Any) -> dict[str, Any]:
        """Wait for a state of a task."""
        wanted = {"task_id": task_id, **values}
        return await self.hears(lambda event, data: event == "task.changed" and wanted.items() <= data.items())

    async def sees(self, what: Callable[[dict[str, Any]], Any]) -> None:
        """Wait for a state of the queue."""
        await self.hears(lambda event, data: event == "queue.changed" and bool(what(data["queue"])))

    def news(self) -> list[Event]:
        """What it was told about its own things."""
        return [(event, data) for event, data in self.events if event not in ("queue.changed", "feed.reset")]


@dataclass
class People:
    """Ann with a page at each process, Bob and an admin with one."""

    cluster: Cluster
    ann: list[Page]
    bob: Page
    root: Page

    async def call(self, method: str, path: str, *, user: str = "ann", at: int = 0, **options: Any) -> Any:
        """One call; its JSON."""
        url = self.cluster.urls[at] + path
        answer = await self.cluster.http.request(method, url, headers={"X-Forwarded-User": user}, **options)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    async def chat(self, words: str, *, session: str | None = None, at: int = 0) -> tuple[str, str]:
        """Ann says something; the session and the task."""
        session = session or (await self.call("POST", "/sessions", json={}, at=at))["id"]
        receipt = await self.call("POST", f"/sessions/{session}/messages", json={"content": words}, at=at)
        return str(session), str(receipt["task_id"])

    async def pen(self, task_id: str) -> Pen:
        """Begin to run a task."""
        return await self.cluster.pen(UUID(task_id))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cluster(servers: Servers) -> AsyncIterator[Cluster]:
    with servers.own() as services:
        async with running_cluster(services, AUTH_MODE="proxy", ADMIN_USERS="root") as cluster:
            yield cluster


@pytest_asyncio.fixture(loop_scope="module")
async def people(cluster: Cluster) -> AsyncIterator[People]:
    pages = [Page(cluster, "ann", 0), Page(cluster, "ann", 1), Page(cluster, "bob", 1), Page(cluster, "root", 0)]
    for page in pages:
        await page.open()
    people = People(cluster, pages[:2], pages[2], pages[3])
    yield people
    assert [page.news() for page in (people.bob, people.root)] == [[], []]
    for page in pages:
        await page.close()


async def test_a_message_from_its_submission_to_its_end(people: People) -> None:
    _, task_id = await people.chat("my words", at=1)
    for page in people.ann:
        await page.hears_task(task_id, status="queued", summary="my words")
        await page.hears(lambda event, data: event == "session.changed" and data["title"] == "my words")
        await page.sees(lambda queue: [item["summary"] for item in queue["waiting"]] == ["my words"])
    await people.bob.sees(lambda queue: [item["summary"] for item in queue["waiting"]] == [None])
    await people.root.sees(lambda queue: [item["summary"] for item in queue["waiting"]] == ["my words"])
    pen = await people.pen(task_id)
    for page in people.ann:
        await page.hears_task(task_id, status="running", attempt=1)
        await page.hears(lambda event, data: event == "session.changed" and data["active_task_id"] == task_id)
    await people.bob.sees(lambda queue: [item["task_id"] for item in queue["active"]] == [task_id])
    progress = {"step": "read", "label": "a secret", "done": 1, "total": 2}
    await people.cluster.core.line.renew(pen._task, progress=progress)
    await people.ann[1].sees(lambda queue: queue["active"] and queue["active"][0]["progress"] == progress)
    hidden = {**progress, "label": None}
    await people.bob.sees(lambda queue: queue["active"] and queue["active"][0]["progress"] == hidden)
    await pen.die()
    for page in people.ann:
        await page.hears_task(task_id, status="queued", attempt=1)
    pen = await people.pen(task_id)
    await pen.say("It is a gate.")
    await pen.end()
    for page in people.ann:
        await page.hears_task(task_id, status="completed", attempt=2)
        kinds = [data["status"] for event, data in page.news() if event == "task.changed"]
        assert kinds == ["queued", "running", "queued", "running", "completed"]
    await people.bob.sees(lambda queue: not queue["active"] and not queue["waiting"])


async def test_what_people_change_while_they_wait(people: People) -> None:
    session, first = await people.chat("one")
    _, second = await people.chat("two", at=1)
    await people.call("PATCH", f"/tasks/{first}", json={"content": "other words"}, at=1)
    await people.call("POST", f"/tasks/{second}/move", json={"before": first})
    for page in people.ann:
        await page.hears_task(first, summary="other words")
        await page.sees(lambda queue: [item["summary"] for item in queue["waiting"]] == ["two", "other words"])
    await people.call("POST", f"/tasks/{second}/cancel", at=1)
    for page in people.ann:
        await page.hears_task(second, status="cancelled")
    pen = await people.pen(first)
    _, third = await people.chat("three", session=session)
    await people.call("POST", f"/tasks/{first}/cancel", json={"pause_session": True})
    for page in people.ann:
        await page.hears_task(first, status="running", cancel_requested=True)
        await page.sees(lambda queue: [item["waits_for"] for item in queue["waiting"]] == ["paused"])
        page.events.clear()
    await pen.end("cancelled")
    await people.call("POST", f"/sessions/{session}/resume", at=1)
    for page in people.ann:
        await page.hears_task(first, status="cancelled")
        await page.sees(lambda queue: [item["waits_for"] for item in queue["waiting"]] == [None])
    await people.call("PATCH", f"/sessions/{session}", json={"title": "renamed"}, at=1)
    await people.call("DELETE", f"/sessions/{session}")
    for page in people.ann:
        await page.hears(lambda event, data: event == "session.changed" and data["title"] == "renamed")
        await page.hears_task(third, status="cancelled")
        await page.hears(lambda event, data: event == "session.deleted" and data["id"] == session)
    await people.bob.sees(lambda queue: not queue["waiting"])


async def test_a_document_from_its_upload_to_its_deletion(people: People) -> None:
    file = {"file": ("notes.md", b"# Notes\n\nSome text.", "text/markdown")}
    receipt = await people.call("POST", "/documents", files=file, at=1)
    document, task_id = receipt["document_id"], receipt["task_id"]
    pen = await people.pen(task_id)
    await pen.end()
    await people.call("DELETE", f"/documents/{document}")
    for page in people.ann:
        for status in ("queued", "running", "completed"):
            await page.hears_task(task_id, status=status, document_id=document)
        await page.hears(lambda event, data: event == "document.changed" and data["status"] == "completed")
        await page.hears(lambda event, data: event == "document.deleted" and data["id"] == document)


async def test_what_operators_change_and_what_the_sweep_mends(people: People) -> None:
    _, task_id = await people.chat("one")
    await people.call("POST", "/admin/line", json={"paused": True, "limit": 7}, user="root", at=1)
    for page in (*people.ann, people.bob, people.root):
        await page.sees(lambda queue: queue["paused"] and queue["limit"] == 7)
    await people.call("POST", "/admin/line", json={"paused": False, "limit": 64}, user="root")
    for page in (*people.ann, people.bob, people.root):
        await page.sees(lambda queue: not queue["paused"] and queue["limit"] == 64)
    await people.call("POST", f"/admin/tasks/{task_id}/cancel", user="root", at=1)
    for page in people.ann:
        await page.hears_task(task_id, status="cancelled")
    _, task_id = await people.chat("two")
    pen = await people.pen(task_id)
    await pen.stop()
    sweep = Sweep(people.cluster.core.line, lambda _: True)

    async def taken_back() -> bool:
        await sweep.once()
        return (await people.call("GET", f"/tasks/{task_id}"))["status"] == "queued"

    await until(taken_back, seconds=30)
    for page in people.ann:
        await page.hears_task(task_id, status="queued", attempt=1)
    await people.call("POST", f"/tasks/{task_id}/cancel")
    for page in people.ann:
        await page.hears_task(task_id, status="cancelled", attempt=1)


async def test_an_end_that_nobody_could_tell_is_told_by_the_sweep(people: People) -> None:
    _, task_id = await people.chat("one")
    await people.pen(task_id)
    async with people.cluster.core.line.locked() as tx:
        row = await get_task(tx, UUID(task_id))
        assert row is not None
        await end(tx, row, Outcome("completed", "It is a gate."))
    sweep = Sweep(people.cluster.core.line, lambda _: True)

    async def closed() -> bool:
        await sweep.once()
        return any(event == "task.changed" and data["status"] == "completed" for event, data in people.ann[1].events)

    await until(closed, seconds=30)
    for page in people.ann:
        await page.hears_task(task_id, status="completed")


async def test_a_page_that_comes_back_at_another_process_misses_nothing(people: People) -> None:
    page = Page(people.cluster, "ann")
    await page.open()
    heard: list[str] = []
    session = (await people.call("POST", "/sessions", json={}))["id"]
    for n in range(30):
        if n % 5 == 2:
            await page.close()
            heard += [data["title"] for event, data in page.news() if event == "session.changed"]
        await people.call("PATCH", f"/sessions/{session}", json={"title": str(n)}, at=n % 2)
        await people.ann[0].hears(partial(_is_named, str(n)))  # what two processes say at once has no order
        if n % 5 == 4:
            page.at = 1 - page.at
            await page.open()
        if n % 7 == 0:
            await people.cluster.redis.client_kill_filter(_type="pubsub")
    await page.hears(partial(_is_named, "29"))
    heard += [data["title"] for event, data in page.news() if event == "session.changed"]
    assert heard == [None, *map(str, range(30))]
    assert not any(event == "feed.reset" for event, _ in page.events)
    await page.close()


def _is_named(title: str, event: str, data: dict[str, Any]) -> bool:
    return event == "session.changed" and bool(data["title"] == title)


async def test_a_page_that_cannot_go_on_is_told_to_read_anew(people: People) -> None:
    page = Page(people.cluster, "ann")
    await page.open()
    await page.close()
    await people.cluster.redis.delete(people.cluster.core.keys.feed("ann"))
    page.at = 1
    await page.open()
    await page.hears(lambda event, data: event == "feed.reset")
    await page.close()
