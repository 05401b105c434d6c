"""The results as Markdown, with the goals and whether they are reached."""

import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from os import cpu_count
from statistics import median

from bench.stream.first import ENGINE, GRADIO, OURS
from bench.stream.numbers import Asked, Goal, Idle, Round, as_table, middle, middle_idle, over_floor, over_other
from bench.stream.relay import Case
from bench.stream.relays import Ours, PureAsgi, RedisHop, SseStarlette

Rounds = Mapping[str, Sequence[Round]]

RELAY_GOALS = {"1x1": 1.2, "100x1": 1.25}
CPU_GOAL = 0.85
IDLE_KIB_GOAL = 13.0
REDIS_GOAL = 2.0
FIRST_MS_GOAL = 5.0


def machine() -> str:
    """Where and when."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"{now}, {cpu_count()} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}"


def case_table(case: Case, rounds: Rounds) -> str:
    """One case: how late events are, and what they cost."""
    floors = _floors(rounds)
    rows = []
    for name, measured in rounds.items():
        each = middle(measured)
        ratio = f"{over_floor(measured, floors):.2f}" if floors and each.server_us is not None else None
        server = f"{each.server_us:.0f}" if each.server_us is not None else None
        latencies = (f"{each.p50_us:.0f}", f"{each.p99_us:.0f}")
        rows.append((name, *latencies, ratio, server, each.redis, f"{each.reader_us:.0f}", each.events, each.holes))
    head = ("", "p50 µs", "p99 µs", "p50 ÷ floors", "server CPU µs", "Redis conn.", "reader CPU µs", "events", "holes")
    return f"### {case.words}\n\n{as_table(head, rows)}"


def idle_table(clients: int, streams: int, events: int, rounds: Mapping[str, Sequence[Idle]]) -> str:
    """Subscribers that wait."""
    rows = []
    for name, measured in rounds.items():
        each = middle_idle(measured)
        figures = (f"{each.kib_each:.1f}", each.redis, f"{each.connects_per_second:.0f}", f"{each.idle_percent:.1f}")
        rows.append((name, *figures))
    head = ("", "KiB each", "Redis conn. for them", "connects a second", "CPU % while idle")
    words = f"{clients} idle subscribers of {streams} streams, {events} events replayed to each"
    return f"### {words}\n\n{as_table(head, rows)}"


def first_table(rounds: Mapping[str, Sequence[Asked]]) -> str:
    """From submitting to the first piece."""
    rows = [
        (name, f"{median(each.p50_ms for each in asked):.1f}", f"{median(each.p90_ms for each in asked):.1f}")
        for name, asked in rounds.items()
    ]
    return f"### From submitting to the first piece of the answer\n\n{as_table(('', 'p50 ms', 'p90 ms'), rows)}"


def goals(
    cases: Mapping[str, Rounds], idle: Mapping[str, Sequence[Idle]], first: Mapping[str, Sequence[Asked]]
) -> list[Goal]:
    """Those that what was measured can tell of."""
    found = []
    for name, most in RELAY_GOALS.items():
        rounds = cases.get(name, {})
        if Ours.name in rounds and _floors(rounds):
            value = over_floor(rounds[Ours.name], _floors(rounds))
            found.append(Goal(f"{name}: relay p50 ÷ (raw hop + direct pure ASGI)", value, most))
    rounds = cases.get("100x1", {})
    if Ours.name in rounds and SseStarlette.name in rounds:
        value = over_other(rounds[Ours.name], rounds[SseStarlette.name])
        found.append(Goal("100x1: API CPU per event ÷ direct sse-starlette", value, CPU_GOAL))
        found.append(
            Goal("100x1: Redis connections of the API process", middle(rounds[Ours.name]).redis or 0, REDIS_GOAL)
        )
    if Ours.name in idle:
        each = middle_idle(idle[Ours.name])
        found.append(Goal("idle: KiB for each subscriber", each.kib_each, IDLE_KIB_GOAL))
        found.append(Goal("idle: Redis connections for all subscribers", each.redis, REDIS_GOAL))
    if OURS in first and ENGINE in first:
        over = [ours.p50_ms - direct.p50_ms for ours, direct in zip(first[OURS], first[ENGINE], strict=True)]
        found.append(Goal("first token: ms over a direct call", median(over), FIRST_MS_GOAL))
    if OURS in first and GRADIO in first:
        theirs = median(each.p50_ms for each in first[GRADIO])
        found.append(Goal("first token: ms, at most Gradio's", median(each.p50_ms for each in first[OURS]), theirs))
    return found


def goals_table(found: Sequence[Goal]) -> str:
    """Each goal and whether it is reached."""
    rows = [(each.words, f"{each.value:.2f}", f"{each.most:.2f}", "yes" if each.reached else "no") for each in found]
    return f"### Goals\n\n{as_table(('', 'measured', 'at most', 'reached'), rows)}"


def _floors(rounds: Rounds) -> list[Sequence[Round]]:
    """The two floors that a relay stands on, when both were measured."""
    names = (RedisHop.name, PureAsgi.name)
    return [rounds[name] for name in names] if all(name in rounds for name in names) else []
