"""How large a run is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """`limit`: slots that all workers share. `waiting`: unfinished tasks at a time, at most. `only`: this fault."""

    tasks: int = 1000
    faults: int = 200
    seed: int = 1
    limit: int = 2
    users: int = 12
    waiting: int = 14
    only: str = ""
