"""Celery's task for Deep Research."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from uuid import UUID

from pydantic import JsonValue

from assistant.research import research as write_report
from db.database import Database
from db.history import record_step, recorded_step
from db.models import TaskRow
from streaming.events import Answer
from tasks.app import app
from tasks.child import Child, current_child
from tasks.run import run_task


@app.task(name="tasks.research.research")
def research(task_id: str) -> None:
    """Write the report that a task row stands for."""
    child = current_child()
    child.run(run_task(child, UUID(task_id), "research", _report))


@dataclass(frozen=True, slots=True)
class DatabaseJournal:
    """The results of a task's finished steps, so that a later attempt repeats none."""

    database: Database
    task_id: UUID

    async def step(self, key: str, run: Callable[[], Awaitable[JsonValue]]) -> JsonValue:
        """The recorded result of a step, else what `run` gives, recorded."""
        async with self.database.transaction() as tx:
            earlier = await recorded_step(tx, self.task_id, key)
        if earlier is not None:
            recorded: JsonValue = earlier.result
            return recorded
        result = await run()
        async with self.database.transaction() as tx:
            await record_step(tx, self.task_id, key, result)
        return result


async def _report(child: Child, task: TaskRow) -> AsyncIterator[Answer]:
    events = write_report(
        task.payload["topic"],
        engine=child.engine,
        library=child.library.of(task.owner),
        web=child.web,
        journal=DatabaseJournal(child.core.database, task.id),
        sources=frozenset(task.payload["sources"]),
        depth=task.payload["depth"],
        context_tokens=child.settings.llm_context_tokens,
        answer_tokens=child.settings.llm_answer_tokens,
        model=task.model,
    )
    async with aclosing(events):
        async for event in events:
            yield event
