"""What each kind of task does when it runs; its module says so."""

from collections.abc import AsyncIterator, Callable

from db.models import TaskRow
from streaming.events import Answer
from tasks.child import Child

Produce = Callable[[Child, TaskRow, str], AsyncIterator[Answer]]
"""Makes the events of a claimed task, from the first character of its text on; the string is how an earlier attempt
began it. Closing the iterator must close whatever it holds open."""

_producers: dict[str, Produce] = {}


def produces(kind: str) -> Callable[[Produce], Produce]:
    """Register what makes the events of a kind of task."""

    def register(produce: Produce) -> Produce:
        _producers[kind] = produce
        return produce

    return register


def producer_of(kind: str) -> Produce:
    """What makes the events of tasks of this kind."""
    return _producers[kind]
