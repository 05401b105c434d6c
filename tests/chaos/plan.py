"""What a run does, made from its seed alone: who submits and cancels what, and which faults come in which order."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

from tests.chaos.options import Options

Kind = Literal["chat", "research", "ingest"]
When = Literal["accepted", "waiting", "started", "prefill", "writing", "ended"]

KINDS: tuple[Kind, ...] = ("chat", "research", "ingest")
FAULTS = (
    "pool child killed",
    "worker killed",
    "worker stopped (deploy)",
    "API killed",
    "API stopped (deploy)",
    "sweep killed",
    "worker frozen",
    "pool child frozen",
    "API frozen",
    "Redis restarted",
    "Redis killed",
    "Redis emptied (FLUSHALL)",
    "Redis lost its files",
    "Redis lost its last second",
    "PostgreSQL restarted",
    "PostgreSQL killed",
    "machine lost its power",
    "pub/sub cut",
    "messages delivered twice",
    "model stalls",
    "model cuts",
    "model refuses",
)
APART = (
    *("worker frozen", "pool child frozen", "API frozen"),
    *("PostgreSQL restarted", "PostgreSQL killed", "machine lost its power"),
)
"""Their recovery is shown apart: a lease, a server's own start, or how long the process stood still is part of it."""

MESSAGES_PER_SESSION = 10
CANCELS: tuple[tuple[When, int], ...] = (
    ("accepted", 2),
    ("waiting", 4),
    ("started", 4),
    ("prefill", 3),
    ("writing", 5),
    ("ended", 1),
)
WORDS = ["sluice", "gate", "water", "level", "lock", "canal", "weir", "pump", "flood", "basin", "valve", "reservoir"]


@dataclass(frozen=True, slots=True)
class Cancel:
    """When a job is cancelled, whether twice, and whether its session is paused with it and resumed later."""

    when: When
    twice: bool = False
    pause: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """One submission. `session` counts sessions over all owners. `tokens`, `rate` and `delay` steer the model."""

    number: int
    owner: str
    kind: Kind
    session: int | None
    tokens: int
    rate: int
    delay: float
    watchers: int
    words: str
    cancel: Cancel | None = None

    @property
    def marker(self) -> str:
        """What finds this job again in the model's log and in the database."""
        return f"job-{self.number:05d}"

    @property
    def text(self) -> str:
        """The message or the topic."""
        steering = {"tokens": self.tokens, "rate": self.rate, "delay": self.delay}
        return f"{self.marker} {self.words}? #upstream{json.dumps(steering)}"

    @property
    def file(self) -> bytes:
        """The document: a few pages on the words, of which research finds something."""
        paragraph = f"The {self.words} of {self.owner} is described here. " * 4
        return "\n\n".join([f"# {self.marker}", *[paragraph] * self.tokens, ""]).encode()


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole run. A burst is submitted at once; bursts follow each other."""

    seed: int
    bursts: tuple[tuple[Job, ...], ...]
    faults: tuple[str, ...]

    @property
    def jobs(self) -> Iterator[Job]:
        """All submissions."""
        return (job for burst in self.bursts for job in burst)


def make_plan(options: Options) -> Plan:
    """The plan of a seed: every kind of fault at least once, every way to cancel for every kind of task."""
    tasks, random = options.tasks, Random(options.seed)
    owners = [f"user-{n:02d}" for n in range(1, options.users + 1)]
    bursts: list[tuple[Job, ...]] = [(job,) for job in _first_documents(random, owners, tasks)]
    sessions: dict[str, list[int]] = {owner: [] for owner in owners}
    lengths: list[int] = []
    count = len(bursts)
    while count < tasks:
        owner = random.choice(owners)
        kind = random.choices(KINDS, (60, 18, 10))[0]
        size = min(random.choice((1, 1, 2, 3, 5)) if kind == "chat" else 1, tasks - count)
        session = _session(random, sessions[owner], lengths, size) if kind == "chat" else None
        jobs = [_job(random, count + n, owner, kind, session) for n in range(size)]
        bursts.append(tuple(jobs))
        count += size
    kinds = [options.only] if options.only else list(FAULTS)
    return Plan(options.seed, tuple(bursts), tuple(_faults(random, kinds, options.faults)))


def _first_documents(random: Random, owners: list[str], tasks: int) -> list[Job]:
    """Something to find for research; not cancelled, so that it is there."""
    few = owners[: max(1, tasks // 12)]
    return [replace(_job(random, n, owner, "ingest", None), cancel=None) for n, owner in enumerate(few)]


def _session(random: Random, mine: list[int], lengths: list[int], size: int) -> int:
    """A session with room for more, or a new one."""
    open_ones = [number for number in mine if lengths[number] + size <= MESSAGES_PER_SESSION]
    if open_ones and random.random() < 0.7:
        number = random.choice(open_ones)
    else:
        number = len(lengths)
        lengths.append(0)
        mine.append(number)
    lengths[number] += size
    return number


def _job(random: Random, number: int, owner: str, kind: Kind, session: int | None) -> Job:
    cancel = None
    if random.random() < 0.22:
        when = random.choices([name for name, _ in CANCELS], [weight for _, weight in CANCELS])[0]
        pause = session is not None and random.random() < 0.15
        cancel = Cancel(when, twice=random.random() < 0.3, pause=pause)
    delay = 1.5 if cancel is not None and cancel.when == "prefill" else random.choice((0.0, 0.05, 0.3, 0.6))
    return Job(
        number=number,
        owner=owner,
        kind=kind,
        session=session,
        tokens=random.randint(10, 40),
        rate=random.randint(50, 100),
        delay=delay,
        watchers=random.choice((2, 2, 3, 3, 4)),
        words=" ".join(random.sample(WORDS, 4)),
        cancel=cancel,
    )


def _faults(random: Random, kinds: list[str], count: int) -> Iterator[str]:
    random.shuffle(kinds)
    yield from kinds[:count]
    yield from (random.choice(kinds) for _ in range(count - len(kinds)))
