"""Celery's task for Deep Research."""

from collections.abc import AsyncIterator
from contextlib import aclosing

from assistant.research import research as write_report
from db.models import TaskRow
from streaming.events import Answer
from tasks.app import app
from tasks.child import Child, current_child
from tasks.journal import DatabaseJournal
from tasks.kinds import produces
from tasks.serve import carry_out


@app.task(name="tasks.research.research")
def research(task_id: str) -> None:
    """Write the report that a task row stands for."""
    carry_out(current_child(), task_id, "research")


@produces("research")
async def _report(child: Child, task: TaskRow, partial: str) -> AsyncIterator[Answer]:
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
        partial=partial,
    )
    async with aclosing(events):
        async for event in events:
            yield event
