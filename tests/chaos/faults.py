"""The faults: what each kind does to the world, and which clients it can touch."""

import asyncio
import os
import shutil
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import Random
from typing import Any
from uuid import UUID

import httpx2
import psutil
import redis.asyncio as redis

from scheduling.work import Wakeup
from tests.chaos.injected import Injected
from tests.chaos.people import People
from tests.chaos.plan import FAULTS
from tests.chaos.processes import World
from tests.chaos.victims import Touched, Victims

QUEUES = ("interactive", "ingest")
PRIORITIES = ("", "\x06\x166")


class Faults:
    """Injects faults into a world.

    Args:
        world: the victim.
        people: whose clients are looked at.
        random: picks victims and pauses.
    """

    def __init__(self, world: World, people: People, random: Random) -> None:
        self.injected: list[Injected] = []
        self._world = world
        self._stack = world.stack
        self._victims = Victims(world, people, random)
        self._random = random
        self._later: dict[str, asyncio.Task[None]] = {}
        self._kinds: dict[str, Callable[[Injected], Awaitable[None]]] = {
            "pool child killed": self._kill_child,
            "worker killed": self._kill_worker,
            "worker stopped (deploy)": self._stop_worker,
            "API killed": self._kill_api,
            "API stopped (deploy)": self._stop_api,
            "sweep killed": self._kill_sweep,
            "worker frozen": self._freeze_worker,
            "pool child frozen": self._freeze_child,
            "API frozen": self._freeze_api,
            "Redis restarted": self._restart_redis,
            "Redis killed": self._kill_redis,
            "Redis emptied (FLUSHALL)": self._flush_redis,
            "Redis lost its files": self._empty_redis,
            "Redis lost its last second": self._rewind_redis,
            "PostgreSQL restarted": self._restart_postgres,
            "PostgreSQL killed": self._kill_postgres,
            "machine lost its power": self._lose_power,
            "pub/sub cut": self._cut_pubsub,
            "messages delivered twice": self._deliver_twice,
            "model stalls": lambda fault: self._model(fault, stall_after=3),
            "model cuts": lambda fault: self._model(fault, cut_after=3),
            "model refuses": lambda fault: self._model(fault, status=self._random.choice((400, 429, 500))),
        }
        assert set(self._kinds) == set(FAULTS)

    async def inject(self, kind: str, *, on_top: bool) -> Injected:
        """Do one, now."""
        fault = Injected(kind, time.monotonic(), on_top=on_top)
        await self._kinds[kind](fault)
        self.injected.append(fault)
        return fault

    async def heal(self) -> None:
        """Wait until what was to come back later is back."""
        await asyncio.gather(*self._later.values())

    # Workers

    async def _kill_child(self, fault: Injected) -> None:
        row = await self._victims.task()
        if row is not None:
            self._begin(fault, self._victims.on_process(row["worker_pid"]), f"{row['kind']} on pid {row['worker_pid']}")
            with suppress(ProcessLookupError):
                os.kill(row["worker_pid"], signal.SIGKILL)

    async def _kill_worker(self, fault: Injected) -> None:
        name = await self._worker()
        self._begin(fault, self._victims.on_worker(name), name)
        self._stack.kill_group(name)
        await self._start_soon(name)

    async def _stop_worker(self, fault: Injected) -> None:
        name = await self._worker()
        self._begin(fault, self._victims.on_worker(name), name)
        await self._stop(name)
        self._stack.start(name)

    async def _freeze_worker(self, fault: Injected) -> None:
        name = await self._worker()
        self._begin(fault, self._victims.on_worker(name), name)
        self._freeze(name)

    async def _freeze_child(self, fault: Injected) -> None:
        row = await self._victims.task()
        if row is None:
            return
        self._begin(fault, self._victims.on_process(row["worker_pid"]), f"{row['kind']} on pid {row['worker_pid']}")
        with suppress(psutil.Error):
            process = psutil.Process(row["worker_pid"])
            process.suspend()
            name = f"pid {row['worker_pid']}"
            self._later[name] = asyncio.create_task(_resume(process, 2 + self._random.random() * 6))

    # The other processes

    async def _kill_api(self, fault: Injected) -> None:
        name = await self._api()
        self._begin(fault, lambda watcher: watcher.connected_to == name, name)
        self._stack.kill_group(name)
        await self._start_soon(name)

    async def _stop_api(self, fault: Injected) -> None:
        name = await self._api()
        self._begin(fault, lambda watcher: watcher.connected_to == name, name)
        await self._stop(name)
        self._stack.start(name)

    async def _freeze_api(self, fault: Injected) -> None:
        name = await self._api()
        self._begin(fault, lambda watcher: watcher.connected_to == name, name)
        self._freeze(name)

    async def _kill_sweep(self, fault: Injected) -> None:
        self._begin(fault, lambda _: True, "sweep")
        self._stack.kill_group("sweep")
        await self._start_soon("sweep")

    # Redis

    async def _restart_redis(self, fault: Injected) -> None:
        self._begin(fault, lambda _: True)
        await self._world.valkey.stop()
        await self._world.valkey.start()

    async def _kill_redis(self, fault: Injected) -> None:
        self._begin(fault, lambda _: True)
        await self._world.valkey.kill()
        await self._world.valkey.start()

    async def _flush_redis(self, fault: Injected) -> None:
        self._begin(fault, lambda _: True)
        async with self._world.redis() as client:
            await client.flushall()

    async def _empty_redis(self, fault: Injected) -> None:
        self._begin(fault, lambda _: True)
        await self._world.valkey.kill()
        shutil.rmtree(self._world.valkey.folder / "appendonlydir")
        await self._world.valkey.start()

    async def _rewind_redis(self, fault: Injected) -> None:
        """What `appendfsync everysec` may lose when the machine loses its power."""
        self._begin(fault, lambda _: True)
        await self._world.valkey.kill()
        self._forget_last_second()
        await self._world.valkey.start()

    def _forget_last_second(self) -> None:
        for place in (self._world.valkey.folder / "appendonlydir").glob("*.incr.aof"):
            size = place.stat().st_size
            os.truncate(place, max(0, size - self._random.randint(1_000, 30_000)))

    async def _lose_power(self, fault: Injected) -> None:
        """All processes at once; the model server and the clients are other machines."""
        await self.heal()
        await self._victims.task()
        self._begin(fault, lambda _: True)
        for name in self._stack.commands:
            self._stack.kill_group(name)
        await asyncio.gather(self._world.valkey.kill(), self._world.postgres.kill())
        self._forget_last_second()
        await asyncio.gather(self._world.valkey.start(), self._world.postgres.start())
        for name in self._stack.commands:
            self._stack.start(name)

    async def _cut_pubsub(self, fault: Injected) -> None:
        self._begin(fault, lambda _: True)
        async with self._world.redis() as client:
            await client.client_kill_filter(_type="pubsub")

    async def _deliver_twice(self, fault: Injected) -> None:
        """What lies in the queues, and the messages of everything unfinished that were taken from them already."""
        self._begin(fault, lambda _: True)
        async with redis.Redis.from_url(self._stack.settings.celery_broker_url) as broker:
            for name in (queue + priority for queue in QUEUES for priority in PRIORITIES):
                for message in await broker.lrange(name, 0, -1):
                    await broker.rpush(name, message)
        rows = await self._world.rows("SELECT id, kind FROM tasks WHERE status IN ('queued', 'running')")
        wakeups = [Wakeup(UUID(str(row["id"])), row["kind"], front=self._random.random() < 0.5) for row in rows]
        await self._publisher().publish(wakeups)

    def _publisher(self) -> Any:
        os.environ.setdefault("REDIS_URL", self._world.valkey.url)  # importing tasks.app needs one
        from tasks.app import build_app
        from tasks.publisher import CeleryPublisher

        return CeleryPublisher(build_app(self._stack.settings))

    # PostgreSQL and the model

    async def _restart_postgres(self, fault: Injected) -> None:
        self._begin(fault, lambda _: True)
        await self._world.postgres.stop()
        await self._world.postgres.start()

    async def _kill_postgres(self, fault: Injected) -> None:
        self._begin(fault, lambda _: True)
        await self._world.postgres.kill()
        await self._world.postgres.start()

    async def _model(self, fault: Injected, **how: object) -> None:
        async with httpx2.AsyncClient() as http:
            await http.post(f"{self._world.model}/_behave", json={"next": 1, "tokens": 20, "rate": 80, **how})

    # Steps

    def _begin(self, fault: Injected, touched: Touched, target: str = "") -> None:
        fault.affected = self._victims.clients(touched)
        fault.target = target
        fault.at = time.monotonic()

    async def _worker(self) -> str:
        return await self._thawed(await self._victims.worker())

    async def _api(self) -> str:
        return await self._thawed(await self._victims.api())

    async def _thawed(self, name: str) -> str:
        if name in self._later:
            await self._later.pop(name)
        return name

    def _freeze(self, name: str) -> None:
        leader = self._stack.processes[name].pid
        os.killpg(leader, signal.SIGSTOP)
        self._later[name] = asyncio.create_task(_thaw(leader, 2 + self._random.random() * 6))

    async def _stop(self, name: str) -> None:
        process = self._stack.processes[name]
        try:
            await self._stack.stop(name, seconds=self._stack.commands[name].grace)
        except TimeoutError:
            print(f"{name} did not stop in time and is ended by force")
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    async def _start_soon(self, name: str) -> None:
        await asyncio.sleep(self._random.random())
        self._stack.start(name)


async def _thaw(leader: int, seconds: float) -> None:
    await asyncio.sleep(seconds)
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGCONT)


async def _resume(process: psutil.Process, seconds: float) -> None:
    await asyncio.sleep(seconds)
    with suppress(psutil.Error):
        process.resume()
