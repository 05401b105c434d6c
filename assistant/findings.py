"""What the searches of a research found, numbered once and for all."""

import asyncio
from dataclasses import asdict, dataclass, field
from typing import Any, cast

from pydantic import JsonValue

from assistant.relevance import fitting
from assistant.sources import Source, of_hits
from assistant.web import SearchWeb, WebSearchError
from library.search import SearchLibrary

PER_QUESTION = 6


@dataclass(slots=True)
class Findings:
    """Sources in the order in which they were found. The n-th has the number n."""

    sources: list[Source] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Sentences about searches that failed, each once."""
    searches: int = 0
    failed: int = 0
    _numbers: dict[str, int] = field(default_factory=dict)

    def add(self, result: JsonValue) -> list[int]:
        """Take the result of one search step; the numbers of its sources."""
        step = cast("dict[str, Any]", result)
        self.searches += 1
        if problem := step.get("problem"):
            self.failed += 1
            if problem not in self.problems:
                self.problems.append(problem)
        return [self._number(Source(**source)) for source in step["sources"]]

    def __getitem__(self, n: int) -> Source:
        return self.sources[n - 1]

    def _number(self, source: Source) -> int:
        if source.key not in self._numbers:
            self.sources.append(source)
            self._numbers[source.key] = len(self.sources)
        return self._numbers[source.key]


async def search(question: str, library: SearchLibrary | None, web: SearchWeb | None) -> JsonValue:
    """One search step: sources from the library and the web, and why the web failed if it did."""
    found, (pages, problem) = await asyncio.gather(_of_library(question, library), _of_web(question, web))
    return {"sources": [cast("dict[str, JsonValue]", asdict(source)) for source in found + pages], "problem": problem}


async def _of_library(question: str, library: SearchLibrary | None) -> list[Source]:
    if library is None:
        return []
    return of_hits(fitting(question, await library.search(question, limit=PER_QUESTION)))


async def _of_web(question: str, web: SearchWeb | None) -> tuple[list[Source], str | None]:
    if web is None:
        return [], None
    try:
        results = await web.search(question, limit=PER_QUESTION)
    except WebSearchError as error:
        return [], error.message
    return [Source(page.url, page.title or page.url, page.snippet, url=page.url) for page in results], None
