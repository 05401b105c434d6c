"""A fault that was injected, and how long those it touched waited for their next event."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from tests.chaos.watching import Watcher

UNDER_WAY_SECONDS = 0.3


@dataclass(slots=True)
class Injected:
    """One fault. `affected`: the steady clients whose next event tells how long recovery took.

    on_top: it came before the one before it was over. under: the next one came before it was over.
    """

    kind: str
    at: float
    target: str = ""
    affected: list[Watcher] = field(default_factory=list)
    on_top: bool = False
    under: bool = False

    @property
    def alone(self) -> bool:
        """Whether its recovery is its own: no other fault was being recovered from at the same time."""
        return not (self.on_top or self.under)

    def recoveries(self) -> Iterator[float]:
        """The longest wait for an event that began before or soon after the fault, of each client that got one.

        What was under way already arrives just after the fault, so the very next event would tell too little.
        """
        for watcher in self.affected:
            moments = [self.at, *(moment for moment in watcher.book.arrivals if moment > self.at)]
            waits = [after - before for before, after in pairwise(moments) if before < self.at + UNDER_WAY_SECONDS]
            if waits:
                yield max(waits)

    @property
    def recovered(self) -> bool:
        """Whether every affected client has got an event that was not under way already, or the last one."""
        return all(
            watcher.book.terminal is not None or watcher.book.arrivals[-1] > self.at + UNDER_WAY_SECONDS
            for watcher in self.affected
        )
