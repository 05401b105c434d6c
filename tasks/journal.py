"""The journal of a task, in the database."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from pydantic import JsonValue

from db.database import Database
from db.history import record_step, recorded_step


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
