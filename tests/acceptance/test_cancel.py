"""Cancel is true in every state: said only when the model's connection is closed, once, with what was written kept."""

import asyncio
from typing import Any

import httpx2
import psycopg

from streaming.fold import Folded
from tests.acceptance.conftest import RunStack
from tests.services import Services
from tests.stack import Event, Stack, until
from tests.upstream import Upstream

WORKER = "worker-interactive"
ENDS = ("task.completed", "task.failed", "task.cancelled")


class Tab:
    """A page of its own that follows one task, and looks at the model server the moment an end is said.

    Args:
        stack: where.
        upstream: the model server.
        receipt: of the task, whose message is `words`.
        words: by which the model server knows it.
    """

    def __init__(self, stack: Stack, upstream: Upstream, receipt: dict[str, Any], words: str) -> None:
        self.task_id = str(receipt["task_id"])
        self.folded = Folded()
        self.open_at_the_end: bool | None = None
        self._stack = stack
        self._upstream = upstream
        self._words = words
        self._events: list[Event] = []
        self._changed = asyncio.Event()
        self.following = asyncio.create_task(self._follow())

    async def _follow(self) -> list[Event]:
        async with asyncio.timeout(60):
            async for event, data in self._stack.events(self.task_id):
                if event in ENDS:
                    self.open_at_the_end = self.is_open
                self._events.append((event, data))
                if event not in ("queue.position", "stream.closing"):
                    self.folded.apply(event, data)
                self._changed.set()
        return self._events

    @property
    def is_open(self) -> bool:
        """Whether the model works for this task now."""
        return any(self._words in str(body["messages"][-1]["content"]) for body in self._upstream.log.bodies_open())

    async def until_events(self, kind: str, count: int = 1) -> None:
        """Wait until so many events of a kind came, or the end."""
        while not self.following.done():
            kinds = [event for event, _ in self._events]
            if kinds.count(kind) >= count or any(end in kinds for end in ENDS):
                return
            self._changed.clear()
            waiting = asyncio.create_task(self._changed.wait())
            await asyncio.wait({waiting, self.following}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()

    async def ends(self, status: str) -> list[Event]:
        """Wait for the end: it is said once, is the last word, and comes after the model's connection was closed."""
        events = await self.following
        kinds = [event for event, _ in events]
        assert [kind for kind in kinds if kind in ENDS] == [f"task.{status}"] == kinds[-1:]
        assert self.open_at_the_end is False
        return events


async def _ask(stack: Stack, upstream: Upstream, words: str) -> Tab:
    return Tab(stack, upstream, await stack.say(await stack.new_session(), words), words)


async def _cancel(stack: Stack, task_id: str, expect: int, **body: Any) -> dict[str, Any]:
    """Cancel as another tab does: over a connection of its own."""
    async with httpx2.AsyncClient(base_url=stack.http.base_url, timeout=30) as http:
        answer = await http.post(f"/tasks/{task_id}/cancel", json=body)
    assert answer.status_code == expect, answer.text
    task: dict[str, Any] = answer.json()
    return task


async def _assert_kept(stack: Stack, tab: Tab, status: str) -> None:
    """The database holds what the page showed, and the answer's turn has the task's status."""
    task = await stack.task(tab.task_id)
    assert task["status"] == status
    turn = (await stack.turns(task["session_id"]))[1]
    assert (turn["status"], turn["content"]) == (status, tab.folded.text)


async def test_stop_while_it_writes_keeps_what_was_written(stack: Stack, upstream: Upstream) -> None:
    upstream.behave(tokens=10_000, rate=100)
    tab = await _ask(stack, upstream, "a long one")
    other_tab = Tab(stack, upstream, {"task_id": tab.task_id}, "a long one")
    await tab.until_events("task.delta", 3)
    answer = await _cancel(stack, tab.task_id, 202)
    assert answer["status"] == "running"
    assert answer["cancel_requested"]
    for each in (tab, other_tab):
        assert (await each.ends("cancelled"))[-1][1]["by"] == "local"
    assert tab.folded.text
    assert other_tab.folded.text == tab.folded.text
    await _assert_kept(stack, tab, "cancelled")
    assert upstream.log.open == 0


async def test_stop_before_the_first_token(stack: Stack, upstream: Upstream) -> None:
    for headers_late in (False, True):
        upstream.behave(delay=600, headers_late=headers_late)
        tab = await _ask(stack, upstream, "a silent one")
        await until(lambda: _is(upstream.log.open == 1))
        await _cancel(stack, tab.task_id, 202)
        await stack.status_becomes(tab.task_id, "cancelled")
        assert upstream.log.open == 0
        await tab.ends("cancelled")
        assert tab.folded.text == ""
        await _assert_kept(stack, tab, "cancelled")


async def test_what_waits_ends_at_once_and_never_reaches_the_model(run_stack: RunStack, upstream: Upstream) -> None:
    upstream.behave(delay=600)
    async with run_stack(MAX_CONCURRENT_CHAT_AND_RESEARCH="1") as stack:
        running = await _ask(stack, upstream, "the first")
        waiting = await _ask(stack, upstream, "the second")
        await until(lambda: _is(running.is_open))
        await waiting.until_events("queue.position")
        answer = await _cancel(stack, waiting.task_id, 200)
        assert answer["status"] == "cancelled"
        events = await waiting.ends("cancelled")
        assert "task.started" not in [event for event, _ in events]
        await _cancel(stack, running.task_id, 202)
        await running.ends("cancelled")
        assert (upstream.log.total, upstream.log.open) == (1, 0)
        await _assert_kept(stack, waiting, "cancelled")


async def test_what_is_parked_behind_its_session_ends_and_the_one_behind_it_goes_on(
    stack: Stack, services: Services, upstream: Upstream
) -> None:
    upstream.behave(delay=600)
    session = await stack.new_session()
    words = ["the first", "the second", "the third"]
    first, second, third = [Tab(stack, upstream, await stack.say(session, each), each) for each in words]
    await until(lambda: _is(first.is_open))
    await until(lambda: _parked(services, second.task_id))
    await until(lambda: _parked(services, third.task_id))
    assert (await _cancel(stack, second.task_id, 200))["status"] == "cancelled"
    await second.ends("cancelled")
    assert upstream.log.open == 1
    await _cancel(stack, first.task_id, 202)
    await first.ends("cancelled")
    await until(lambda: _is(third.is_open))
    await _cancel(stack, third.task_id, 202)
    await third.ends("cancelled")
    assert (upstream.log.total, upstream.log.open) == (2, 0)


async def test_between_two_attempts_before_the_loss_is_known(stack: Stack, upstream: Upstream) -> None:
    upstream.behave(tokens=10_000, rate=50)
    tab = await _ask(stack, upstream, "an unlucky one")
    await tab.until_events("task.delta", 3)
    await until(lambda: _noted(stack, tab))
    stack.kill_group("sweep")
    stack.kill_group(WORKER)
    await _cancel(stack, tab.task_id, 202)
    assert (await stack.task(tab.task_id))["status"] == "running"
    stack.start("sweep")
    await tab.ends("cancelled")
    assert upstream.log.open == 0
    await _assert_cancelled_with_a_beginning(stack, tab)
    stack.start(WORKER)
    await _assert_slots_are_free(stack, upstream)


async def test_between_two_attempts_after_the_task_was_taken_back(stack: Stack, upstream: Upstream) -> None:
    upstream.behave(tokens=10_000, rate=50)
    tab = await _ask(stack, upstream, "an unlucky one")
    await tab.until_events("task.delta", 3)
    await until(lambda: _noted(stack, tab))
    stack.kill_group(WORKER)
    await stack.status_becomes(tab.task_id, "queued")
    assert (await _cancel(stack, tab.task_id, 200))["status"] == "cancelled"
    await tab.ends("cancelled")
    await _assert_cancelled_with_a_beginning(stack, tab)
    stack.start(WORKER)
    await _assert_slots_are_free(stack, upstream)
    assert (await stack.task(tab.task_id))["attempt"] == 1


async def test_twice_is_the_same_as_once(stack: Stack, upstream: Upstream) -> None:
    upstream.behave(tokens=10_000, rate=100)
    for at_once in (False, True):
        tab = await _ask(stack, upstream, "an impatient one")
        await tab.until_events("task.delta")
        path = f"/tasks/{tab.task_id}/cancel"
        if at_once:
            answers = await asyncio.gather(*(stack.http.post(path, json={}) for _ in range(8)))
        else:
            answers = [await stack.http.post(path, json={}) for _ in range(8)]
        for answer in answers:
            status = answer.json()["status"]
            assert (answer.status_code, status) in ((202, "running"), (200, "cancelled"))
        await tab.ends("cancelled")
        assert (await _cancel(stack, tab.task_id, 200))["status"] == "cancelled"
        assert [event for event, _ in await stack.follow(tab.task_id) if event in ENDS] == ["task.cancelled"]
        await _assert_kept(stack, tab, "cancelled")


async def test_racing_with_the_end_has_one_winner(run_stack: RunStack, upstream: Upstream) -> None:
    """Cancels at every moment of a short answer: before it starts, after each piece, and when it is over."""
    upstream.behave(answer="one two three four five six", rate=200)
    whole = "one two three four five six"
    moments = [("queue.position", 0), ("task.started", 1), *(("task.delta", n) for n in range(1, 7)), (ENDS[0], 1)]
    async with run_stack(MAX_CONCURRENT_CHAT_AND_RESEARCH="4") as stack:

        async def race(number: int, kind: str, count: int) -> str:
            tab = await _ask(stack, upstream, f"race {number}")
            if count:
                await tab.until_events(kind, count)
            answer = await stack.http.post(f"/tasks/{tab.task_id}/cancel", json={})
            task = await stack.status_becomes(tab.task_id, "completed", "cancelled")
            await tab.ends(task["status"])
            if answer.status_code == 200:
                assert answer.json()["status"] == task["status"]
            await _assert_kept(stack, tab, task["status"])
            assert tab.folded.text == whole if task["status"] == "completed" else whole.startswith(tab.folded.text)
            return str(task["status"])

        for trial in range(8):
            races = [race(trial * len(moments) + n, *moment) for n, moment in enumerate(moments)]
            ends = await asyncio.gather(*races)
            assert set(ends) <= {"completed", "cancelled"}
        await until(lambda: _is(upstream.log.open == 0))
        assert upstream.log.max_open <= 4
        queue = await stack.queue()
        assert (queue["active"], queue["waiting"]) == ([], [])


async def _assert_cancelled_with_a_beginning(stack: Stack, tab: Tab) -> None:
    """After a kill the database has what was noted last: the end tells it, and it is a beginning of what was shown."""
    task = await stack.task(tab.task_id)
    turn = (await stack.turns(task["session_id"]))[1]
    assert (task["status"], turn["status"]) == ("cancelled", "cancelled")
    assert tab.folded.terminal is not None
    assert tab.folded.terminal[1]["result"]["turn"]["content"] == turn["content"] != ""


async def _assert_slots_are_free(stack: Stack, upstream: Upstream) -> None:
    upstream.behave(tokens=3, rate=0)
    tabs = [await _ask(stack, upstream, f"afterwards {number}") for number in range(3)]
    for tab in tabs:
        await tab.ends("completed")


async def _noted(stack: Stack, tab: Tab) -> bool:
    """Whether the lease's renewal has put some of the text into the database."""
    with psycopg.connect(stack.settings.database_url or "") as connection:
        query = "SELECT checkpoint_text <> '' FROM tasks WHERE id = %s"
        return bool(connection.execute(query, (tab.task_id,)).fetchall()[0][0])


async def _parked(services: Services, task_id: str) -> bool:
    with psycopg.connect(services.database_url) as connection:
        query = "SELECT parked IS NOT NULL FROM tasks WHERE id = %s"
        return bool(connection.execute(query, (task_id,)).fetchall()[0][0])


async def _is(value: bool) -> bool:
    return value
