"""Celery's task for one chat message."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Literal, cast

from assistant.answer import answer
from assistant.context import PastTurn
from db.history import background
from db.models import TaskRow
from streaming.events import Answer
from tasks.app import app
from tasks.child import Child, current_child
from tasks.journal import DatabaseJournal
from tasks.kinds import produces
from tasks.serve import carry_out


@app.task(name="tasks.chat.chat")
def chat(task_id: str) -> None:
    """Answer the message that a task row stands for."""
    carry_out(current_child(), task_id, "chat")


@produces("chat")
async def _answer(child: Child, task: TaskRow, partial: str) -> AsyncIterator[Answer]:
    turns, has_passages = await background(child.core.database, task)
    # Without a model the answer says that the library has nothing; a model need not be told.
    searches = task.payload["use_library"] and (has_passages or child.engine is None)
    events = answer(
        task.payload["content"],
        [PastTurn(cast("Literal['user', 'assistant']", turn.role), turn.content) for turn in turns],
        engine=child.engine,
        library=child.library.of(task.owner) if searches else None,
        context_tokens=child.settings.llm_context_tokens,
        answer_tokens=child.settings.llm_answer_tokens,
        model=task.model,
        partial=partial,
        journal=DatabaseJournal(child.core.database, task.id) if child.continues else None,
    )
    async with aclosing(events):
        async for event in events:
            yield event
