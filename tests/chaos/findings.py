"""What was found wrong, by kind of promise; every kind must stay at zero."""

from dataclasses import dataclass, field

KINDS = (
    "lost",
    "doubled",
    "gaps",
    "out of order",
    "over the limit",
    "unseen earlier turns",
    "left open",
    "text differs",
    "ends differ",
    "seen by others",
    "wrong answers",
)


@dataclass(slots=True)
class Findings:
    """Sentences by kind."""

    by_kind: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    def add(self, kind: str, what: str) -> None:
        """Note one."""
        self.by_kind[kind].append(what)

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(map(len, self.by_kind.values()))
