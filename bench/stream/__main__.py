"""`python -m bench.stream [--json FILE]`: measure streams and print the table as Markdown.

Environment: `CASES` (of `1x1,100x1,1x500,idle,first`), `ROUNDS` (3), `RELAYS` (parts of names; all by default).
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from bench.stream import table
from bench.stream.children import Child, running, speaking
from bench.stream.first import first_token
from bench.stream.measure import one_idle, one_round
from bench.stream.numbers import Asked, Idle, Round, plain
from bench.stream.relay import Case, Relay
from bench.stream.relays import RELAYS, Gradio, RedisHop
from tests.services import Servers, running_servers

CASES = {
    case.name: case for case in (Case("1x1", 1, 1, 50, 4), Case("100x1", 100, 1, 10, 3), Case("1x500", 1, 500, 10, 3))
}
IDLE_CLIENTS, IDLE_STREAMS, IDLE_EVENTS = 2000, 20, 64
IDLE_ROUNDS = 2


class Bench:
    """One run.

    Args:
        servers: PostgreSQL and Valkey.
        cases: which to measure, by name.
        rounds: how often each.
        relays: which relays.
    """

    def __init__(self, servers: Servers, cases: Sequence[str], rounds: int, relays: Sequence[type[Relay]]) -> None:
        self._servers = servers
        self._names = cases
        self._count = rounds
        self._kinds = relays
        self.rounds: dict[str, dict[str, list[Round]]] = {}
        self.idle: dict[str, list[Idle]] = {}
        self.first: dict[str, list[Asked]] = {}

    async def run(self) -> None:
        """Measure everything."""
        async with running("reader", speaking("bench.stream.reader")) as reader:
            await self._measure_cases(reader)
            if "idle" in self._names:
                for _ in range(min(self._count, IDLE_ROUNDS)):
                    await self._measure_idle(reader)
            if "first" in self._names:
                await self._measure_first(reader)

    async def _measure_cases(self, reader: Child) -> None:
        cases = [case for name, case in CASES.items() if name in self._names]
        if not cases:
            return
        async with AsyncExitStack() as stack:
            services = stack.enter_context(self._servers.own())
            relays = [kind(services) for kind in self._kinds]
            for relay in relays:
                await relay.start(stack)
            for number in range(self._count):
                for case in cases:
                    say(f"round {number + 1} of {self._count}: {case.words}")
                    for relay in relays:
                        found = await one_round(relay, case, reader)
                        if found is not None:
                            self.rounds.setdefault(case.name, {}).setdefault(relay.name, []).append(found)

    async def _measure_idle(self, reader: Child) -> None:
        for kind in self._kinds:
            if kind in (RedisHop, Gradio):
                continue
            say(f"idle subscribers: {kind.name}")
            async with AsyncExitStack() as stack:
                relay = kind(stack.enter_context(self._servers.own()))
                await relay.start(stack)
                sizes = {"streams": IDLE_STREAMS, "clients": IDLE_CLIENTS, "events": IDLE_EVENTS}
                found = await one_idle(relay, reader, **sizes)
                if found is not None:
                    self.idle.setdefault(relay.name, []).append(found)

    async def _measure_first(self, reader: Child) -> None:
        say("from submitting to the first piece")
        with self._servers.own() as services:
            async with first_token(services, reader) as asked:
                for _ in range(self._count):
                    await asked.one_round()
                self.first = asked.results()

    def markdown(self) -> str:
        """All tables."""
        parts = [f"Measured {table.machine()}, {self._count} rounds."]
        parts += [table.case_table(CASES[name], rounds) for name, rounds in self.rounds.items()]
        if self.idle:
            parts.append(table.idle_table(IDLE_CLIENTS, IDLE_STREAMS, IDLE_EVENTS, self.idle))
        if self.first:
            parts.append(table.first_table(self.first))
        parts.append(table.goals_table(table.goals(self.rounds, self.idle, self.first)))
        return "\n\n".join(parts)


def say(line: str) -> None:
    """Progress, apart from the result."""
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="bench.stream", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures of every round here too")
    arguments = parser.parse_args()
    names = os.environ.get("CASES", ",".join([*CASES, "idle", "first"])).split(",")
    wanted = os.environ.get("RELAYS", "").lower().split(",")
    relays = [kind for kind in RELAYS if any(part in kind.name.lower() for part in wanted)]
    with running_servers() as servers:
        bench = Bench(servers, names, int(os.environ.get("ROUNDS", "3")), relays)
        asyncio.run(bench.run())
    print(bench.markdown())
    if arguments.json is not None:
        results = {"machine": table.machine(), "cases": bench.rounds, "idle": bench.idle, "first": bench.first}
        arguments.json.write_text(json.dumps(plain(results), indent=1))


if __name__ == "__main__":
    main()
