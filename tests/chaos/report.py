"""The table of a run, and what is needed to find out about a violation."""

from collections import Counter
from pathlib import Path
from statistics import quantiles

from tests.chaos.evidence import MARKER, Evidence
from tests.chaos.findings import Findings
from tests.chaos.injected import Injected
from tests.chaos.plan import APART, FAULTS

SHOWN = 12
SLOWEST = 5
LAST_EVENTS = 15
TAIL_BYTES = 2500


def table(evidence: Evidence, injected: list[Injected], findings: Findings, seconds: float) -> str:
    """All numbers."""
    lines = ["", f"{len(evidence.cases)} tasks, {len(injected)} faults, {seconds:.0f} s", ""]
    ends = Counter((case.job.kind, _end(evidence, case.task_id)) for case in evidence.cases)
    lines += _columns(("tasks", "completed", "failed", "cancelled", "unfinished"))
    for kind in ("chat", "research", "ingest"):
        counts = [ends[kind, end] for end in ("completed", "failed", "cancelled", "unfinished")]
        lines += _columns((kind, *map(str, counts)))
    attempts = [task["attempt"] for task in evidence.tasks.values()]
    lines += ["", f"attempts above 1: {sum(attempt > 1 for attempt in attempts)}, the most: {max(attempts, default=0)}"]
    codes = Counter(task["error"]["code"] for task in evidence.tasks.values() if task["error"])
    lines += [f"errors: {dict(codes)}", f"model calls: {len(evidence.exchanges)}", ""]
    lines += _columns(("fault", "times", "recovered", "p50 s", "p99 s", "longest"))
    alone = [fault for fault in injected if fault.alone]
    for kind in (kind for kind in FAULTS if kind not in APART):
        lines += _recovery(kind, [fault for fault in alone if fault.kind == kind])
    usual = [fault for fault in alone if fault.kind not in APART]
    lines += _recovery("all of these", usual)
    for kind in APART:
        lines += _recovery(kind, [fault for fault in alone if fault.kind == kind])
    lines += _recovery("two at a time", [fault for fault in injected if not fault.alone])
    waits = ((seconds, fault) for fault in injected for seconds in fault.recoveries())
    slowest = sorted(waits, key=lambda wait: -wait[0])[:SLOWEST]
    shown = [
        f"{seconds:.1f} s after {fault.kind} {fault.target} (fault {injected.index(fault) + 1})"
        for seconds, fault in slowest
    ]
    lines += ["", *_columns(("what", "times", "p50 s", "p99 s", "longest"))]
    lines += _columns(("cancel → upstream closed", *_spread(closings(evidence))))
    lines += ["", "slowest: " + ", ".join(shown), ""]
    for kind, found in findings.by_kind.items():
        lines.append(f"{kind:<28}{len(found):>6}")
    return "\n".join(lines)


def _end(evidence: Evidence, task_id: str) -> str:
    task = evidence.tasks.get(task_id)
    return task["status"] if task is not None and task["finished_at"] is not None else "unfinished"


def _recovery(kind: str, faults: list[Injected]) -> list[str]:
    times = sorted(seconds for fault in faults for seconds in fault.recoveries())
    touched = sum(len(fault.affected) for fault in faults)
    count, *shown = _spread(times)
    return _columns((kind, str(len(faults)), f"{count}/{touched}", *shown))


def _spread(times: list[float]) -> tuple[str, str, str, str]:
    """How many, the median, the 99th percentile and the longest, in seconds."""
    if not times:
        return "0", "-", "-", "-"
    cuts = quantiles(times, n=100, method="inclusive") if len(times) > 1 else times * 99
    return str(len(times)), f"{cuts[49]:.2f}", f"{cuts[98]:.2f}", f"{max(times):.2f}"


def closings(evidence: Evidence) -> list[float]:
    """From the click to the moment when the model server saw its connection closed, where one was open; seconds."""
    return [
        exchange["closed_at"] - case.asked_at
        for case in evidence.cases
        for exchange in evidence.calls[case.job.marker]
        if case.asked_at is not None and exchange["closed_at"] is not None and exchange["ended"] == "client_left"
        if exchange["opened_at"] <= case.asked_at <= exchange["closed_at"]
    ]


def _columns(cells: tuple[str, ...]) -> list[str]:
    return [f"{cells[0]:<28}" + "".join(f"{cell:>12}" for cell in cells[1:])]


def details(evidence: Evidence, injected: list[Injected], findings: Findings, folder: Path, start: float) -> str:
    """The violations, the clients' last events of each job concerned, the faults in order, and the ends of all logs."""
    lines: list[str] = []
    jobs: list[str] = []
    for kind, found in findings.by_kind.items():
        for what in found[:SHOWN]:
            lines.append(f"{kind}: {what}")
            jobs += MARKER.findall(what)
    for marker in list(dict.fromkeys(jobs))[:SHOWN]:
        lines += _history(evidence, marker)
    lines += ["", "faults"]
    for fault in injected:
        lines.append(f"  {fault.at - start:7.1f} s  {fault.kind} {fault.target}{' (on top)' if fault.on_top else ''}")
    for place in sorted([*folder.glob("*.log"), *folder.glob("*/*.log")]):
        tail = place.read_bytes()[-TAIL_BYTES:].decode(errors="replace")
        lines += ["", f"--- {place}", tail]
    return "\n".join(lines)


def _history(evidence: Evidence, marker: str) -> list[str]:
    lines = [""]
    for case in evidence.cases:
        if case.job.marker != marker:
            continue
        lines.append(f"{marker} is task {case.task_id}: {evidence.tasks.get(case.task_id)}")
        lines.append(f"  the plan: {case.job}")
        for watcher in case.watchers:
            lines.append(f"  {watcher.book.who}{' (steady)' if watcher.steady else ''}")
            lines += [f"    {event}" for event in watcher.book.history[-LAST_EVENTS:]]
    for exchange in evidence.calls[marker]:
        shown = {name: exchange[name] for name in ("number", "opened_at", "closed_at", "tokens", "ended", "beside")}
        lines.append(f"  model call {shown}")
    return lines
