"""Scripts and other calls of Redis that are made very often, over a `Wire`."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha1
from typing import Any, Self

import hiredis
import redis.asyncio as redis

from errors import Unavailable
from streaming.address import Address, Command
from streaming.wire import Wire

FIRST: Command = ("PING",)
"""Redis sends what it has for its clients beginning with the one that last got something to be sent. A writer that is
answered before its script runs is sent its answer after the subscribers have the events, not before them."""


@dataclass(frozen=True, slots=True)
class Script:
    """A Lua script and the name the server keeps it under."""

    code: str
    sha: str

    @classmethod
    def of(cls, code: str) -> Self:
        """The script with its name."""
        return cls(code, sha1(code.encode(), usedforsecurity=False).hexdigest())


class Calls:
    """One connection, opened by the first call.

    Args:
        client: where to connect to.
    """

    def __init__(self, client: "redis.Redis") -> None:
        self._wire = Wire(Address.of_client(client))

    @property
    def known_epoch(self) -> str | None:
        """As `epoch`, but it may be that of a server that is gone; None before the first call."""
        return self._wire.epoch

    async def epoch(self) -> str:
        """Which run of the server this is: another one may have lost the last second of the one before.

        Raises:
            Unavailable: Redis cannot be reached.
        """
        try:
            await self._wire.connect()
        except OSError as error:
            raise Unavailable("Redis cannot be reached.") from error
        assert self._wire.epoch is not None
        return self._wire.epoch

    async def run(self, script: Script, keys: Sequence[str], *args: str | bytes | int, epoch: str | None = None) -> Any:
        """Run a script; the server learns it at the first time.

        Args:
            script: which.
            keys: its keys.
            args: its arguments.
            epoch: the only run of the server that may do it.

        Raises:
            Unavailable: Redis cannot be reached, or refuses, or is another run; but for the last, whether the script
                ran is not known.
        """
        reply = await self._call_in(epoch, FIRST, ("EVALSHA", script.sha, len(keys), *keys, *args))
        if isinstance(reply, hiredis.ReplyError) and str(reply).startswith("NOSCRIPT"):
            reply = await self._call_in(epoch, FIRST, ("EVAL", script.code, len(keys), *keys, *args))
        return _accepted(reply)

    async def publish(self, channel: str, message: str | bytes) -> None:
        """Say something on a channel.

        Raises:
            Unavailable: Redis cannot be reached, or refuses; whether it was said is not known.
        """
        _accepted(await self._call(("PUBLISH", channel, message)))

    def close(self) -> None:
        """Close the connection."""
        self._wire.close()

    async def _call_in(self, epoch: str | None, *commands: Command) -> Any:
        if epoch is not None and epoch != await self.epoch():
            raise Unavailable("Redis was restarted.")
        return await self._call(*commands)  # on the same connection: nothing can come in between

    async def _call(self, *commands: Command) -> Any:
        """The reply to the last of the commands."""
        try:
            [*_, reply] = await self._wire.call(*commands)
        except OSError as error:
            raise Unavailable("Redis cannot be reached.") from error
        return reply


def _accepted(reply: Any) -> Any:
    if isinstance(reply, hiredis.ReplyError):
        raise Unavailable(f"Redis refuses: {reply}")
    return reply
