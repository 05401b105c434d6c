"""Tells waiting streams where their tasks stand, and open pages what the queue looks like.

One reading of the queue per change and process, at most one a second, however many clients listen.
"""

import asyncio
import logging
from time import monotonic

import orjson
from sqlalchemy.exc import SQLAlchemyError

from errors import SluiceError
from scheduling.queue import Place, QueueState
from scheduling.reading import QueueReader
from settings import AuthMode, Settings
from streaming.events import Position, unlogged_frame
from streaming.hub import Hub
from streaming.keys import Keys

log = logging.getLogger(__name__)

SHORTEST_PAUSE = 1.0
LONGEST_PAUSE = 5.0
"""Also after a reading in which the process was frozen, or the database away."""
COST_SHARE = 4
"""How much longer than a reading the pause after it is: a very long line takes a fifth of the time at most."""

UNCHANGED_SECONDS = 15.0
"""Estimates change with time, so a line in which nothing happens is told now and then, too."""

FIRST = 50
"""How many waiting tasks `queue.changed` shows of a long line, besides one's own."""


class Positions:
    """Follows the queue for one process.

    Args:
        reader: reads the queue.
        hub: whose subscribers are told.
        keys: names of channels.
        settings: who is an admin.
    """

    def __init__(self, reader: QueueReader, hub: Hub, keys: Keys, settings: Settings) -> None:
        self._reader = reader
        self._hub = hub
        self._keys = keys
        self._settings = settings

    async def run(self) -> None:
        """Tell of every change until the hub closes."""
        untold = False
        with self._hub.subscription(self._keys.queue) as subscription:
            await self._hub.ready(self._keys.queue)
            while not subscription.closing:
                changed = await subscription.wait(0.0 if untold else UNCHANGED_SECONDS)
                subscription.take()
                subscription.gap = False
                cost, listened = 0.0, len(self._hub.channels()) > 1
                if listened:
                    cost = await self._read_and_tell()
                # Whoever comes next may be shown an earlier reading first.
                untold = not listened and (changed or untold)
                await asyncio.sleep(min(max(SHORTEST_PAUSE, COST_SHARE * cost), LONGEST_PAUSE))

    async def _read_and_tell(self) -> float:
        """Returns how many seconds it took."""
        known_at = monotonic()
        try:
            self.tell(await self._reader.fresh(), known_at)
        except (SluiceError, SQLAlchemyError) as error:
            log.warning("the queue cannot be told: %s", type(error).__name__)
        except Exception:
            log.exception("the queue cannot be told")
        return monotonic() - known_at

    def tell(self, state: QueueState, known_at: float) -> None:
        """Tell every subscriber whom this state of the queue, read at `known_at`, concerns."""
        for task_id, place in state.places.items():
            listening = self._hub.on(self._keys.live(task_id))
            if listening:
                frame = unlogged_frame(position(place, state.size), task_id=task_id)
                for subscription in listening:
                    subscription.notify(frame, known_at=known_at)
        everybody = self._keys.person("")
        for channel in self._hub.channels():
            if channel.startswith(everybody):
                frame = self.queue_frame(state, channel.removeprefix(everybody))
                for subscription in self._hub.on(channel):
                    subscription.notify(frame)

    def queue_frame(self, state: QueueState, owner: str) -> bytes:
        """`queue.changed` for one person, with the queue as they may see it."""
        is_admin = self._settings.auth_mode is AuthMode.OPEN or owner in self._settings.admin_users
        view = state.view(owner, is_admin=is_admin, first=FIRST)
        return b"event: queue.changed\ndata: %b\n\n" % orjson.dumps({"queue": view}, option=orjson.OPT_UTC_Z)


def position(place: Place, size: int) -> Position:
    """A place in the line as the event that tells it."""
    return Position(position=place.position, size=size, eta_s=place.eta_s)
