"""One chaos run: people and faults side by side, then quiet, then the checks."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.chaos.checks import check
from tests.chaos.curious import Curious
from tests.chaos.evidence import Evidence, gather
from tests.chaos.faults import Faults
from tests.chaos.findings import Findings
from tests.chaos.injected import Injected
from tests.chaos.options import Options
from tests.chaos.people import People
from tests.chaos.plan import Plan, make_plan
from tests.chaos.processes import World, running_world
from tests.chaos.report import details, table
from tests.chaos.web import Web

RECOVERY_SECONDS = 15.0
QUIET_SECONDS = 45.0
ON_TOP = 0.15


@dataclass(slots=True)
class Result:
    """How a run went. `text`: its table, and more when something is wrong."""

    findings: Findings
    injected: list[Injected]
    evidence: Evidence
    text: str


async def chaos(options: Options, folder: Path) -> Result:
    """Run, and check.

    Args:
        options: how large.
        folder: for data and logs; PostgreSQL must be able to enter it.
    """
    plan = make_plan(options)
    findings = Findings()
    start = time.monotonic()
    async with running_world(options, folder) as world:
        web = Web(world.stack.urls, Random(f"{options.seed} web"), findings)
        people = People(plan, web, world.model, findings)
        faults = Faults(world, people, Random(f"{options.seed} faults"))
        run = _Run(options, plan, world, people, faults)
        try:
            await run.storm(web)
            await run.quiet()
            evidence = await gather(world, people.cases, people.paused, options.limit)
        finally:
            await people.stop()
            await web.close()
    check(evidence, findings)
    text = table(evidence, faults.injected, findings, time.monotonic() - start)
    if findings.total:
        seed = f"\n\nTASKS={options.tasks} FAULTS={options.faults} SEED={options.seed} LIMIT={options.limit}\n"
        text += seed + details(evidence, faults.injected, findings, folder, start)
    return Result(findings, faults.injected, evidence, text)


class _Run:
    """The parts of a run."""

    def __init__(self, options: Options, plan: Plan, world: World, people: People, faults: Faults) -> None:
        self._options = options
        self._plan = plan
        self._world = world
        self._people = people
        self._faults = faults
        self._random = Random(f"{options.seed} pace")
        self._submitted = 0

    async def storm(self, web: Web) -> None:
        """Submit everything and inject everything, at such a pace that both end together."""
        owners = sorted({job.owner for job in self._plan.jobs})
        curious = Curious(self._people, web, owners, Random(f"{self._options.seed} looks"), self._options.limit)
        looking = [asyncio.create_task(curious.poll())]
        looking += [asyncio.create_task(curious.listen(owner)) for owner in owners[:2]]
        try:
            await asyncio.gather(self._submit(), self._inject())
        finally:
            for task in looking:
                task.cancel()
            for outcome in await asyncio.gather(*looking, return_exceptions=True):
                if isinstance(outcome, Exception):
                    raise outcome

    async def _submit(self) -> None:
        for burst in self._plan.bursts:
            while self._people.unfinished >= self._options.waiting or self._ahead():
                await asyncio.sleep(0.02)
            await self._people.submit(burst)
            self._submitted += len(burst)

    def _ahead(self) -> bool:
        """Whether the share of tasks submitted is above that of faults with the next: each is to meet some."""
        share = (len(self._faults.injected) + 1) / max(1, len(self._plan.faults))
        return self._submitted >= share * self._options.tasks

    async def _inject(self) -> None:
        on_top = False
        for kind in self._plan.faults:
            await self._until_busy()
            fault = await self._faults.inject(kind, on_top=on_top)
            count = len(self._faults.injected)
            print(f"{count:4} {kind} {fault.target}; {self._people.unfinished} unfinished", flush=True)
            fault.under = on_top = self._random.random() < ON_TOP
            end = time.monotonic() + RECOVERY_SECONDS
            while not on_top and not fault.recovered and time.monotonic() < end:
                await asyncio.sleep(0.02)
            await asyncio.sleep(self._random.random() * 0.8)
        await self._faults.heal()

    async def _until_busy(self) -> None:
        """Wait until something runs that a fault can hit."""
        end = time.monotonic() + RECOVERY_SECONDS
        while time.monotonic() < end and (self._people.unfinished or not self._ahead()):
            if any(case.running for case in self._people.cases):
                return
            await asyncio.sleep(0.02)

    async def quiet(self) -> None:
        """Wait for the end of everything, as long as anything still comes to an end."""
        settled = asyncio.create_task(self._people.settle())
        last, since = self._people.unfinished, time.monotonic()
        while not settled.done() and time.monotonic() - since < QUIET_SECONDS:
            await asyncio.wait({settled}, timeout=0.2)
            if self._people.unfinished != last:
                last, since = self._people.unfinished, time.monotonic()
        if not settled.done():
            settled.cancel()
            with suppress(asyncio.CancelledError):
                await settled
        elif settled.exception() is not None:
            settled.result()
