"""`make soak`: `MINUTES=30 SEED=1`, from the environment. One line a minute; in the end, what has grown.

The stack is real, with two API processes. The goal: no process of the API is larger in the last minute than 1.1 times
what it was in the fifth, and their open files and Redis connections are as many after the run as before. Pools of
connections open one when all they have are in use: so before the first count, crowds come until a pool has none to
open any more.
"""

import asyncio
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import psutil
import redis.asyncio as redis

from local.services import temporary_folder
from tests.services import Services, running_servers
from tests.soak.load import Load
from tests.stack import Stack, running_stack, until
from tests.upstream import Upstream

GOAL = 1.1
WARM_MINUTES = 5
APIS = ("api", "api-2")
SETTLE_SECONDS = 4.0
SAME_CROWDS, MOST_CROWDS = 5, 40
"""After so many crowds without another open file the pools are full; they must be by the time of the second number."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One look.

    `rss`: MiB by process, with what it forked. `files`: open files and sockets of the API processes, `redis`: those of
    them that lead to Redis. `clients`: all that Redis has. `cpu`: seconds of all processes so far.
    """

    rss: dict[str, float]
    files: int
    redis: int
    clients: int
    cpu: float

    def line(self, minute: str) -> str:
        """As a row of the table."""
        sizes = " ".join(f"{size:>9.1f}" for size in self.rss.values())
        return f"{minute:>7} {sizes} {self.files:>7} {self.redis:>7} {self.clients:>7} {self.cpu:>7.1f}"


async def look(stack: Stack, services: Services) -> Sample:
    """Measure now."""
    rss, cpu = {}, 0.0
    for name, process in stack.processes.items():
        leader = psutil.Process(process.pid)
        family = [leader, *leader.children(recursive=True)]
        rss[name] = sum(each.memory_info().rss for each in family) / 2**20
        cpu += sum(sum(each.cpu_times()[:2]) for each in family)
    servers = [psutil.Process(stack.processes[name].pid) for name in APIS]
    port = urlsplit(services.redis_url).port
    to_redis = sum(bool(each.raddr) and each.raddr.port == port for api in servers for each in api.net_connections())
    client = redis.Redis.from_url(services.redis_url, socket_timeout=60, socket_connect_timeout=60)
    clients = len(await client.client_list()) - 1
    await client.aclose()
    return Sample(rss, sum(api.num_fds() for api in servers), to_redis, clients, cpu)


async def soak(minutes: float, seed: int, services: Services, folder: Path) -> int:
    """Run; 1 when something has grown, else 0."""
    async with Upstream() as upstream:
        model = {"LLM_BASE_URL": upstream.url, "LLM_MODEL": "fake", "STREAM_PING_SECONDS": "5"}
        async with running_stack(services, folder, apis=len(APIS), **model) as stack:
            load = Load(stack, upstream, Random(seed))
            await load.warm_up()
            before = await filled(load, stack, services)
            names = " ".join(f"{name.removeprefix('worker-')[:9]:>9}" for name in before.rss)
            print(f"{'minute':>7} {names}   files   redis clients   cpu s")
            print(before.line("before"), flush=True)
            running = asyncio.create_task(load.run())
            samples = await sample(minutes, stack, services, running)
            await load.stop()
            await running
            await load.close()
            after = await settled(stack, services, like=before)
            print(after.line("after"))
            print(", ".join(f"{count} {what}" for what, count in load.done.items()))
            return verdict(before, samples, after, samples[-1].cpu - before.cpu, minutes)


async def sample(minutes: float, stack: Stack, services: Services, running: "asyncio.Task[None]") -> list[Sample]:
    """One sample a minute; raises what the load raises."""
    start, samples = time.monotonic(), []
    while len(samples) < minutes:
        pause = start + 60 * min(len(samples) + 1, minutes) - time.monotonic()
        done, _ = await asyncio.wait({running}, timeout=max(0.0, pause))
        for task in done:
            task.result()
        samples.append(await look(stack, services))
        print(samples[-1].line(str(len(samples))), flush=True)
    return samples


async def filled(load: Load, stack: Stack, services: Services) -> Sample:
    """Let crowds come until the pools of connections are full; a look when nothing is open any more.

    Raises:
        AssertionError: each crowd leaves something open.
    """
    most, same = 0, 0
    for _ in range(MOST_CROWDS):
        await load.crowd()
        now = await settled(stack, services)
        same = same + 1 if now.files <= most else 0
        most = max(most, now.files)
        if same == SAME_CROWDS:
            return now
    raise AssertionError(f"still more open files after {MOST_CROWDS} crowds: {most}")


async def settled(stack: Stack, services: Services, *, like: Sample | None = None) -> Sample:
    """A look when nothing is open any more: as it was, or after half a minute in vain."""
    if like is None:
        await asyncio.sleep(SETTLE_SECONDS)
        return await look(stack, services)

    async def as_before() -> Sample | None:
        now = await look(stack, services)
        return now if now.files <= like.files and now.redis <= like.redis else None

    try:
        return await until(as_before, seconds=30)
    except TimeoutError:
        return await look(stack, services)


def verdict(before: Sample, samples: list[Sample], after: Sample, cpu: float, minutes: float) -> int:
    """Say what has grown."""
    bad = 0
    early = samples[min(WARM_MINUTES, len(samples)) - 1]
    for name, size in samples[-1].rss.items():
        ratio = size / early.rss[name]
        print(f"{name}: {size:.1f} MiB in the last minute, {ratio:.3f} of minute {min(WARM_MINUTES, len(samples))}")
        bad += name in APIS and ratio > GOAL
    counts = (("open files", before.files, after.files), ("Redis connections", before.redis, after.redis))
    for what, then, now in counts:
        print(f"{what}: {then} before, {now} after")
        bad += now > then
    print(
        f"the product used {cpu / (60 * minutes):.1%} of one core; {'something has GROWN' if bad else 'nothing grows'}"
    )
    return 1 if bad else 0


def main() -> int:
    minutes, seed = float(os.environ.get("MINUTES") or 30), int(os.environ.get("SEED") or 1)
    with running_servers() as servers, servers.own() as services, temporary_folder() as folder:
        return asyncio.run(soak(minutes, seed, services, folder))


if __name__ == "__main__":
    sys.exit(main())
