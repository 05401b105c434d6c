"""Keeps services running: started in stages, restarted when they die, stopped in reverse order."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from local.commands import PYTHON, Command
from local.problem import StartError
from local.process import Emit, Process

FIRST_DELAY = 1.0
LONGEST_DELAY = 30.0
HEALTHY_AFTER = 30.0


class Service(Protocol):
    """Something that can be started again and again. `start` returns when it can be used."""

    name: str

    async def start(self) -> object:
        """Start it. Raises StartError or OSError."""

    async def wait(self) -> int:
        """Wait for its end; its exit code."""

    async def stop(self) -> bool:
        """End it in good order, by force when that takes too long: whether it went by itself.

        Nothing of it lives afterwards.
        """

    async def hurry(self) -> None:
        """End it as fast as its data allows."""


class CommandService:
    """A `Command` as a service.

    Args:
        command: what to run.
        env: the whole environment, to which the command's own is added.
        cwd: where it runs.
        emit: gets its output line by line.
    """

    def __init__(self, command: Command, *, env: Mapping[str, str], cwd: Path, emit: Emit) -> None:
        self.name = command.name
        self._command = command
        program = sys.executable if command.argv[0] == PYTHON else command.argv[0]
        self._process = Process(
            [program, *command.argv[1:]],
            env={**env, **command.env},
            cwd=cwd,
            emit=emit,
            death_signal=command.stop_signal,
        )

    @property
    def pid(self) -> int:
        """Of the process started last."""
        return self._process.pid

    async def start(self) -> None:
        """Fork and exec; that it serves is for others to find out."""
        await self._process.kill()
        await self._process.start()

    async def wait(self) -> int:
        """Wait for its end; its exit code, negative for a signal."""
        return await self._process.wait()

    async def stop(self) -> bool:
        """The command's own signal, its grace, then force; whether it went by itself."""
        return await self._process.stop(self._command.stop_signal, self._command.grace)

    async def hurry(self) -> None:
        """SIGKILL to it and all it forked."""
        await self._process.kill()


class Supervisor:
    """Runs stages of services.

    Args:
        say: tells the person what happens, one line at a time.
        first_delay: seconds before a dead service is started again; doubled each time up to half a minute, and
            back at the start after it has run for that long.
    """

    def __init__(self, say: Callable[[str], None], *, first_delay: float = FIRST_DELAY) -> None:
        self._say = say
        self._first_delay = first_delay
        self._stages: list[list[Service]] = []
        self._watches: list[asyncio.Task[None]] = []

    async def start(self, stage: Sequence[Service]) -> None:
        """Start the services of one stage side by side, and watch them from then on. Raises what a start raises."""
        self._stages.append(list(stage))
        results = await asyncio.gather(*(service.start() for service in stage), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        for service in stage:
            self._watches.append(asyncio.create_task(self._watch(service)))

    async def stop(self) -> None:
        """Stop everything, the stage started last first. Cancelling this leaves the rest for `hurry`."""
        await self._end_watches()
        for stage in self._stages[::-1]:
            await asyncio.gather(*(self._stop(service) for service in reversed(stage)))
            self._stages.remove(stage)

    async def _stop(self, service: Service) -> None:
        if not await service.stop():
            self._say(f"{service.name} did not stop in time and was ended by force")

    async def hurry(self) -> None:
        """Stop everything without waiting for what it still has to do."""
        await self._end_watches()
        for stage in self._stages[::-1]:
            await asyncio.gather(*(service.hurry() for service in stage))
        self._stages.clear()

    async def _end_watches(self) -> None:
        for watch in self._watches:
            watch.cancel()
        await asyncio.gather(*self._watches, return_exceptions=True)
        self._watches.clear()

    async def _watch(self, service: Service) -> None:
        delay = self._first_delay
        while True:
            began = time.monotonic()
            code = await service.wait()
            if time.monotonic() - began > HEALTHY_AFTER:
                delay = self._first_delay
            self._say(f"{service.name} {ending(code)}, starting again in {delay:g} s")
            delay = await self._start_again(service, delay)

    async def _start_again(self, service: Service, delay: float) -> float:
        """Try until it starts; the delay to use after its next death."""
        while True:
            await asyncio.sleep(delay)
            delay = min(delay * 2, LONGEST_DELAY)
            try:
                await service.start()
            except (StartError, OSError) as error:
                self._say(f"{service.name} did not start, trying again in {delay:g} s: {error}")
            else:
                self._say(f"{service.name} was started again")
                return delay


def ending(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"exited with code {code}"
    return f"was ended by {_signal_name(-code)}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def child_environment(values: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with `values` on top, and Python's output unbuffered so that lines come at once."""
    return {**os.environ, "PYTHONUNBUFFERED": "1", **values}
