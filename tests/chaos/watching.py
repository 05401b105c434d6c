"""A client that follows one stream: it drops, comes back at any API process, and goes on where it was."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from random import Random

import httpx2

from streaming.fold import parse_frames
from tests.chaos.book import Book
from tests.chaos.web import Web

AWAY_SECONDS = 0.1
SILENCE_SECONDS = 12.0

OnEvent = Callable[[str], Awaitable[None]]


class Watcher:
    """One client of one stream.

    Args:
        web: the way to the APIs.
        owner: whose task it is.
        book: where what comes is checked.
        random: when it drops, how it comes back, and where.
        steady: it never drops by itself; recovery is measured by such.
        late: seconds it comes after the submission.
        on_event: told of every event's type, after it was noted.
    """

    def __init__(
        self,
        web: Web,
        owner: str,
        task_id: str,
        book: Book,
        random: Random,
        *,
        steady: bool,
        late: float = 0.0,
        on_event: OnEvent | None = None,
    ) -> None:
        self.book = book
        self.task_id = task_id
        self.steady = steady
        self.connected_to: str | None = None
        self._web = web
        self._owner = owner
        self._random = random
        self._late = late
        self._on_event = on_event
        self._over = False

    async def run(self) -> None:
        """Follow to the end; then, now and then, look whether the end stays the end."""
        await asyncio.sleep(self._late)
        while not self._over and self.book.terminal is None:
            try:
                await self._connect()
            except (httpx2.TransportError, httpx2.StreamError) as error:
                self.book.note(f"{self.connected_to} was cut: {type(error).__name__}")
            self.connected_to = None
            if self.book.terminal is None:
                await asyncio.sleep(self._random.random() * AWAY_SECONDS)
        if not self._over and self._random.random() < 0.2:
            await self._look_again()

    async def _connect(self, *, once: bool = False) -> None:
        name = self._random.choice(list(self._web.urls))
        headers, params = self._cursor()
        headers["X-Forwarded-User"] = self._owner
        url = f"{self._web.urls[name]}/stream/{self.task_id}"
        async with self._web.http.stream("GET", url, headers=headers, params=params) as response:
            self.book.note(f"{name}: {response.status_code} from {self.book.folded.last}")
            if response.status_code == 200:
                self.connected_to = name
                await self._read(response)
            elif response.status_code == 204:
                self._over = True
                if self.book.terminal is None:
                    self._web.findings.add("lost", f"{self.book.who}: 204 before the terminal event was seen")
            elif response.status_code == 503:
                await asyncio.sleep(0.2)
            else:
                self._over = True
                self._web.findings.add("lost", f"{self.book.who}: the stream answers {response.status_code}")

    def _cursor(self) -> tuple[dict[str, str], dict[str, str]]:
        """How to go on: by header, by query, or from the beginning."""
        last = self.book.folded.last
        fresh = last == 0 or (not self.steady and self._random.random() < 0.15)
        if fresh:
            if last:
                self.book.start_over()
            return {}, {"replay": "snapshot"} if self._random.random() < 0.4 else {}
        if self._random.random() < 0.5:
            return {"Last-Event-ID": str(last)}, {"after": "0"}
        return {}, {"after": str(last)}

    async def _read(self, response: httpx2.Response) -> None:
        patience = None if self.steady else self._random.choice((1, 3, 8, 20, 100))
        until = None if self.steady else time.monotonic() + self._random.expovariate(0.4)
        pending = b""
        try:
            async with asyncio.timeout(SILENCE_SECONDS) as timer:
                async for chunk in response.aiter_bytes():
                    *whole, pending = (pending + chunk).split(b"\n\n")
                    for frame in whole:
                        for event, data in parse_frames(frame + b"\n\n"):
                            self.book.take(event, data)
                            if self._on_event is not None:
                                await self._on_event(event)
                            if patience is not None and event.startswith("task."):
                                patience -= 1
                    if self.book.terminal is not None:
                        continue
                    if patience is not None and patience <= 0:
                        self.book.note("drops")
                        return
                    silence = time.monotonic() + SILENCE_SECONDS
                    deadline = silence if until is None else min(silence, until)
                    timer.reschedule(asyncio.get_running_loop().time() + max(0.0, deadline - time.monotonic()))
        except TimeoutError:
            self.book.note("drops")

    async def _look_again(self) -> None:
        """At the terminal event's id nothing more comes; a reload gives the whole again."""
        name = self._random.choice(list(self._web.urls))
        terminal = self.book.folded.last
        if self._random.random() < 0.5:
            before = self.book.folded.text
            self.book.start_over()
            while self.book.terminal is None and not self._over:
                try:
                    await self._connect()
                except (httpx2.TransportError, httpx2.StreamError):
                    await asyncio.sleep(AWAY_SECONDS)
            if self.book.folded.text != before:
                self._web.findings.add("text differs", f"{self.book.who}: another text after a reload")
            return
        path = f"/stream/{self.task_id}?after={terminal}"
        url = f"{self._web.urls[name]}{path}"
        try:
            response = await self._web.http.get(url, headers={"X-Forwarded-User": self._owner}, timeout=3)
        except httpx2.TransportError:
            return
        if response.status_code not in (204, 503) and response.content.strip():
            self._web.findings.add("doubled", f"{self.book.who}: {response.status_code} after the end: {response.text}")
