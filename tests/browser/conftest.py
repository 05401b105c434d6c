"""The real stack behind a real Chromium. The stack lives on an event loop in a thread of its own."""

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import LAUNCH
from tests.services import Servers, Services
from tests.stack import Stack, running_stack
from tests.upstream import Upstream

T = TypeVar("T")

expect.set_options(timeout=15_000)


@dataclass
class Live:
    """A stack and its model server, callable from a test that has no event loop."""

    loop: asyncio.AbstractEventLoop
    stack: Stack
    upstream: Upstream
    services: Services
    folder: Path

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    @property
    def url(self) -> str:
        return str(self.stack.http.base_url)

    def behave(self, **changes: Any) -> None:
        self.upstream.behave(**changes)

    def chat(self, words: str, **more: Any) -> dict[str, Any]:
        """Ask in a new session, not by the page; the receipt."""
        return self.run(self._chat(words, **more))

    async def _chat(self, words: str, **more: Any) -> dict[str, Any]:
        return await self.stack.say(await self.stack.new_session(), words, **more)

    def upload(self, name: str, content: str) -> dict[str, Any]:
        """Put a document into the library and wait until it has been read, or not; the receipt."""
        files = {"file": (name, content.encode())}
        receipt: dict[str, Any] = self.run(self.stack.call("POST", "/documents", files=files, expect=202))
        self.run(self.stack.status_becomes(receipt["task_id"], "completed", "failed"))
        return receipt

    def becomes(self, task_id: str, *statuses: str) -> dict[str, Any]:
        """Wait until a task has one of these statuses."""
        return self.run(self.stack.status_becomes(task_id, *statuses))

    def answer(self, session_id: str) -> str:
        """What the server holds of a session's last answer."""
        return str(self.run(self.stack.turns(session_id))[-1]["content"])

    @contextmanager
    def another_api(self, **environment: str) -> Iterator[Stack]:
        """One more API process beside the first, with other settings, on the same services and workers."""
        folder = self.folder / f"api-{len(list(self.folder.iterdir()))}"
        folder.mkdir()
        model = {"LLM_BASE_URL": self.upstream.url, "LLM_MODEL": "fake-model"}
        stack = Stack(self.services, folder, {**model, **environment})
        stack.start("api")
        try:
            self.run(stack.ready())
            yield stack
        finally:
            stack.kill_group("api")
            self.run(stack.http.aclose())

    def empty(self) -> None:
        """Delete what earlier tests left: their sessions, documents and tasks."""
        self.run(self._empty())

    async def _empty(self) -> None:
        with psycopg.connect(self.services.database_url) as connection:
            connection.execute("DELETE FROM tasks WHERE kind = 'research' AND finished_at IS NOT NULL")
        self.upstream.behave(tokens=3)
        for kind in ("sessions", "documents"):
            for item in (await self.stack.call("GET", f"/{kind}", params={"limit": 200}, expect=200))["items"]:
                await self.stack.call("DELETE", f"/{kind}/{item['id']}", expect=204)
        for item in (await self.stack.call("GET", "/tasks", params={"limit": 200}, expect=200))["items"]:
            if item["status"] in ("queued", "running"):
                await self.stack.http.post(f"/tasks/{item['task_id']}/cancel", json={})
                await self.stack.status_becomes(item["task_id"], "completed", "failed", "cancelled")


@asynccontextmanager
async def _started(servers: Servers, folder: Path) -> AsyncIterator[tuple[Stack, Upstream, Services]]:
    with servers.own() as services:
        async with Upstream() as upstream:
            model = {"LLM_BASE_URL": upstream.url, "LLM_MODEL": "fake-model"}
            async with running_stack(services, folder, **model) as stack:
                yield stack, upstream, services


@pytest.fixture(scope="session")
def started(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One stack for all browser tests."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    folder = tmp_path_factory.mktemp("browser")
    opening = _started(servers, folder)
    stack, upstream, services = asyncio.run_coroutine_threadsafe(opening.__aenter__(), loop).result(90)
    yield Live(loop, stack, upstream, services, folder)
    asyncio.run_coroutine_threadsafe(opening.__aexit__(None, None, None), loop).result(60)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def live(started: Live) -> Live:
    """The stack, empty."""
    started.empty()
    return started


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Debian's Chromium."""
    return LAUNCH


@pytest.fixture
def browser_context_args(request: pytest.FixtureRequest, live: Live) -> dict[str, Any]:
    """English unless a test asks for another language by `@pytest.mark.parametrize("language", …)`."""
    language = request.node.callspec.params.get("language", "en") if hasattr(request.node, "callspec") else "en"
    return {"base_url": live.url, "locale": language, "viewport": {"width": 1280, "height": 800}}


@dataclass
class Rough:
    """Which complaints of the browser a test expects, by a part of them."""

    expected: tuple[str, ...] = ("Failed to load resource",)


@pytest.fixture
def rough() -> Rough:
    """For tests that take the server away or break a rule: what the browser then says is expected."""
    return Rough()


@pytest.fixture
def page(page: Page, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page on which nothing may be logged as an error."""
    rough = request.getfixturevalue("rough") if "rough" in request.fixturenames else None
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    expected = rough.expected if rough is not None else ()
    assert [text for text in complaints if not any(part in text for part in expected)] == []
