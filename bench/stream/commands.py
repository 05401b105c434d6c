"""A child's side of the lines of JSON between the benchmark and its processes."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from typing import Any


async def requests() -> AsyncIterator[dict[str, Any]]:
    """The lines of standard input until it ends."""
    reader = asyncio.StreamReader(limit=2**24)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield json.loads(line)


def answer(value: object) -> None:
    """Answer with one line."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()
