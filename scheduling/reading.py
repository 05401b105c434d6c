"""One process's readings of the queue, shared by all who ask at the same time."""

import asyncio
from time import monotonic

from scheduling.line import Line
from scheduling.queue import QueueState

LONG = 50
RECENT_SECONDS = 1.0


class QueueReader:
    """Reads the queue, never twice at a time: a long one is dear, and everybody asks for it at once.

    Args:
        line: where to read it.
    """

    def __init__(self, line: Line) -> None:
        self._line = line
        self._reading: asyncio.Task[QueueState] | None = None
        self._next: asyncio.Task[QueueState] | None = None
        self._last: tuple[float, QueueState] | None = None

    async def fresh(self) -> QueueState:
        """The queue, as it stood at some moment after this call.

        Raises:
            Unavailable: the database cannot be reached.
        """
        if self._next is None:
            self._next = asyncio.create_task(self._read_after(self._reading))
            # Those who asked may have gone by the time it fails.
            self._next.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(self._next)

    async def recent(self) -> QueueState:
        """The queue now, or when it is long, as it stood at most a second ago.

        Raises:
            Unavailable: the database cannot be reached.
        """
        if self._last is not None:
            read_at, state = self._last
            if state.size > LONG and monotonic() - read_at < RECENT_SECONDS:
                return state
        return await self.fresh()

    async def _read_after(self, earlier: "asyncio.Task[QueueState] | None") -> QueueState:
        if earlier is not None:
            await asyncio.wait({earlier})
        self._reading, self._next = self._next, None
        read_at = monotonic()
        state = await self._line.queue()
        self._last = (read_at, state)
        return state
