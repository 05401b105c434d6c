"""The load of a soak: chats that are followed in every way, pages that come and go, clients that vanish."""

import asyncio
import socket
import struct
from collections import Counter
from contextlib import suppress
from random import Random
from urllib.parse import urlsplit

import httpx2

from tests.reader import Reader
from tests.stack import Stack
from tests.upstream import Upstream

CHATS = 4
PAGES = 4
WORDS = 150
RATE = 12
BIG_PIECE = "x" * 16_000
BIG_PIECES = 200
BIG_SECONDS = 60.0
WARM_BIG_CHATS = 12
CROWD = 30


class Load:
    """People, until they are stopped.

    Args:
        stack: whose streams.
        upstream: the model server.
        random: when who does what.
    """

    def __init__(self, stack: Stack, upstream: Upstream, random: Random) -> None:
        self.done: Counter[str] = Counter()
        self._stack = stack
        self._upstream = upstream
        self._random = random
        self._running: list[str] = []
        self._kept = ""
        self._stopping = asyncio.Event()
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=0)
        self._http = httpx2.AsyncClient(limits=limits, timeout=httpx2.Timeout(60, pool=None))
        upstream.behave(tokens=WORDS, rate=RATE, rules=[("big", " ".join([BIG_PIECE] * BIG_PIECES))])

    async def run(self) -> None:
        """Everybody, until `stop`."""
        async with asyncio.TaskGroup() as group:
            for _ in range(CHATS):
                group.create_task(self._again(self._chat, 0.5))
            for _ in range(PAGES):
                group.create_task(self._again(self._page, 1.0))
            group.create_task(self._again(self._vanish, 1.0))
            group.create_task(self._again(self._big_chat, BIG_SECONDS))

    async def warm_up(self) -> None:
        """Let all processes have had their largest answers, and everything that is loaded when it is first needed."""
        await asyncio.gather(*(self._chat() for _ in range(CHATS)), self._page(), self._page())
        for _ in range(WARM_BIG_CHATS):
            await self._big_chat()
        self._kept = (await self._stack.say(await self._stack.new_session(), "the last question"))["task_id"]
        await self._reader(self._kept).run()
        self.done.clear()

    async def crowd(self) -> None:
        """Whatever uses a connection of a pool, many times at once at each API process; nothing is open afterwards."""
        calls = (self._get_queue, self._get_stream, self._begin_feed, self._come_and_go)
        await asyncio.gather(*(call(url) for url in self._stack.addresses for _ in range(CROWD) for call in calls))

    async def _get_queue(self, url: str) -> None:
        (await self._http.get(f"{url}/queue")).raise_for_status()

    async def _get_stream(self, url: str) -> None:
        (await self._http.get(f"{url}/stream/{self._kept}")).raise_for_status()

    async def _begin_feed(self, url: str) -> None:
        async with self._http.stream("GET", f"{url}/events") as response:
            async for line in response.aiter_lines():
                if line == "event: feed.reset":
                    return

    async def _come_and_go(self, url: str) -> None:
        """A session whose question is not waited for: its news, its wake-up, and the end of its task."""
        session = (await self._http.post(f"{url}/sessions", json={})).raise_for_status().json()["id"]
        body = {"content": "never mind", "use_library": False}
        (await self._http.post(f"{url}/sessions/{session}/messages", json=body)).raise_for_status()
        (await self._http.delete(f"{url}/sessions/{session}")).raise_for_status()

    async def stop(self) -> None:
        """Let everybody finish what they do."""
        self._stopping.set()

    async def close(self) -> None:
        """Close what is kept open."""
        await self._http.aclose()

    async def _again(self, what: object, pause: float) -> None:
        while not self._stopping.is_set():
            await what()  # type: ignore[operator]
            with suppress(TimeoutError):
                async with asyncio.timeout(pause * (0.5 + self._random.random())):
                    await self._stopping.wait()

    async def _chat(self) -> None:
        await self._followed("a question", tokens=True)

    async def _big_chat(self) -> None:
        await self._followed("a big question", tokens=False)

    async def _followed(self, words: str, *, tokens: bool) -> None:
        """One message, and readers of every kind who must all have it whole."""
        directive = "" if tokens else ' #upstream{"tokens": null, "rate": 60}'
        session = await self._stack.new_session()
        receipt = await self._stack.say(session, words + directive, use_library=False)
        task_id = str(receipt["task_id"])
        self._running.append(task_id)
        readers = [self._reader(task_id, **options) for options in ({}, {"snapshot": True}, {"patience": 7})]
        slow = self._reader(task_id)
        await asyncio.gather(*(reader.run(seconds=600) for reader in readers), self._read_slowly(slow))
        self._running.remove(task_id)
        for reader in (*readers, slow):
            await reader.assert_exact(self._stack.settings.database_url)
        self.done["chats" if tokens else "big chats"] += 1
        self.done["events"] += sum(len(reader.frames) for reader in (*readers, slow))
        await self._stack.call("DELETE", f"/sessions/{session}", expect=204)

    def _reader(self, task_id: str, **options: object) -> Reader:
        seed = self._random.randrange(1 << 30)
        return Reader(self._http, self._stack.addresses, task_id, seed=seed, **options)  # type: ignore[arg-type]

    async def _read_slowly(self, reader: Reader) -> None:
        """Stops reading for seconds, and goes on."""
        with suppress(httpx2.TransportError):
            async with reader.open(self._random.choice(self._stack.addresses)) as response:
                await asyncio.sleep(self._random.uniform(2, 20))
                if response.status_code == 200:
                    await reader.read(response)
                self.done["slow readers"] += 1
        await reader.run(seconds=600)

    async def _page(self) -> None:
        """A page's feed for a while; it comes back where it was, and in the end it is just gone."""
        cursor = None
        for _ in range(3):
            headers = {"Last-Event-ID": cursor} if cursor else {}
            url = f"{self._random.choice(self._stack.addresses)}/events"
            with suppress(TimeoutError):
                async with asyncio.timeout(self._random.uniform(2, 25)):
                    async with self._http.stream("GET", url, headers=headers) as response:
                        async for line in response.aiter_lines():
                            cursor = line[4:] if line.startswith("id: ") else cursor
            self.done["feeds"] += 1

    async def _vanish(self) -> None:
        """A client that is gone without a word, after reading little, or nothing for a long time."""
        if not self._running:
            return
        path = self._random.choice([f"/stream/{self._random.choice(self._running)}", "/events"])
        parts = urlsplit(self._random.choice(self._stack.addresses))
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=1024)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
        await reader.read(64)
        if self._random.random() < 0.2:
            await asyncio.sleep(self._random.uniform(5, 40))
        handle = writer.get_extra_info("socket")
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        self.done["vanished"] += 1
