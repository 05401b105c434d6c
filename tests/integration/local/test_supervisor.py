import asyncio
import os
import signal
from pathlib import Path

import pytest

from local.commands import PYTHON, Command
from local.supervisor import CommandService, Supervisor
from tests.integration.local.watching import Listener, lives

CHILDREN = str(Path(__file__).with_name("children.py"))


def service(name: str, *arguments: str, heard: Listener, grace: float = 20.0) -> CommandService:
    command = Command(name, (PYTHON, CHILDREN, *arguments), grace=grace)
    return CommandService(command, env=dict(os.environ), cwd=Path.cwd(), emit=heard)


async def test_a_dead_child_is_started_again_and_said_so_with_a_growing_pause(tmp_path: Path) -> None:
    heard = Listener()
    supervisor = Supervisor(heard, first_delay=0.05)
    await supervisor.start([service("api", "dies", "2", str(tmp_path / "count"), heard=heard)])
    await heard.hear("api was started again", times=2)
    assert heard.lines == [
        "api exited with code 3, starting again in 0.05 s",
        "api was started again",
        "api exited with code 3, starting again in 0.1 s",
        "api was started again",
    ]
    await supervisor.stop()


async def test_a_child_killed_from_outside_is_said_by_its_signal(tmp_path: Path) -> None:
    heard = Listener()
    supervisor = Supervisor(heard, first_delay=0.05)
    worker = service("worker", "parent_of_deaf", str(tmp_path / "pid"), heard=heard)
    await supervisor.start([worker])
    await heard.hear("has a child")
    first = int((tmp_path / "pid").read_text())
    os.kill(worker.pid, signal.SIGKILL)
    await heard.hear("worker was ended by SIGKILL, starting again in 0.05 s")
    await heard.hear("has a child", times=2)
    second = int((tmp_path / "pid").read_text())
    assert first != second
    assert not lives(first), "what the dead child had forked must not live beside its successor's"
    await supervisor.stop()
    assert not lives(second)


async def test_stages_stop_in_reverse_order(tmp_path: Path) -> None:
    heard = Listener()
    supervisor = Supervisor(heard)
    journal = tmp_path / "journal"
    for name in ("database", "redis", "api"):
        await supervisor.start([service(name, "tells_its_end", name, str(journal), heard=heard)])
    await heard.hear("listening", times=3)
    await supervisor.stop()
    assert journal.read_text().split() == ["api", "redis", "database"]


async def test_stop_while_a_child_waits_for_its_next_start(tmp_path: Path) -> None:
    heard = Listener()
    supervisor = Supervisor(heard, first_delay=60)
    await supervisor.start([service("api", "dies", "9", str(tmp_path / "count"), heard=heard)])
    await heard.hear("api exited with code 3, starting again in 60 s")
    async with asyncio.timeout(10):
        await supervisor.stop()


async def test_one_that_had_to_be_forced_is_told() -> None:
    heard = Listener()
    supervisor = Supervisor(heard)
    await supervisor.start([service("stubborn", "deaf", heard=heard, grace=0.2)])
    await heard.hear("deaf")
    await supervisor.stop()
    assert heard.lines[-1] == "stubborn did not stop in time and was ended by force"


async def test_hurry_does_not_wait_for_graces() -> None:
    heard = Listener()
    supervisor = Supervisor(heard)
    deaf = service("deaf", "deaf", heard=heard, grace=600)
    await supervisor.start([deaf])
    await heard.hear("deaf")
    stopping = asyncio.create_task(supervisor.stop())
    done, _ = await asyncio.wait({stopping}, timeout=0.2)
    assert not done
    stopping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopping
    async with asyncio.timeout(20):
        await supervisor.hurry()
    assert not lives(deaf.pid)


async def test_a_program_that_cannot_be_run_is_an_error_of_the_start() -> None:
    heard = Listener()
    supervisor = Supervisor(heard)
    absent = CommandService(Command("absent", ("/does/not/exist",)), env={}, cwd=Path.cwd(), emit=heard)
    with pytest.raises(FileNotFoundError):
        await supervisor.start([absent])
    await supervisor.stop()
