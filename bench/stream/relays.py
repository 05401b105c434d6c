"""What is measured: the floors, ours and the peers, each as processes that the reader can follow."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import urlsplit

import httpx2

from bench.stream.children import PEERS, PEERS_PYTHON, Child, free_port, running, speaking
from bench.stream.relay import Case, Following, Publishing, Relay, get
from tests.services import Services
from tests.stack import until as eventually

MOST_STREAMS = 256


class RedisHop(Publishing):
    """The floor: from PUBLISH to one subscriber, without anything else."""

    name = "raw Redis hop"

    async def begin(self, case: Case, until: int) -> Following | None:
        """See `Relay.begin`."""
        password = urlsplit(self.services.redis_url).password
        return Following(self.redis_port, channels=await self.publish(case, until), password=password)


class Direct(Relay):
    """A floor without Redis: `path` of `bench.stream.direct`."""

    path: str
    port: int

    async def start(self, stack: AsyncExitStack) -> None:
        """Start the server."""
        self.port = free_port()
        argv = [*speaking("bench.stream.direct"), str(self.port)]
        self.server = await stack.enter_async_context(running(self.name, argv, port=self.port))

    async def begin(self, case: Case, until: int) -> Following | None:
        """See `Relay.begin`."""
        common = f"{self.path}?rate={case.rate}&until={until}"
        if case.clients > 1:
            return Following(self.port, (get(f"{common}&shared=1"),) * case.clients)
        phases = [(number + 0.5) / case.streams for number in range(case.streams)]
        return Following(self.port, tuple(get(f"{common}&phase={phase}") for phase in phases))

    async def idle(self, streams: int, clients: int, events: int) -> Following | None:
        """See `Relay.idle`."""
        return Following(self.port, (get(f"{self.path}?replay={events}"),) * clients)


class PureAsgi(Direct):
    """Plain ASGI on uvicorn."""

    name = "direct, pure ASGI"
    path = "/pure"


class SseStarlette(Direct):
    """sse-starlette on uvicorn."""

    name = "direct, sse-starlette"
    path = "/sse"


class Ours(Relay):
    """The product: `python -m api`, fed by `bench.stream.writers`."""

    name = "Sluice"
    keeps = True
    writers: Child
    port: int

    async def start(self, stack: AsyncExitStack) -> None:
        """Start the API and the writers, on a line that has room for all."""
        self.port = free_port()
        environment = {
            **self.services.environment,
            "API_PORT": str(self.port),
            "MAX_CONCURRENT_CHAT_AND_RESEARCH": str(MOST_STREAMS),
            "LOG_LEVEL": "WARNING",
        }
        api = running(self.name, speaking("api"), environment, port=self.port)
        self.server = await stack.enter_async_context(api)
        writers = running("writers", speaking("bench.stream.writers"), environment)
        self.writers = await stack.enter_async_context(writers)
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{self.port}") as client:

            async def serves() -> bool:
                return (await client.get("/queue")).status_code == 200

            await eventually(serves)

    async def prepare(self, case: Case) -> None:
        """Let the writers claim their tasks."""
        await self.writers.ask({"name": case.name, "streams": case.streams})

    async def begin(self, case: Case, until: int) -> Following | None:
        """See `Relay.begin`."""
        request = {"name": case.name, "streams": case.streams, "rate": case.rate, "until": until}
        streams = (await self.writers.ask(request))["streams"]
        paths = [get(f"/stream/{each['task_id']}?after={each['seq']}") for each in streams]
        return Following(self.port, tuple(paths) * case.clients)

    async def idle(self, streams: int, clients: int, events: int) -> Following | None:
        """See `Relay.idle`."""
        found = (await self.writers.ask({"name": "idle", "streams": streams, "events": events}))["streams"]
        paths = [get(f"/stream/{each['task_id']}") for each in found]
        return Following(self.port, tuple(paths[number % streams] for number in range(clients)))


class Tutorial(Publishing):
    """A pub/sub connection for every client."""

    name = "one pub/sub connection per client"
    replays = False
    port: int

    async def start(self, stack: AsyncExitStack) -> None:
        """Start publisher and server."""
        await super().start(stack)
        self.port = free_port()
        argv = [*speaking("bench.stream.tutorial"), str(self.port)]
        server = running(self.name, argv, {"REDIS_URL": self.services.redis_url}, port=self.port)
        self.server = await stack.enter_async_context(server)

    async def begin(self, case: Case, until: int) -> Following | None:
        """See `Relay.begin`."""
        paths = [get(f"/stream/{channel}") for channel in await self.publish(case, until)]
        return Following(self.port, tuple(paths) * case.clients)

    async def idle(self, streams: int, clients: int, events: int) -> Following | None:
        """See `Relay.idle`; it has no replay, so the head of the answer is all there is."""
        return Following(self.port, tuple(get(f"/stream/idle:{number % streams}") for number in range(clients)))


class Resumable(Relay):
    """resumable-stream on Node: a producer, and a server whose clients follow through Redis."""

    name = "resumable-stream (npm)"
    producer: Child
    port: int

    async def start(self, stack: AsyncExitStack) -> None:
        """Start both."""
        self.port = free_port()
        script, environment = str(PEERS / "resumable.mjs"), {"REDIS_URL": self.services.broker_url}
        producer = running("resumable producer", ["node", script, "producer"], environment)
        self.producer = await stack.enter_async_context(producer)
        server = running(self.name, ["node", script, "server", str(self.port)], environment, port=self.port)
        self.server = await stack.enter_async_context(server)

    async def begin(self, case: Case, until: int) -> Following | None:
        """See `Relay.begin`."""
        return await self._follow(case.clients, name=case.name, streams=case.streams, rate=case.rate, until=until)

    async def idle(self, streams: int, clients: int, events: int) -> Following | None:
        """See `Relay.idle`."""
        return await self._follow(clients // streams, name="idle", streams=streams, events=events)

    async def _follow(self, clients: int, **request: Any) -> Following:
        names = (await self.producer.ask(request))["streams"]
        return Following(self.port, tuple(get(f"/stream/{name}") for name in names) * clients)


class Gradio(Relay):
    """Gradio, whose generator function runs in the server itself: one run for each client."""

    name = "Gradio"
    port: int

    def __init__(self, services: Services, upstream: str = "") -> None:
        super().__init__(services)
        self.upstream = upstream

    async def start(self, stack: AsyncExitStack) -> None:
        """Start the server."""
        self.port = free_port()
        argv = [str(PEERS_PYTHON), str(PEERS / "gradio_stream.py"), str(self.port), self.upstream]
        server = running(self.name, argv, {"GRADIO_ANALYTICS_ENABLED": "False"}, port=self.port)
        self.server = await stack.enter_async_context(server)

    async def begin(self, case: Case, until: int) -> Following | None:
        """See `Relay.begin`."""
        if case.clients > 1:
            return None
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{self.port}/gradio_api/call", timeout=30) as client:

            async def call(phase: float) -> str:
                answer = await client.post("/talk", json={"data": [case.rate, phase, str(until)]})
                return str(answer.json()["event_id"])

            events = await asyncio.gather(*(call((n + 0.5) / case.streams) for n in range(case.streams)))
        return Following(self.port, tuple(get(f"/gradio_api/call/talk/{event}") for event in events))


RELAYS = (RedisHop, PureAsgi, SseStarlette, Ours, Resumable, Gradio, Tutorial)
