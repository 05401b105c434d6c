"""Searching the web through a SearXNG server. Pages are not fetched: a result is its title and snippet."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import orjson

from errors import SluiceError
from settings import Settings

if TYPE_CHECKING:
    import httpx2

TIMEOUT = 15.0
MAX_BYTES = 2 * 1024 * 1024
MAX_TITLE = 200
MAX_SNIPPET = 1_000


class WebSearchError(SluiceError):
    """The web search gave no results because something is wrong with it."""

    code = "web_search_failed"


@dataclass(frozen=True, slots=True)
class WebResult:
    """One result: an http(s) address, and plain text in one line each."""

    url: str
    title: str
    snippet: str


class SearchWeb(Protocol):
    """The web, as research sees it."""

    async def search(self, query: str, *, limit: int = 6) -> list[WebResult]:
        """Results for keywords, best first.

        Raises:
            WebSearchError: with a sentence for people.
        """
        ...


class WebSearch:
    """Asks the JSON API of SearXNG (its settings must list `json` under `search.formats`).

    Args:
        base_url: where SearXNG answers, without `/search`.
        timeout: seconds for one search.
    """

    def __init__(self, base_url: str, *, timeout: float = TIMEOUT) -> None:
        self._url = base_url.rstrip("/") + "/search"
        self._timeout = timeout
        self._client: httpx2.AsyncClient | None = None

    async def search(self, query: str, *, limit: int = 6) -> list[WebResult]:
        """See `SearchWeb.search`."""
        import httpx2

        if self._client is None:
            self._client = httpx2.AsyncClient(timeout=self._timeout, follow_redirects=False)
        try:
            async with asyncio.timeout(self._timeout):
                raw = await self._get(self._client, query)
        except TimeoutError as error:
            raise WebSearchError(f"The web search did not answer within {self._timeout:g} seconds.") from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise WebSearchError("The web search cannot be reached.") from error
        return _results(raw)[:limit]

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _get(self, client: "httpx2.AsyncClient", query: str) -> bytes:
        async with client.stream("GET", self._url, params={"q": query, "format": "json"}) as response:
            if response.status_code == 403:
                raise WebSearchError("The web search refused: SearXNG must allow the format json in its settings.")
            if response.status_code != 200:
                raise WebSearchError(f"The web search answered with HTTP {response.status_code}.")
            raw = b""
            async for chunk in response.aiter_bytes():
                raw += chunk
                if len(raw) > MAX_BYTES:
                    raise WebSearchError("The web search answered with too much.")
        return raw


def build_web_search(settings: Settings) -> WebSearch | None:
    """The web search that the settings name, or None."""
    return WebSearch(settings.searxng_url) if settings.searxng_url else None


def _results(raw: bytes) -> list[WebResult]:
    try:
        entries: list[dict[str, Any]] = orjson.loads(raw)["results"]
        found = [
            WebResult(
                str(entry.get("url") or ""),
                _line(entry.get("title"), MAX_TITLE),
                _line(entry.get("content"), MAX_SNIPPET),
            )
            for entry in entries
        ]
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise WebSearchError("The web search answered with something that is not a list of results.") from error
    unique = {result.url: result for result in reversed(found) if _is_page(result.url) and result.snippet}
    return list(reversed(unique.values()))


def _is_page(url: str) -> bool:
    """Only what a browser may be sent to: no `javascript:`, and nothing that breaks out of a link."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not set(url) & set(' <>"\\\n\t')


def _line(value: object, limit: int) -> str:
    text = "".join(character for character in str(value or "") if character.isprintable() or character.isspace())
    return " ".join(text.split())[:limit]
