"""Names of Redis keys and channels. Channels are shared by all databases of a server, so they carry its number."""

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID


@lru_cache(maxsize=1024)
def _text(task_id: UUID) -> str:
    return str(task_id)


@lru_cache(maxsize=1024)
def _live(database: int, task_id: UUID) -> str:
    return f"sluice:{database}:live:{_text(task_id)}"


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys and channels of one application database, by its number."""

    database: int = 0

    def log(self, task_id: UUID) -> str:
        """The Redis stream of a task's events."""
        return f"sluice:log:{_text(task_id)}"

    def meta(self, task_id: UUID) -> str:
        """The hash beside a log: attempt, last id, bytes, and whether it ended."""
        return f"sluice:log:{_text(task_id)}:meta"

    def feed(self, owner: str) -> str:
        """The Redis stream of one person's news."""
        return f"sluice:feed:{owner}"

    def live(self, task_id: UUID) -> str:
        """The channel of a task's batches as they are written."""
        return _live(self.database, task_id)

    @property
    def cancels(self) -> str:
        """The channel that names tasks whose cancel was requested."""
        return f"sluice:{self.database}:cancel"

    def person(self, owner: str) -> str:
        """The channel of one person's news."""
        return f"sluice:{self.database}:person:{owner}"

    @property
    def queue(self) -> str:
        """The channel that says the queue changed."""
        return f"sluice:{self.database}:queue"
