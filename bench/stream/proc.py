"""What Linux says about a process: processor time and memory."""

from pathlib import Path

PAGES_SEPARATED = "Private_Clean:", "Private_Dirty:"


def cpu_ns(pid: int) -> int:
    """Processor time of a process so far, all its threads, in nanoseconds.

    From `/proc/PID/task/*/schedstat`, since `/proc/PID/stat` counts in steps of 10 ms.
    """
    return sum(int(path.read_text().split()[0]) for path in Path(f"/proc/{pid}/task").glob("*/schedstat"))


def resident_kib(pid: int) -> int:
    """Memory that a process alone holds, in KiB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(PAGES_SEPARATED))
