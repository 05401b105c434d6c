"""People who look at the queue, and at what is not theirs."""

import asyncio
from random import Random
from typing import Any

import httpx2

from streaming.fold import parse_frames
from tests.chaos.people import People
from tests.chaos.web import Web

HIDDEN = ("summary", "title", "session_id", "document_id")


class Curious:
    """Somebody who looks at the queue, and at other people's tasks, again and again."""

    def __init__(self, people: People, web: Web, owners: list[str], random: Random, limit: int) -> None:
        self._people = people
        self._web = web
        self._owners = owners
        self._random = random
        self._limit = limit
        self.looks = 0

    async def poll(self) -> None:
        """Read the queue as somebody, and try somebody else's task."""
        while True:
            owner = self._random.choice(self._owners)
            _, queue = await self._web.call(owner, "GET", "/queue", expect=(200,))
            self.looks += 1
            self.check(owner, queue)
            others = [case for case in self._people.cases if case.job.owner != owner]
            if others:
                case = self._random.choice(others)
                for method, path in (("GET", "/tasks/{}"), ("GET", "/stream/{}"), ("POST", "/tasks/{}/cancel")):
                    await self._web.call(owner, method, path.format(case.task_id), expect=(404,))
            await asyncio.sleep(0.3)

    async def listen(self, owner: str) -> None:
        """Follow one person's news."""
        while True:
            url = f"{self._random.choice(list(self._web.urls.values()))}/events"
            try:
                async with self._web.http.stream("GET", url, headers={"X-Forwarded-User": owner}) as response:
                    pending = b""
                    async for chunk in response.aiter_bytes():
                        *whole, pending = (pending + chunk).split(b"\n\n")
                        for event, data in parse_frames(b"".join(frame + b"\n\n" for frame in whole)):
                            self._heard(owner, event, data)
            except httpx2.TransportError:
                pass
            await asyncio.sleep(0.1)

    def check(self, owner: str, queue: dict[str, Any]) -> None:
        """Nothing of others may show, and never more may run than the limit."""
        items = [*queue["active"], *queue["waiting"], *queue["ingest"]["active"], *queue["ingest"]["waiting"]]
        for item in items:
            shown = [name for name in HIDDEN if item[name] is not None]
            if item["progress"] is not None and item["progress"].get("label") is not None:
                shown.append("progress.label")
            if item["owner"] != owner and (shown or item["mine"]):
                self._web.findings.add("seen by others", f"{owner} sees {shown} of {item['task_id']}")
        if len(queue["active"]) > self._limit:
            self._web.findings.add("over the limit", f"/queue shows {len(queue['active'])} active")
        positions = [item["position"] for item in queue["waiting"]]
        if positions != list(range(1, len(positions) + 1)):
            self._web.findings.add("out of order", f"/queue shows the positions {positions}")

    def _heard(self, owner: str, event: str, data: dict[str, Any]) -> None:
        if event == "queue.changed" and data["queue"] is not None:
            self.check(owner, data["queue"])
        if event == "task.changed":
            mine = {case.task_id for case in self._people.cases if case.job.owner == owner}
            others = {case.task_id for case in self._people.cases} - mine
            if data["task_id"] in others:
                self._web.findings.add("seen by others", f"{owner} hears of task {data['task_id']}")
