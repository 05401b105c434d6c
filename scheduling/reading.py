"""One process's readings of the queue, shared by all who ask at the same time."""

from collections.abc import Sequence
from time import monotonic

from scheduling.line import Line
from scheduling.queue import QueueState
from streaming.together import Together

LONG = 50
RECENT_SECONDS = 1.0


class QueueReader:
    """Reads the queue, never twice at a time: a long one is dear, and everybody asks for it at once.

    Args:
        line: where to read it.
    """

    def __init__(self, line: Line) -> None:
        self._line = line
        self._together: Together[None, QueueState] = Together(self._read, most=1)
        self._last: tuple[float, QueueState] | None = None

    async def fresh(self) -> QueueState:
        """The queue, as it stood at some moment after this call.

        Raises:
            Unavailable: the database cannot be reached.
        """
        return await self._together(None)

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

    async def _read(self, questions: Sequence[None]) -> dict[None, QueueState]:
        read_at = monotonic()
        state = await self._line.queue()
        self._last = (read_at, state)
        return dict.fromkeys(questions, state)
