"""The log of a task's events in Redis: written by one attempt at a time, read by any number of subscribers."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

import redis.asyncio as redis
from redis.exceptions import RedisError

from errors import Fenced, Unavailable
from streaming import scripts
from streaming.calls import Calls, Script
from streaming.events import Snapshot, Terminal, frame
from streaming.fold import Folded, parse_frames
from streaming.keys import Keys
from streaming.together import Together

SEQ_MARK = 987_654_321_987
"""Stands for the id in a frame whose id is only known inside the script."""

UNKNOWN = -2
"""What no log ends with, a missing one neither (it counts as -1 in the script)."""

READINGS = 16
"""So many logs are read with one call at the most."""

Reading: TypeAlias = tuple[UUID, int, int | None]
"""A log, the id after which it is read, and how many events of it at the most."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Where a log ended when an attempt took it over; `lost`: it should have held more than it does."""

    last: int
    lost: bool


@dataclass(frozen=True, slots=True)
class Entries:
    """What a read found after a cursor: frames joined, the last id among them, and whether the stream ended there.

    `exists` is false when there is no log at all: not begun yet, lost, or expired. `more`: it goes on after `last`.
    """

    frames: bytes
    last: int
    ended: bool
    exists: bool
    more: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What subscribers of a task have been told so far, and in which run of Redis its log stands."""

    text: str
    citations: list[dict[str, Any]]
    epoch: str


OPEN, APPEND, CLOSE = (Script.of(code) for code in (scripts.OPEN, scripts.APPEND, scripts.CLOSE))


class LogLost(Exception):
    """The log does not end where its writer left it: Redis lost data."""


class TaskLog:
    """Appends, rewrites, closes and reads logs.

    Args:
        client: a client of the application's Redis database, with bytes as answers.
        keys: the names to use.
        retention: seconds a log stays after its end.
    """

    def __init__(self, client: "redis.Redis", keys: Keys, *, retention: float) -> None:
        self._redis = client
        self._keys = keys
        self._retention_ms = int(retention * 1000)
        self._calls = Calls(client)
        self._rewrite = client.register_script(scripts.REWRITE)
        self._reads = Together(self._read_all, most=READINGS)

    async def open(self, task_id: UUID, attempt: int, *, floor: int) -> Opened:
        """Take a log over for an attempt; from here on earlier attempts are fenced.

        Args:
            floor: no id above this was ever given; 0 for a task that never wrote.

        Raises:
            Fenced: a later attempt has it, or it ended.
        """
        status, last = await self._calls.run(OPEN, self._names(task_id), attempt, floor)
        if status == b"FENCED":
            raise Fenced("A later attempt writes this log.")
        return Opened(last=last, lost=status == b"LOST")

    @property
    def known_epoch(self) -> str | None:
        """As `epoch`, but it may be that of a server that is gone; None before anything was written or asked."""
        return self._calls.known_epoch

    async def epoch(self) -> str:
        """Which run of the server this is: another one may have lost the last second of the one before."""
        return await self._calls.epoch()

    async def append(self, task_id: UUID, attempt: int, frames: Sequence[tuple[int, bytes]]) -> int:
        """Write and publish frames with contiguous ids; repeating a call that did arrive changes nothing.

        Returns:
            The bytes in the log.

        Raises:
            Fenced: another attempt has the log, or it ended.
            LogLost: the log does not end right before these frames.
        """
        args: list[str | bytes | int] = [attempt, frames[0][0] - 1, self._keys.live(task_id)]
        for seq, data in frames:
            args += (seq, data)
        status, size = await self._calls.run(APPEND, self._names(task_id), *args)
        if status == b"FENCED":
            raise Fenced("Another attempt writes this log.")
        if status == b"LOST":
            raise LogLost
        return int(size)

    def disconnect(self) -> None:
        """Close the connection that appends are sent on; the client stays open."""
        self._calls.close()

    async def rewrite(self, task_id: UUID, attempt: int, seq: int, snapshot: Snapshot) -> int:
        """Begin the log anew with a snapshot: after Redis lost it, or when it became too large.

        Only a writer that has just renewed its lease may do this: an empty Redis fences nobody.

        Returns:
            The bytes in the log.

        Raises:
            Fenced: a later attempt has the log, or it ended.
        """
        data = frame(snapshot, task_id=task_id, seq=seq, attempt=attempt)
        args: list[Any] = [attempt, self._keys.live(task_id), seq, data]
        async with _translated():
            status = await self._rewrite(keys=self._names(task_id), args=args)
        if status == b"FENCED":
            raise Fenced("Another attempt writes this log.")
        return len(data)

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
        """Write the last event; repeating it changes nothing.

        A snapshot made from the event's own result comes first, unless the log ends right where its writer says that
        all is written, or its sum is the result and nothing of it was lost: so subscribers end with the text that was
        committed, whoever ended the task. Where something may have been lost, the snapshot is above `floor`.

        Args:
            floor: no id above this was ever given; 0 for a task that never wrote.
            written: the last id that was given, when everything is in the log; None when that is not known.
            epoch: the run of Redis that the log was written in, when it was only one and is known.

        Returns:
            The terminal event's id.
        """
        snapshot, in_run, is_sum = snapshot_of(event.result), None, written is not None
        if floor > 0 and written is None:
            folded = await self.folded(task_id)
            if folded.last > 0 and epoch == await self.epoch():
                written, in_run = folded.last, epoch
            is_sum = (folded.text, folded.citations) == (snapshot.text, snapshot.citations)
            snapshot = snapshot.model_copy(update={"reasoning": folded.reasoning, "steps": folded.steps})
        end = UNKNOWN if written is None else written
        args: list[Any] = [floor, self._keys.live(task_id), self._retention_ms, end, int(is_sum)]
        for each in (snapshot, event):
            args += _cut(frame(each, task_id=task_id, seq=SEQ_MARK, attempt=attempt))
        return int(await self._calls.run(CLOSE, self._names(task_id), *args, epoch=in_run))

    async def folded(self, task_id: UUID) -> Folded:
        """The sum of everything in the log."""
        folded = Folded()
        for event, data in parse_frames((await self.read(task_id, after=0)).frames):
            folded.apply(event, data)
        return folded

    async def told(self, task_id: UUID) -> Told | None:
        """What the log holds of the text so far; None when there is no log."""
        epoch = await self.epoch()
        if (folded := await self.folded(task_id)).last == 0:
            return None
        return Told(folded.text, folded.citations, epoch)

    async def read(self, task_id: UUID, *, after: int, most: int | None = None) -> Entries:
        """What is in the log after an id.

        A log that lost its beginning is read from its next snapshot on, which stands for what is missing; without
        one there is nothing to go on from.

        Args:
            most: so many events at the most; `Entries.more` tells whether there may be others. None for all.
        """
        entries, (last, ended) = await self._reads((task_id, after, most))
        if last is None:
            return Entries(b"", after, ended=False, exists=False)
        more = len(entries) == most
        if entries and _id(entries[0]) > after + 1:
            if more:
                return await self.read(task_id, after=after)
            entries = _from_snapshot(entries)
        end = _id(entries[-1]) if entries else after
        frames = b"".join(fields[b"f"] for _, fields in entries)
        return Entries(frames, end, ended=ended is not None and end >= int(ended), exists=True, more=more)

    async def _read_all(self, wanted: Sequence[Reading]) -> dict[Reading, Any]:
        """Several readings on one connection; each is one moment of its log."""
        async with _translated(), self._redis.pipeline(transaction=True) as pipe:
            for task_id, after, most in wanted:
                log, meta = self._names(task_id)
                pipe.xrange(log, min=f"{after + 1}-0", count=most)
                pipe.hmget(meta, "last", "ended")
            found = await pipe.execute()
        return dict(zip(wanted, zip(found[::2], found[1::2], strict=True), strict=True))

    async def request_cancel(self, task_id: UUID) -> None:
        """Tell whoever runs a task to look at its `cancel_requested`. Best effort: the lease renewal tells too."""
        with suppress(Unavailable):
            await self._calls.publish(self._keys.cancels, str(task_id))

    def _names(self, task_id: UUID) -> list[str]:
        return [self._keys.log(task_id), self._keys.meta(task_id)]


def _id(entry: Any) -> int:
    return int(entry[0].split(b"-")[0])


def _from_snapshot(entries: Sequence[Any]) -> Sequence[Any]:
    """The entries from the first snapshot on."""
    for place, entry in enumerate(entries):
        if entry[1][b"f"].startswith(b"id: %d\nevent: stream.snapshot\n" % _id(entry)):
            return entries[place:]
    return ()


def snapshot_of(result: dict[str, Any] | None) -> Snapshot:
    """The text and citations of a terminal event's result as a snapshot."""
    result = result or {}
    whole = result.get("turn") or result.get("report") or {}
    return Snapshot(text=whole.get("content", ""), citations=whole.get("citations", []))


def _cut(data: bytes) -> list[bytes]:
    """A frame in three pieces, around its two ids."""
    return data.split(str(SEQ_MARK).encode(), 2)


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        raise Unavailable("Redis cannot be reached.") from error
