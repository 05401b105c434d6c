"""The lease of a running attempt: kept while it works, and the place where a cancel is learnt of."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from time import monotonic
from typing import Any

from db.models import TaskRow
from errors import Fenced, SluiceError, Unavailable
from scheduling.line import Line

LEASELESS_SECONDS = 15.0
LOOK_SECONDS = 0.05


class Lease:
    """Renews one attempt's lease, with what there is to note of it.

    `cancelled`: set when somebody asks for the task's cancel.

    Args:
        line: where the lease is.
        task: the task as its attempt claimed it.
        unsaved: the columns to write with the next renewal.
        saved: is told when they are written.
        every: seconds between two renewals.
    """

    def __init__(
        self,
        line: Line,
        task: TaskRow,
        unsaved: Callable[[], Mapping[str, Any]],
        saved: Callable[[Mapping[str, Any]], None],
        every: float,
    ) -> None:
        self.cancelled = asyncio.Event()
        self._line = line
        self._task = task
        self._unsaved = unsaved
        self._saved = saved
        self._every = every

    async def keep(self) -> None:
        """Renew it again and again until cancelled.

        Raises:
            Fenced: the task is another attempt's, or could not be renewed for so long that it surely is.
        """
        renewed = monotonic()
        while True:
            await asyncio.sleep(self._every)
            notes = self._unsaved()
            renewing = asyncio.create_task(self._line.renew(self._task, **notes))
            renewing.add_done_callback(lambda late: late.cancelled() or late.exception())
            done, _ = await asyncio.wait({renewing}, timeout=renewed + LEASELESS_SECONDS - monotonic())
            if not done:
                # A database that does not answer would hold up even the cancelling of this call.
                renewing.cancel()
                raise Fenced("The lease could not be renewed: the database does not answer.")
            try:
                requested = renewing.result()
            except Unavailable as error:
                if monotonic() - renewed > LEASELESS_SECONDS:
                    raise Fenced("The lease could not be renewed.") from error
                continue
            renewed = monotonic()
            self._saved(notes)
            if requested:
                self.cancelled.set()

    async def look_after_start(self) -> None:
        """A cancel may have been announced when the start was committed and nobody here knew of it yet."""
        await asyncio.sleep(LOOK_SECONDS)
        await self.look()

    async def look(self) -> None:
        """Read whether a cancel is requested: somebody said so, or may have."""
        with suppress(SluiceError):
            if await self._line.renew(self._task):
                self.cancelled.set()
