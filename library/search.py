"""Finding passages: PostgreSQL gives candidates, BM25 ranks them, vectors join in when there are any."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from db import Database
from db.passages import Found, TermStatistics, matching_passages, nearest_passages, term_statistics
from errors import ModelError
from library import ranking
from library.terms import QueryTerm, query_terms, quote
from llm.embeddings import Embedder

CANDIDATES = 300
RANKED_TERMS = 24
"""The most telling terms of a long text that is asked for decide; the others cost time."""
TOO_COMMON = 0.25
"""A term that more than this share of the passages holds finds no candidates when rarer ones do; it ranks them."""
MOST_LOOKED_AT = 20_000
"""Passages that are looked at for one query, about; beyond, the rarer terms of the query find the candidates."""
MAX_LIMIT = 100

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that fits a query.

    `score`, 0 to 1, falls from hit to hit. Without vectors it is the share of the highest BM25 score that the query
    could reach: passages that answer mostly have 0.4 and more, those that share a word by accident below 0.3. With
    vectors it is the merged rank times the best fit (that share, or the cosine) of any hit.
    """

    document_id: UUID
    passage_id: UUID
    title: str
    content: str
    locator: dict[str, Any]
    score: float


class SearchLibrary(Protocol):
    """One person's library, as those see it who write answers."""

    async def search(self, query: str, *, limit: int = 8) -> list[Hit]:
        """The best passages for a question or keywords, best first; none when nothing fits."""
        ...


class Library:
    """Searches over the database, by words and, with an `embedder`, by meaning too."""

    def __init__(self, database: Database, embedder: Embedder | None = None) -> None:
        self._database = database
        self._embedder = embedder

    def of(self, owner: str) -> SearchLibrary:
        """The library of one person."""
        return _OwnLibrary(self, owner)

    async def search(self, owner: str, query: str, *, limit: int = 8) -> list[Hit]:
        """The best passages of `owner`'s documents, best first, at most `limit` (up to `MAX_LIMIT`).

        A query without any word finds nothing. When the embedding server fails, words alone decide.

        Raises:
            Unavailable: the database cannot be reached.
        """
        terms = query_terms(query)
        limit = min(limit, MAX_LIMIT)
        if not terms or limit < 1:
            return []
        by_words = await self._by_words(owner, terms)
        by_meaning = await self._by_meaning(owner, query)
        if by_meaning is None:
            return _hits(by_words, limit)
        return _hits(_merged(by_words, by_meaning), limit)

    async def _by_words(self, owner: str, terms: list[QueryTerm]) -> list[tuple[Found, float]]:
        queries = {term.term: quote(term.term) for term in terms}
        counted = {term: quote(term) for term in {*queries, *ranking.characters(terms)}}
        statistics = await term_statistics(self._database, owner, counted)
        held = ranking.worths(terms, statistics, most=RANKED_TERMS)
        if not held:
            return []
        any_of = " | ".join(queries[term] for term in _finders(held, statistics))
        candidates = await matching_passages(
            self._database, owner, worths=held, queries=queries, any_of=any_of, limit=CANDIDATES
        )
        best = ranking.best_possible(terms, held, statistics)
        scored = [(found, ranking.bm25(found, terms, held, statistics.mean_length) / best) for found in candidates]
        return sorted(scored, key=lambda pair: (-pair[1], pair[0].id))

    async def _by_meaning(self, owner: str, query: str) -> list[Found] | None:
        """The nearest passages; None when there is no embedder, or it cannot be asked now."""
        if self._embedder is None:
            return None
        try:
            [vector] = await self._embedder.embed([query])
        except ModelError as error:
            log.warning("Searching by words only: %s", error.message)
            return None
        async with self._database.transaction() as tx:
            return await nearest_passages(tx, owner, vector, model=self._embedder.model, limit=CANDIDATES)


def _finders(held: Mapping[str, float], statistics: TermStatistics) -> list[str]:
    """The terms of which a passage must hold one: the rare ones, as many as cost little."""
    rarest_first = sorted(held, key=lambda term: statistics.holding[term])
    finders = rarest_first[:1]
    seen = statistics.holding[rarest_first[0]]
    for term in rarest_first[1:]:
        seen += statistics.holding[term]
        if seen > MOST_LOOKED_AT or statistics.holding[term] > TOO_COMMON * statistics.passages:
            break
        finders.append(term)
    return finders


@dataclass(frozen=True, slots=True)
class _OwnLibrary:
    library: Library
    owner: str

    async def search(self, query: str, *, limit: int = 8) -> list[Hit]:
        return await self.library.search(self.owner, query, limit=limit)


def _merged(by_words: list[tuple[Found, float]], by_meaning: list[Found]) -> list[tuple[Found, float]]:
    passages = {found.id: found for found in by_meaning} | {found.id: found for found, _ in by_words}
    fits = [score for _, score in by_words[:1]] + [min(1.0, max(0.0, found.cosine or 0.0)) for found in by_meaning[:1]]
    merged = ranking.merge([found.id for found, _ in by_words], [found.id for found in by_meaning])
    return [(passages[key], score * max(fits)) for key, score in merged.items()]


def _hits(scored: list[tuple[Found, float]], limit: int) -> list[Hit]:
    """The first `limit`, each text once, however many copies of a document there are."""
    hits: list[Hit] = []
    seen: set[str] = set()
    for found, score in scored:
        if len(hits) == limit:
            break
        if found.content not in seen:
            seen.add(found.content)
            hits.append(Hit(found.document_id, found.id, found.title, found.content, found.locator, min(1.0, score)))
    return hits
