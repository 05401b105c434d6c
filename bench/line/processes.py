"""Processes of a system under test: started, metered, stopped in their tracks while another's turn is."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from local.process import die_with_parent
from settings import Settings

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 10


@contextmanager
def child(
    argv: Sequence[str], output: Path, environment: Mapping[str, str], *, first_line: bool = False
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process while the block runs, and the first line it printed when `first_line`, else ""."""
    with output.open("ab") as log:
        process = subprocess.Popen(
            argv,
            cwd=ROOT,
            env={**clean_environment(), **environment},
            stdout=subprocess.PIPE if first_line else log,
            stderr=log,
            text=True,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
    try:
        line = process.stdout.readline().strip() if process.stdout is not None else ""
        yield process, line
    finally:
        end(process)


def end(process: "subprocess.Popen[str]") -> None:
    """End a process with all it forked, frozen or not."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGCONT)
        process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def clean_environment() -> dict[str, str]:
    """This process's environment without settings of Sluice."""
    ours = {name.upper() for name in Settings.model_fields}
    return {name: value for name, value in os.environ.items() if name not in ours}


def cpu_seconds(roots: Mapping[str, int]) -> dict[str, float]:
    """User and system time so far of each named process, with its children, those that ended included."""
    return {name: _of_tree(pid) for name, pid in roots.items()}


def _of_tree(pid: int) -> float:
    total = 0.0
    for process in _tree(pid):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
            if process.pid == pid:
                total += times.children_user + times.children_system
    return total


def send_all(number: int, pid: int) -> None:
    """A signal to a process and all its children."""
    for process in _tree(pid):
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def _tree(pid: int) -> list[psutil.Process]:
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
