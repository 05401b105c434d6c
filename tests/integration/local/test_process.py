import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local.process import Process, session_members
from tests.integration.local.watching import Listener, lives, wait_until

CHILDREN = str(Path(__file__).with_name("children.py"))
ROOT = Path(__file__).parents[3]


def child(*arguments: str, emit: Listener) -> Process:
    return Process([sys.executable, CHILDREN, *arguments], env=dict(os.environ), emit=emit)


async def test_a_child_that_ends_by_itself_gives_its_code_and_its_last_words() -> None:
    lines: list[str] = []
    program = "import sys; print('one'); sys.stdout.write('two'); sys.stdout.flush(); sys.exit(7)"
    process = Process([sys.executable, "-c", program], env=dict(os.environ), emit=lines.append)
    await process.start()
    assert await process.wait() == 7
    await process.kill()
    assert lines == ["one", "two"]


async def test_a_very_long_line_is_cut_not_lost() -> None:
    lines: list[str] = []
    process = Process([sys.executable, "-c", "print('x' * 300_000)"], env=dict(os.environ), emit=lines.append)
    await process.start()
    await process.wait()
    await process.kill()
    assert "".join(lines) == "x" * 300_000
    assert len(lines) > 1


async def test_a_program_that_is_not_there_is_an_os_error() -> None:
    with pytest.raises(FileNotFoundError):
        await Process(["/does/not/exist"], env={}).start()


async def test_a_child_that_goes_when_asked_is_not_forced(tmp_path: Path) -> None:
    heard = Listener()
    process = child("tells_its_end", "it", str(tmp_path / "journal"), emit=heard)
    await process.start()
    await heard.hear("listening")
    assert await process.stop(signal.SIGTERM, 20)
    assert (tmp_path / "journal").read_text() == "it\n"


async def test_a_deaf_child_is_ended_by_force_after_its_grace() -> None:
    heard = Listener()
    process = child("deaf", emit=heard)
    await process.start()
    await heard.hear("deaf")
    assert not await process.stop(signal.SIGTERM, 0.2)
    assert not lives(process.pid)


async def test_what_a_child_forked_goes_with_it(tmp_path: Path) -> None:
    heard = Listener()
    process = child("parent_of_deaf", str(tmp_path / "pid"), emit=heard)
    await process.start()
    await heard.hear("has a child")
    grandchild = int((tmp_path / "pid").read_text())
    assert {member.pid for member in session_members(process.pid)} == {process.pid, grandchild}
    await process.stop(signal.SIGTERM, 20)
    assert not lives(grandchild)


def test_a_child_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    program = f"""
import asyncio, os, sys
from local.process import Process
async def main():
    process = Process([sys.executable, {CHILDREN!r}, "tells_its_end", "it", {str(tmp_path / "journal")!r}],
                      env=dict(os.environ), emit=lambda line: print(process.pid, flush=True))
    await process.start()
    await asyncio.sleep(60)
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    wait_until(lambda: not lives(pid), "the end of the child")
    assert (tmp_path / "journal").read_text() == "it\n"
