"""People who submit, follow and cancel."""

import asyncio
import time
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx2

from tests.chaos.book import Book
from tests.chaos.findings import Findings
from tests.chaos.plan import Job, Plan
from tests.chaos.watching import Watcher
from tests.chaos.web import Web

ENDED = ("completed", "failed", "cancelled")


@dataclass(slots=True)
class Case:
    """A job and what became of it. `watchers[0]` is the steady one. `asked_at`: when its cancel was clicked."""

    job: Job
    receipt: dict[str, Any]
    watchers: list[Watcher]
    following: "asyncio.Task[None]"
    cancelled: bool = False
    asked_at: float | None = None
    answers: list[tuple[int, dict[str, Any]]] = field(default_factory=list)

    @property
    def task_id(self) -> str:
        """The task's id."""
        return str(self.receipt["task_id"])

    @property
    def ended(self) -> bool:
        """Whether the steady client has seen the end."""
        return self.watchers[0].book.terminal is not None

    @property
    def running(self) -> bool:
        """Whether the steady client has seen the start, and not yet the end."""
        return self.watchers[0].book.folded.last > 0 and not self.ended


class People:
    """Everybody of a plan.

    Args:
        plan: what they do.
        web: how.
        model: the model server's address, to be asked what is open at a task's end.
        findings: what they notice.
    """

    def __init__(self, plan: Plan, web: Web, model: str, findings: Findings) -> None:
        self.cases: list[Case] = []
        self.paused: set[str] = set()
        self._plan = plan
        self._web = web
        self._model = model
        self._findings = findings
        self._sessions: dict[int, str] = {}
        self._opening = asyncio.Lock()
        self._aside: set[asyncio.Task[None]] = set()

    @property
    def unfinished(self) -> int:
        """Tasks whose end no steady client has seen."""
        return sum(not case.ended for case in self.cases)

    async def submit(self, burst: tuple[Job, ...]) -> None:
        """Submit the jobs of a burst at once."""
        await asyncio.gather(*(self._submit(job) for job in burst))

    async def settle(self) -> None:
        """Wait for all clients."""
        await asyncio.gather(*(case.following for case in self.cases), *self._aside)

    async def stop(self) -> None:
        """Give up on who still follows."""
        tasks = [*(case.following for case in self.cases), *self._aside]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _submit(self, job: Job) -> None:
        path, body = await self._request(job)
        headers = {"Idempotency-Key": f"{self._plan.seed}-{job.marker}"}
        _, receipt = await self._web.call(job.owner, "POST", path, expect=(202,), headers=headers, **body)
        self.cases.append(self._follow(job, receipt))

    async def _request(self, job: Job) -> tuple[str, dict[str, Any]]:
        if job.kind == "research":
            return "/research", {"json": {"topic": job.text, "depth": 1 + job.number % 2}}
        if job.kind == "ingest":
            return "/documents", {"files": {"file": (f"{job.marker}.md", job.file, "text/markdown")}}
        assert job.session is not None
        async with self._opening:
            if job.session not in self._sessions:
                _, session = await self._web.call(job.owner, "POST", "/sessions", expect=(201,), json={})
                self._sessions[job.session] = session["id"]
        return f"/sessions/{self._sessions[job.session]}/messages", {"json": {"content": job.text}}

    def _follow(self, job: Job, receipt: dict[str, Any]) -> Case:
        watchers: list[Watcher] = []

        async def on_event(event: str) -> None:
            await self._steady_saw(case, event)

        for number in range(job.watchers):
            random = Random(f"{self._plan.seed} {job.marker} {number}")
            book = Book(f"{job.marker} client {number}", str(receipt["task_id"]), self._findings)
            late = random.random() * 6 if number > 1 else 0.0
            watchers.append(
                Watcher(
                    self._web,
                    job.owner,
                    str(receipt["task_id"]),
                    book,
                    random,
                    steady=number == 0,
                    late=late,
                    on_event=on_event if number == 0 else None,
                )
            )
        following = asyncio.create_task(_all(watchers))
        case = Case(job, receipt, watchers, following)
        if job.cancel is not None and job.cancel.when in ("accepted", "waiting"):
            wait = 0.0 if job.cancel.when == "accepted" else 0.2 + job.number % 7 / 5
            self._begin_cancel(case, wait)
        return case

    async def _steady_saw(self, case: Case, event: str) -> None:
        """What happens at certain events: the cancel of the plan; at the end, a look at the model's connections."""
        cancel, book = case.job.cancel, case.watchers[0].book
        if book.terminal is not None:
            self._aside_do(self._look_at_model(case))
        if cancel is None or case.cancelled:
            return
        due = {
            "started": event in ("task.started", "stream.snapshot"),
            "prefill": event in ("task.started", "stream.snapshot"),
            "writing": len(book.arrivals) > 5,
            "ended": book.terminal is not None,
        }
        if due.get(cancel.when, False):
            self._begin_cancel(case, 0.4 if cancel.when == "prefill" else 0.0)

    def _begin_cancel(self, case: Case, wait: float) -> None:
        case.cancelled = True
        self._aside_do(self._cancel(case, wait))

    def _aside_do(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._aside.add(task)

    async def _cancel(self, case: Case, wait: float) -> None:
        await asyncio.sleep(wait)
        cancel, job = case.job.cancel, case.job
        assert cancel is not None
        if cancel.pause:
            self.paused.add(str(case.receipt["session_id"]))
        case.asked_at = time.monotonic()
        path, body = f"/tasks/{case.task_id}/cancel", {"pause_session": cancel.pause}
        calls = [self._web.call(job.owner, "POST", path, expect=(200, 202), json=body) for _ in range(1 + cancel.twice)]
        for status, task in await asyncio.gather(*calls):
            case.answers.append((status, task))
            if status == 200 and task["status"] not in ENDED:
                self._findings.add("wrong answers", f"{job.marker}: cancel answers 200 and {task['status']}")
            if status == 202 and task["status"] != "running":
                self._findings.add("wrong answers", f"{job.marker}: cancel answers 202 and {task['status']}")
        if cancel.pause:
            await asyncio.sleep(0.5)
            session = case.receipt["session_id"]
            await self._web.call(job.owner, "POST", f"/sessions/{session}/resume", expect=(200, 204))

    async def _look_at_model(self, case: Case) -> None:
        """No connection of a task may be open once its end was said."""
        async with httpx2.AsyncClient() as http:
            bodies = (await http.get(f"{self._model}/_open")).json()
        for body in bodies:
            if case.job.marker in str(body["messages"][-1]["content"])[:200]:
                self._findings.add("left open", f"{case.job.marker}: a model connection is open after its end")


async def _all(watchers: list[Watcher]) -> None:
    await asyncio.gather(*(watcher.run() for watcher in watchers))
