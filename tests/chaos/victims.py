"""Who is hit: the processes that are busy, and the clients that can notice."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

from tests.chaos.people import People
from tests.chaos.processes import APIS, WORKERS, World
from tests.chaos.watching import Watcher

Touched = Callable[[Watcher], bool]


class Victims:
    """Finds victims.

    Args:
        world: where they run.
        people: whose clients have seen what runs.
        random: picks among them.
    """

    def __init__(self, world: World, people: People, random: Random) -> None:
        self._world = world
        self._people = people
        self._random = random
        self._rows: list[dict[str, Any]] = []

    def clients(self, touched: Touched) -> list[Watcher]:
        """The steady clients of what runs, as far as they are touched."""
        running = [case.watchers[0] for case in self._people.cases if case.running]
        return [watcher for watcher in running if touched(watcher)]

    def on_process(self, pid: int) -> Touched:
        """Whose task runs in a pool process."""
        return self._among({row["id"] for row in self._rows if row["worker_pid"] == pid})

    def on_worker(self, name: str) -> Touched:
        """Whose task runs on a worker."""
        return self._among({row["id"] for row in self._rows if row["worker_node"].startswith(f"{name}@")})

    def _among(self, ids: set[str]) -> Touched:
        return lambda watcher: watcher.task_id in ids

    async def task(self) -> dict[str, Any] | None:
        """The task that began last of those whose clients know that they run, chat and research first."""
        for _ in range(100):
            self._rows = await self._world.running()
            seen = {case.task_id for case in self._people.cases if case.running}
            rows = [row for row in self._rows if row["id"] in seen]
            interactive = [row for row in rows if row["kind"] != "ingest"]
            if rows and (interactive or self._random.random() < 0.1):
                return (interactive or rows)[-1]
            await asyncio.sleep(0.05)
        return None

    async def worker(self) -> str:
        """A worker that runs something, now and then the one of documents."""
        row = await self.task()
        busy = row["worker_node"].split("@")[0] if row is not None else self._random.choice(WORKERS)
        return WORKERS[2] if self._random.random() < 0.15 else busy

    async def api(self) -> str:
        """An API process that somebody follows a running task at."""
        row = await self.task()
        for case in self._people.cases:
            if row is not None and case.task_id == row["id"] and case.watchers[0].connected_to is not None:
                return case.watchers[0].connected_to
        return self._random.choice(APIS)
