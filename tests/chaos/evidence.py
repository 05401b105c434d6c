"""What is known after a run: the database, the model server's log, and what every client received."""

import re
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import httpx2

from tests.chaos.people import Case
from tests.chaos.processes import World

MARKER = re.compile(r"job-\d{5}")

TASKS = """
SELECT id::text, ticket, kind, owner, status, attempt, losses, session_id::text, error, terminal_seq,
       started_at, finished_at, extract(epoch from finished_at)::float8 AS finished,
       coalesce(payload->>'content', payload->>'topic', payload->>'filename') AS words, result->>'content' AS report
FROM tasks ORDER BY ticket
"""
TURNS = """
SELECT session_id::text, turn_index, role, content, task_id::text, status FROM turns ORDER BY session_id, turn_index
"""


@dataclass(slots=True)
class Evidence:
    """`exchanges`: the model's, by number; `calls`: by job. `clock`: wall time minus the model's monotonic time."""

    limit: int
    cases: list[Case]
    paused: set[str]
    tasks: dict[str, dict[str, Any]]
    sessions: dict[str, list[dict[str, Any]]]
    exchanges: dict[int, dict[str, Any]]
    still_open: int
    clock: float
    calls: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for exchange in self.exchanges.values():
            self.calls[marker_of(exchange)].append(exchange)

    def answer(self, task_id: str) -> dict[str, Any] | None:
        """The assistant's turn of a task."""
        session = self.sessions.get(str(self.tasks[task_id]["session_id"]), [])
        return next((turn for turn in session if turn["task_id"] == task_id and turn["role"] == "assistant"), None)

    def text(self, task_id: str) -> str | None:
        """What a task wrote in the end; None for one that writes no text."""
        task = self.tasks[task_id]
        if task["kind"] == "chat":
            turn = self.answer(task_id)
            return str(turn["content"]) if turn is not None else ""
        return str(task["report"] or "") if task["kind"] == "research" else None


def marker_of(exchange: dict[str, Any]) -> str:
    """The job that a request of the model belongs to."""
    found = MARKER.search(str(exchange["body"]["messages"][-1]["content"]))
    return found[0] if found else ""


async def gather(world: World, cases: list[Case], paused: set[str], limit: int) -> Evidence:
    """Read everything."""
    sessions: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for turn in await world.rows(TURNS):
        sessions[turn["session_id"]].append(turn)
    async with httpx2.AsyncClient(timeout=60) as http:
        log = (await http.get(f"{world.model}/_log")).json()
    return Evidence(
        limit=limit,
        cases=cases,
        paused=paused,
        tasks={task["id"]: task for task in await world.rows(TASKS)},
        sessions=sessions,
        exchanges={exchange["number"]: exchange for exchange in log["exchanges"]},
        still_open=log["open"],
        clock=time.time() - time.monotonic(),
    )
