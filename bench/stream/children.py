"""Processes of the benchmark: started, asked by a line of JSON, and ended."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from settings import Settings
from tests.services import ROOT
from tests.stack import free_port

__all__ = ["Child", "free_port", "running", "speaking"]

PEERS = ROOT / "bench" / "peers"
PEERS_PYTHON = ROOT / ".venv-peers" / "bin" / "python"
START_SECONDS = 60.0


class Child:
    """A child process that may take lines of JSON and answer each with one."""

    def __init__(self, process: asyncio.subprocess.Process, name: str) -> None:
        self._process = process
        self.name = name

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def ask(self, request: Mapping[str, Any]) -> Any:
        """Send a line and wait for the answer.

        Raises:
            RuntimeError: it ended.
        """
        await self.tell(request)
        return await self.answer()

    async def tell(self, request: Mapping[str, Any]) -> None:
        """Send a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        await self._process.stdin.drain()

    async def answer(self) -> Any:
        """Wait for the next line."""
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended, with {await self._process.wait()}")
        return json.loads(line)

    async def stop(self) -> None:
        """End it, by force when it does not by itself."""
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(8):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def running(
    name: str, argv: Sequence[str], environment: Mapping[str, str] | None = None, *, port: int | None = None
) -> AsyncIterator[Child]:
    """A child while the block runs; with a port, it listens there when the block begins.

    Args:
        name: for messages.
        argv: its command.
        environment: settings besides this process's own surroundings, without its settings.
        port: where it will listen.
    """
    ours = {each.upper() for each in Settings.model_fields}
    clean = {key: value for key, value in os.environ.items() if key not in ours}
    process = await asyncio.create_subprocess_exec(
        *argv,
        cwd=ROOT,
        env={**clean, **(environment or {})},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
    )
    child = Child(process, name)
    try:
        if port is not None:
            await _listens(process, name, port)
        yield child
    finally:
        await child.stop()


def speaking(module: str) -> list[str]:
    """How a module of ours is started."""
    return [sys.executable, "-m", module]


async def _listens(process: asyncio.subprocess.Process, name: str, port: int) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            if process.returncode is not None:
                raise RuntimeError(f"{name} ended at its start, with {process.returncode}")
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
