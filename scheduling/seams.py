"""What the line needs from outside, so that it knows neither Celery nor Redis."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol
from uuid import UUID

from scheduling.work import Wakeup
from streaming.events import Terminal
from streaming.log import Told


class Publisher(Protocol):
    """Puts wake-ups into the queues that workers listen to."""

    async def publish(self, wakeups: Sequence[Wakeup]) -> None:
        """Publish in the given order. A failure is logged, never raised: the sweep publishes what is missing."""

    async def pending(self, queue: str) -> set[UUID] | None:
        """The ids of the messages that lie in a queue now; None when that cannot be told."""


class TaskStream(Protocol):
    """The log of a task's events, as far as the line writes it."""

    @property
    def known_epoch(self) -> str | None:
        """The run of Redis that this process speaks with, or spoke with last; None when it has not yet."""

    async def close(
        self,
        task_id: UUID,
        event: Terminal,
        *,
        attempt: int,
        floor: int,
        written: int | None = None,
        epoch: str | None = None,
    ) -> int:
        """Write the last event and return its id.

        `floor`: the id it must be above if the log is lost; `written`: where it ends when it holds everything; else
        `epoch` tells whether anything of it can have been lost.
        """

    async def told(self, task_id: UUID) -> Told | None:
        """What subscribers have been told of the text so far; None when there is no log.

        Raises:
            Unavailable: Redis cannot be reached.
        """

    async def request_cancel(self, task_id: UUID) -> None:
        """Tell whoever runs the task, at once, that its `cancel_requested` is set."""


class Feed(Protocol):
    """Tells open pages what changed. Best effort, and nobody waits for it."""

    def queue_changed(self) -> None:
        """Something in the line is different now."""

    def person(self, owner: str, event: str, data: dict[str, Any]) -> None:
        """Something of one person's changed."""

    def person_later(self, owner: str, event: str, read: Callable[[], Awaitable[dict[str, Any] | None]]) -> None:
        """As `person`, with data that are read when their turn comes; nothing is told when they are None."""
