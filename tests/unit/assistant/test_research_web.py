"""Research on the web."""

from assistant.web import WebResult, WebSearchError
from tests.unit.assistant.fakes import FakeLibrary, citations, text_of
from tests.unit.assistant.investigation import LEASE, run


class FakeWeb:
    def __init__(self, *results: WebResult, broken: bool = False) -> None:
        self.results, self.broken = results, broken

    async def search(self, query: str, *, limit: int = 6) -> list[WebResult]:
        if self.broken:
            raise WebSearchError("The web search cannot be reached.")
        return list(self.results)[:limit]


async def test_web_results_are_cited_as_snippets() -> None:
    web = FakeWeb(WebResult("https://example.org/lease", "On [leases]", "A lease is a promise."))
    events = await run(web=web, sources=frozenset({"library", "web"}))
    text = text_of(events)
    pages = [citation for citation in citations(events) if citation.url]
    assert [page.url for page in pages] in ([], ["https://example.org/lease"])
    assert "only the snippets" in text
    events = await run(web=web, sources=frozenset({"web"}))
    [page] = citations(events)
    assert (page.n, page.url, page.passage, page.document_id) == (
        1,
        "https://example.org/lease",
        "A lease is a promise.",
        None,
    )
    assert r"- [1] On \[leases\] <https://example.org/lease>" in text_of(events)


async def test_a_web_search_that_fails_is_noted_and_does_no_harm() -> None:
    text = text_of(await run(web=FakeWeb(broken=True), sources=frozenset({"library", "web"})))
    assert "Three seconds [1]" in text
    assert "3 of 3 web searches failed: The web search cannot be reached." in text
    text = text_of(await run(web=None, sources=frozenset({"library", "web"})))
    assert "`SEARXNG_URL`" in text


async def test_sources_that_were_not_asked_for_are_not_searched() -> None:
    library = FakeLibrary(LEASE)
    text = text_of(await run("lease", engine=None, library=library, web=FakeWeb(), sources=frozenset({"web"})))
    assert library.queries == []
    assert "in the web" in text
