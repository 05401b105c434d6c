"""The web search against a small server that plays SearXNG."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import cast

import pytest

from assistant.web import MAX_BYTES, MAX_SNIPPET, WebSearch, WebSearchError, build_web_search
from settings import Settings


@asynccontextmanager
async def searxng(status: int | None, body: bytes, seen: list[str] | None = None) -> AsyncIterator[str]:
    """Answers every request alike; without a status, never."""
    answers: list[asyncio.Task[None]] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers.append(cast("asyncio.Task[None]", asyncio.current_task()))
        head = await reader.readuntil(b"\r\n\r\n")
        if seen is not None:
            seen.append(head.decode().splitlines()[0])
        if status is None:
            await reader.read()
            writer.close()
            return
        writer.write(b"HTTP/1.1 %d X\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%b" % (status, len(body), body))
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await asyncio.gather(*answers)


def results(*entries: Mapping[str, object]) -> bytes:
    return json.dumps({"results": entries}).encode()


async def test_results_are_plain_unique_and_safe() -> None:
    page = {"url": "https://example.org/a", "title": "A\n title\x1b", "content": "word " * 1000}
    body = results(
        page,
        page,
        {"url": "javascript:alert(1)", "title": "x", "content": "y"},
        {"url": "https://example.org/b> [2](x", "title": "x", "content": "y"},
        {"url": "http://[broken", "title": "x", "content": "y"},
        {"url": "https://example.org/empty", "title": "x", "content": None},
        {"url": "http://例子.测试/页", "title": None, "content": "内容"},
    )
    seen: list[str] = []
    async with searxng(200, body, seen) as url:
        search = WebSearch(url + "/")
        found = await search.search("租约 & more", limit=5)
        await search.close()
    assert [result.url for result in found] == ["https://example.org/a", "http://例子.测试/页"]
    assert found[0].title == "A title"
    assert len(found[0].snippet) == MAX_SNIPPET
    assert "q=%E7%A7%9F%E7%BA%A6" in seen[0]
    assert "format=json" in seen[0]


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (403, b"", "format json"),
        (500, b"", "HTTP 500"),
        (302, b"", "HTTP 302"),
        (200, b"<html>", "not a list"),
        (200, b'{"results": 3}', "not a list"),
        (200, b'{"results": ["x"]}', "not a list"),
        (200, b" " * (MAX_BYTES + 1), "too much"),
    ],
)
async def test_what_goes_wrong_is_a_sentence(status: int, body: bytes, words: str) -> None:
    async with searxng(status, body) as url:
        search = WebSearch(url)
        with pytest.raises(WebSearchError, match=words):
            await search.search("x")
        await search.close()


async def test_a_server_that_is_away_or_silent() -> None:
    with pytest.raises(WebSearchError, match="cannot be reached"):
        await WebSearch("http://127.0.0.1:9").search("x")
    with pytest.raises(WebSearchError, match="cannot be reached"):
        await WebSearch("nonsense").search("x")

    async with searxng(None, b"") as url:
        search = WebSearch(url, timeout=0.2)
        with pytest.raises(WebSearchError, match=r"within 0\.2 seconds"):
            await search.search("x")
        await search.close()


def test_it_is_built_only_when_configured() -> None:
    assert build_web_search(Settings(_env_file=None)) is None
    assert build_web_search(Settings(_env_file=None, searxng_url="http://s")) is not None
