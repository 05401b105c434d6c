"""`make up` as a whole, with small children in the place of the applications."""

import os
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from local.leftovers import find_leftovers
from tests.integration.local.watching import lives, processes_in, wait_until

ROOT = Path(__file__).parents[3]
STACK = str(Path(__file__).with_name("stack.py"))


class Run:
    """One `make up`, or the program behind it, with its output."""

    def __init__(self, folder: Path, *argv: str, **environment: str) -> None:
        self.folder = folder
        settings = {"API_PORT": "0", "FLOWER_PORT": "0", "DATA_DIR": str(folder / "data"), "NOTES": str(folder)}
        kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        self.process = subprocess.Popen(
            argv or (sys.executable, STACK),
            cwd=ROOT,
            env={**kept, **settings, "PYTHONPATH": str(ROOT), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)

    @property
    def output(self) -> str:
        return "".join(self.lines)

    def until(self, words: str) -> None:
        wait_until(lambda: words in self.output or self.process.poll() is not None, words)
        assert words in self.output, self.output

    def ready(self) -> "Run":
        self.until("to stop")
        self.until("has a child")
        self.until("deaf")
        return self

    def send(self, signum: int) -> None:
        self.process.send_signal(signum)

    def end(self) -> int:
        code = self.process.wait(60)
        self._reader.join(10)
        return code

    def left(self) -> list[psutil.Process]:
        data = self.folder / "data"
        return find_leftovers(data) + processes_in(data)


@pytest.fixture
def runs(folder: Path) -> Iterator[list[Run]]:
    started: list[Run] = []
    yield started
    for run in started:
        if run.process.poll() is None:
            run.process.kill()
            run.end()
        for process in run.left():
            process.kill()
        if run.process.stdout is not None:
            run._reader.join(10)
            run.process.stdout.close()


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_all_of_it(folder: Path, runs: list[Run], signum: int) -> None:
    runs.append(run := Run(folder))
    run.ready()
    grandchild = int((folder / "grandchild").read_text())
    run.send(signum)
    assert run.end() == 0
    assert run.left() == []
    assert not lives(grandchild)
    assert run.lines[-1] == "sluice   | Stopped.\n"


def test_it_says_where_to_look_and_answers_there(folder: Path, runs: list[Run]) -> None:
    runs.append(run := Run(folder))
    run.ready()
    address = next(line.split()[-1] for line in run.lines if "| " in line and " page " in line)
    with urllib.request.urlopen(f"{address}/readyz") as answer:
        assert answer.status == 200
    assert f"{folder / 'data'}\n" in run.output
    assert f"{address}/openapi.json\n" in run.output


def test_a_second_ctrl_c_hurries(folder: Path, runs: list[Run]) -> None:
    runs.append(run := Run(folder, STUBBORN_GRACE="600"))
    run.ready()
    run.send(signal.SIGINT)
    run.until("Ctrl-C to hurry")
    run.send(signal.SIGINT)
    assert run.end() == 0
    assert run.left() == []


def test_a_second_sigterm_does_not_hurry(folder: Path, runs: list[Run]) -> None:
    """As when a service manager tells `make` and its children at once, and `make` tells them again."""
    runs.append(run := Run(folder))
    run.ready()
    run.send(signal.SIGTERM)
    run.send(signal.SIGTERM)
    assert run.end() == 0
    assert "Hurrying" not in run.output


def test_a_signal_during_the_start_stops_what_there_is(folder: Path, runs: list[Run]) -> None:
    runs.append(run := Run(folder))
    run.until("Starting PostgreSQL")
    run.send(signal.SIGTERM)
    assert run.end() == 0
    assert run.left() == []


def test_a_child_that_died_is_started_again_and_all_of_it_still_stops(folder: Path, runs: list[Run]) -> None:
    runs.append(run := Run(folder))
    run.ready()
    postgres = next(p for p in processes_in(folder / "data") if p.name() == "postgres" and "-D" in p.cmdline())
    postgres.kill()
    run.until("postgres was ended by SIGKILL, starting again in 1 s")
    run.until("postgres was started again")
    run.send(signal.SIGTERM)
    assert run.end() == 0
    assert run.left() == []


def test_after_a_kill_the_next_run_ends_what_was_left_and_starts(folder: Path, runs: list[Run]) -> None:
    runs.append(first := Run(folder))
    first.ready()
    grandchild = int((folder / "grandchild").read_text())
    first.send(signal.SIGKILL)
    first.process.wait()
    assert lives(grandchild), "it is deaf: only the next run can end it"
    runs.append(second := Run(folder))
    second.ready()
    assert "had left behind" in second.output
    assert not lives(grandchild)
    second.send(signal.SIGTERM)
    assert second.end() == 0
    assert second.left() == []


def test_two_on_one_data_folder_are_refused_in_one_sentence(folder: Path, runs: list[Run]) -> None:
    runs.append(first := Run(folder))
    first.until("Starting PostgreSQL")
    runs.append(second := Run(folder))
    assert second.end() == 1
    assert f"is in use by another running Sluice (pid {first.process.pid})" in second.output
    assert len(second.lines) == 1


def test_sigterm_to_make_alone_is_enough(folder: Path, runs: list[Run]) -> None:
    runs.append(run := Run(folder, "make", "up", "PYTHON=true", f"PY={sys.executable} {STACK}"))
    run.ready()
    run.send(signal.SIGTERM)
    run.end()
    wait_until(lambda: not run.left(), "the end of everything", seconds=20)
    assert "Stopped." in run.output


def test_a_killed_make_takes_it_along(folder: Path, runs: list[Run]) -> None:
    runs.append(run := Run(folder, "make", "up", "PYTHON=true", f"PY={sys.executable} {STACK}"))
    run.ready()
    run.send(signal.SIGKILL)
    run.process.wait()
    wait_until(lambda: not run.left(), "the end of everything", seconds=30)
