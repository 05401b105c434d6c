"""The model server as the benchmark sees it: one lane of it, read and steered over HTTP."""

import asyncio
import time
from dataclasses import dataclass

import httpx2

from bench.line.model import Exchange

POLL_SECONDS = 0.02


@dataclass(slots=True)
class ModelLane:
    """One system's lane. `url` is what the system is given, with `/v1`."""

    http: httpx2.AsyncClient
    name: str

    @property
    def url(self) -> str:
        """The address for the system under test."""
        return f"{str(self.http.base_url).rstrip('/')}/{self.name}/v1"

    async def release(self, count: int) -> None:
        """Let so many answers go on and end."""
        (await self.http.post(f"/{self.name}/release", json={"count": count})).raise_for_status()

    async def read(self, after: int = 0) -> tuple[int, list[Exchange]]:
        """How many answers wait to go on, and all exchanges after the first `after`."""
        response = (await self.http.get(f"/{self.name}/log", params={"after": str(after)})).raise_for_status()
        value = response.json()
        return value["held"], [Exchange(**exchange) for exchange in value["exchanges"]]

    async def until_held(self, count: int, *, arrived: int = 0, seconds: float = 120.0) -> list[Exchange]:
        """Wait until `count` answers wait, and at least `arrived` requests have come in all.

        Returns:
            All exchanges so far.

        Raises:
            TimeoutError: it does not come to that.
        """
        end = time.monotonic() + seconds
        while True:
            held, exchanges = await self.read()
            if held == count and len(exchanges) >= arrived:
                return exchanges
            if time.monotonic() > end:
                raise TimeoutError(
                    f"{self.name}: {held} answers wait and {len(exchanges)} requests came, not "
                    f"{count} and {arrived}, after {seconds:.0f} s"
                )
            await asyncio.sleep(POLL_SECONDS)
