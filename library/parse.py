"""Reading a file in a child process that is limited in time and memory and dies when nobody waits for it."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from errors import DocumentError
from library.blocks import Block, Opened, Piece, Properties, Reached

MAX_CHARACTERS = 20_000_000
"""Of one document: about 10,000 pages."""
MAX_OUTPUT_BYTES = 400_000_000
_ROOT = Path(__file__).resolve().parent.parent
_CHUNK = 256 * 1024
_CODES = frozenset({"unsupported_type", "not_readable", "encrypted", "no_text", "too_slow", "too_big"})


@dataclass(frozen=True, slots=True)
class Limits:
    """`seconds` of wall clock and `memory_bytes` of address space that reading one file may take."""

    seconds: float
    memory_bytes: int
    characters: int = MAX_CHARACTERS


async def parse(content: bytes, media_type: str, limits: Limits) -> AsyncGenerator[Piece, None]:
    """What is in a file, as `library.blocks` describes, while it is being read.

    Closing the iterator, or cancelling its consumer, kills the child and its process group.

    Raises:
        DocumentError: `not_readable`, `encrypted`, `no_text`, `too_slow`, `too_big`, `unsupported_type`.
    """
    with tempfile.TemporaryDirectory(prefix="sluice-parse-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "file"
        await asyncio.to_thread(path.write_bytes, content)
        deadline = asyncio.get_running_loop().time() + limits.seconds
        process = await _start(path, media_type, limits, folder)
        try:
            async with aclosing(_lines(process, deadline)) as lines:
                async for line in lines:
                    piece = _piece(line)
                    if piece is None:
                        return
                    yield piece
            raise _death(await process.wait())
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            _close_pipes(process)


async def _start(path: Path, media_type: str, limits: Limits, folder: str) -> asyncio.subprocess.Process:
    # Nothing of our environment: a parser that was taken over finds no keys and no addresses there.
    environment = {"PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8", "TMPDIR": folder}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "library.parse_child",
        str(path), media_type, str(limits.memory_bytes), str(int(limits.seconds) + 1), str(limits.characters),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        cwd=folder, env=environment, start_new_session=True,
    )  # fmt: skip


async def _lines(process: asyncio.subprocess.Process, deadline: float) -> AsyncGenerator[list[Any], None]:
    """The lines of the child's output, until it ends."""
    assert process.stdout is not None
    rest = b""
    size = 0
    while True:
        try:
            async with asyncio.timeout_at(deadline):
                chunk = await process.stdout.read(_CHUNK)
        except TimeoutError as error:
            raise DocumentError("The file took too long to read.", code="too_slow") from error
        size += len(chunk)
        if size > MAX_OUTPUT_BYTES:
            raise DocumentError("The file holds more text than a document may have.", code="too_big")
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield json.loads(line)
        if not chunk:
            return


def _piece(line: list[Any]) -> Piece | None:
    """One line of the child as a piece; None at the end."""
    match line:
        case ["block", text, headings, page]:
            return Block(text, tuple(headings), page)
        case ["reached", done]:
            return Reached(done)
        case ["opened", total, unit]:
            return Opened(total, unit)
        case ["properties", title, language, pages]:
            return Properties(title, language, pages)
        case ["end"]:
            return None
        case ["error", code, message] if code in _CODES:
            raise DocumentError(message, code=code)
    raise DocumentError("The file made its reader fail.", code="not_readable")


def _death(status: int) -> DocumentError:
    """Why a child ended without its last line."""
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        return DocumentError("The file took too long to read.", code="too_slow")
    return DocumentError("The file made its reader fail: it is damaged, or too complex.", code="not_readable")


def _close_pipes(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
