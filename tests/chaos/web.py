"""Calls of the API as people's browsers make them: at any process, again when it does not answer."""

import asyncio
from collections.abc import Mapping
from random import Random
from typing import Any

import httpx2

from tests.chaos.findings import Findings

RETRIES = 240
PAUSE_SECONDS = 0.25


class Web:
    """Many people's connections to both APIs.

    Args:
        urls: the APIs' addresses by name.
        random: which of them is asked.
        findings: gets what no answer may be.
    """

    def __init__(self, urls: Mapping[str, str], random: Random, findings: Findings) -> None:
        self.urls = dict(urls)
        self.findings = findings
        self._random = random
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=20)
        self.http = httpx2.AsyncClient(limits=limits, timeout=httpx2.Timeout(20, connect=3, pool=None))

    async def call(
        self, owner: str, method: str, path: str, *, expect: tuple[int, ...], **options: Any
    ) -> tuple[int, Any]:
        """One call, repeated while nobody answers or the answer is 503; the status, and the JSON when there is one."""
        headers = {"X-Forwarded-User": owner, **options.pop("headers", {})}
        for _ in range(RETRIES):
            url = self._random.choice(list(self.urls.values()))
            try:
                response = await self.http.request(method, url + path, headers=headers, **options)
            except httpx2.TransportError:
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            if response.status_code in (500, 503):
                if response.status_code == 500:
                    self.findings.add("wrong answers", f"{method} {path}: 500 {response.text[:300]}")
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            if response.status_code not in expect:
                self.findings.add("wrong answers", f"{method} {path}: {response.status_code} {response.text[:300]}")
            is_json = "json" in response.headers.get("content-type", "")
            return response.status_code, response.json() if is_json else None
        raise TimeoutError(f"{method} {path}: nobody answered")

    async def close(self) -> None:
        """Close all connections."""
        await self.http.aclose()
