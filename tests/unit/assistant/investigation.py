"""A small research that tests vary."""

from typing import Any

from assistant.research import research
from streaming.events import Answer
from tests.unit.assistant.fakes import FakeEngine, FakeJournal, FakeLibrary, hit

LEASE = hit("A lease lasts three seconds and is renewed by the worker.", "Design", page=3, heading="Leases")
SWEEP = hit("The sweep requeues a task whose lease expired.", "Design", page=4, heading="The sweep")
TULIPS = hit("Tulips are planted in autumn.", "Garden")
PLAN = '{"question": "How long does a lease last?"}\n{"question": "What does the sweep do with an expired lease?"}'
RULES = (
    ("plan the research", PLAN),
    ("take notes", "- A lease lasts three seconds [1]."),
    ("check the notes", '{"question": "Who renews the lease?"}'),
    ("research report", "## Summary\n\nThree seconds [1]; swept after that [2]. Not [77]."),
)


async def run(topic: str = "leases of the sweep", **options: Any) -> list[Answer]:
    given: dict[str, Any] = {
        "engine": FakeEngine(*RULES),
        "library": FakeLibrary(LEASE, SWEEP, TULIPS),
        "web": None,
        "journal": FakeJournal(),
        "sources": frozenset({"library"}),
        "depth": 1,
        "context_tokens": 8192,
        "answer_tokens": 1024,
        "pace": 0,
    }
    return [event async for event in research(topic, **{**given, **options})]
