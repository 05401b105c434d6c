"""What one client received of one stream, checked as it comes: each event once, in order, without a gap."""

import time
from typing import Any

from streaming.fold import Folded
from tests.chaos.findings import Findings

TERMINAL = {"task.completed": "completed", "task.failed": "failed", "task.cancelled": "cancelled"}
UNLOGGED = ("queue.position", "stream.closing")


class Book:
    """One client's events.

    Args:
        who: names the client in findings.
        task_id: whose events they must be.
        findings: where to note what is wrong.
    """

    def __init__(self, who: str, task_id: str, findings: Findings) -> None:
        self.who = who
        self.folded = Folded()
        self.arrivals: list[float] = []
        self.history: list[str] = []
        self._task_id = task_id
        self._findings = findings

    @property
    def terminal(self) -> tuple[str, dict[str, Any]] | None:
        """The last event, once it came."""
        return self.folded.terminal

    def start_over(self) -> None:
        """Forget the state, as a reloaded page does."""
        self.folded = Folded()
        self._say("-- from the beginning")

    def note(self, what: str) -> None:
        """Something that is no event, for the history."""
        self._say(f"-- {what}")

    def _say(self, what: str) -> None:
        self.history.append(f"{time.monotonic():.2f} {what}")

    def take(self, event: str, data: dict[str, Any]) -> None:
        """The next event as it came."""
        if data.get("task_id") != self._task_id:
            self._findings.add("seen by others", f"{self.who}: an event of task {data.get('task_id')}")
        if event in UNLOGGED:
            return
        seq, last = data["seq"], self.folded.last
        text = data.get("text")
        self._say(f"{seq} {event} attempt {data['attempt']}" + ("" if text is None else f" {len(text)} chars"))
        if self.terminal is not None:
            self._findings.add("doubled", f"{self.who}: {seq} {event} after the terminal event")
        elif seq <= last:
            self._findings.add("doubled", f"{self.who}: {seq} {event} after {last}")
        elif seq != last + 1 and event != "stream.snapshot":
            self._findings.add("gaps", f"{self.who}: {seq} {event} after {last}")
        elif data["attempt"] < self.folded.attempt:
            self._findings.add("out of order", f"{self.who}: attempt {data['attempt']} after {self.folded.attempt}")
        self.arrivals.append(time.monotonic())
        self.folded.apply(event, data)
