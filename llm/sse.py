"""Reading a model server's event stream."""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field

STRAY_LIMIT = 65_536
"""Bytes kept of a body that is no event stream."""


@dataclass(slots=True)
class EventReader:
    """Turns bytes into the data of server-sent events.

    The SDK's own reader does not tell whether `[DONE]` came or the body just ended, and takes every
    body for an event stream; a cut answer and a web page must be told from an answer here.

    `stray` is the beginning of what did not look like an event stream at all.
    `truncated`: the last event given was never ended by an empty line.
    """

    stray: bytes = b""
    truncated: bool = False
    _rest: bytes = b""
    _data: list[bytes] = field(default_factory=list)

    async def events(self, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        """The data of each event, as it is completed; at the end, that of an event cut short."""
        async for chunk in chunks:
            lines = (self._rest + chunk).split(b"\n")
            self._rest = lines.pop()
            for line in lines:
                if (event := self._take(line.removesuffix(b"\r"))) is not None:
                    yield event
        self._take(self._rest.removesuffix(b"\r"))
        if self._data:
            self.truncated = True
            yield b"\n".join(self._data)

    def _take(self, line: bytes) -> bytes | None:
        if not line:
            if not self._data:
                return None
            event = b"\n".join(self._data)
            self._data.clear()
            return event
        name, separator, value = line.partition(b":")
        # llama.cpp's server writes a failure in the middle of a stream as `error: {…}`.
        if separator and name in (b"data", b"error"):
            self._data.append(value.removeprefix(b" "))
        elif not (separator and name in (b"", b"event", b"id", b"retry")) and len(self.stray) < STRAY_LIMIT:
            self.stray = (self.stray + line + b"\n")[:STRAY_LIMIT]
        return None
