"""How well a passage answers a query: BM25 over weighted fields, phrases, and the merging of two rankings."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from db.passages import Found, TermStatistics
from library.characters import count_cjk
from library.terms import QueryTerm

K1 = 1.2
B = 0.75
FIELD_WEIGHTS: Mapping[str, float] = {"A": 3.0, "B": 0.6, "C": 0.3, "D": 1.0}
"""What an occurrence counts: A in the passage's own heading, B in the headings above, C in the title, D in the text."""
PHRASE_BONUS = 1.0
"""For two terms that stand side by side in the passage as in the query, as a share of the lesser one's worth."""
UNKNOWN_PAIR = 0.25
MAX_COHESION_TERMS = 24
LEAST_COHESION = 0.1
NEAR = 8
"""Terms that stand this far from where the query has them earn no bonus."""
RECIPROCAL_OFFSET = 60


def inverse_frequency(statistics: TermStatistics, term: str) -> float:
    """How telling a term is: near 0 when every passage holds it."""
    holding = statistics.holding.get(term, 0)
    return math.log(1 + (statistics.passages - holding + 0.5) / (holding + 0.5))


def worths(query: Sequence[QueryTerm], statistics: TermStatistics, *, most: int = 1000) -> dict[str, float]:
    """The `most` telling terms of the query that any passage holds, with what each is worth, the highest first."""
    held = {
        term.term: term.weight * cohesion(statistics, term.term) * inverse_frequency(statistics, term.term)
        for term in query
        if statistics.holding.get(term.term)
    }
    return dict(sorted(held.items(), key=lambda pair: -pair[1])[:most])


def cohesion(statistics: TermStatistics, term: str) -> float:
    """How much two CJK characters are a word rather than the end of one and the beginning of the next: up to 1."""
    if len(term) != 2 or count_cjk(term) != 2:
        return 1.0
    rarer = min(statistics.holding.get(char, 0) for char in term)
    return max(LEAST_COHESION, math.sqrt(statistics.holding[term] / rarer)) if rarer else 1.0


def characters(query: Sequence[QueryTerm]) -> set[str]:
    """The single characters whose counts `cohesion` needs; none for a long text, where pairs outvote accidents."""
    if len(query) > MAX_COHESION_TERMS:
        return set()
    return {char for term in query if len(term.term) == 2 and count_cjk(term.term) == 2 for char in term.term}


def best_possible(query: Sequence[QueryTerm], held: Mapping[str, float], statistics: TermStatistics) -> float:
    """The score that no passage can exceed, by which scores are divided.

    A word that no passage holds counts, since a question about it is not answered; a pair of CJK characters counts
    less, since it may be no word at all.
    """
    total = sum(held.values())
    for term in query:
        if not statistics.holding.get(term.term):
            certainty = UNKNOWN_PAIR if count_cjk(term.term) else 1.0
            total += certainty * term.weight * inverse_frequency(statistics, term.term)
    bonus = sum(PHRASE_BONUS * min(held[a.term], held[b.term]) for a, b in _adjacent(query, held))
    return total * (K1 + 1) + bonus


def bm25(found: Found, query: Sequence[QueryTerm], held: Mapping[str, float], mean_length: float) -> float:
    """The score of one passage; `held` are the `worths` of the query's terms."""
    places = {term: (positions or [], weights or []) for term, positions, weights in found.places}
    length = K1 * (1 - B + B * found.term_count / max(mean_length, 1.0))
    score = matched = 0.0
    for term, worth in held.items():
        if term in places:
            frequency = sum(FIELD_WEIGHTS[weight] for weight in places[term][1]) or 1.0
            score += worth * frequency * (K1 + 1) / (frequency + length)
            matched += worth
    for first, second in _adjacent(query, held):
        if first.term in places and second.term in places:
            asked = second.position - first.position
            near = _nearness(places[first.term][0], places[second.term][0], asked)
            score += PHRASE_BONUS * near * min(held[first.term], held[second.term])
    everything = sum(held.values())
    return score * (0.5 + 0.5 * matched / everything) if everything else 0.0


def merge(*rankings: Sequence[Any]) -> dict[Any, float]:
    """Reciprocal rank fusion: every item of any ranking with its score in 0..1, the best first."""
    scores: dict[Any, float] = {}
    for ranking in rankings:
        for rank, item in enumerate(ranking, 1):
            scores[item] = scores.get(item, 0.0) + (RECIPROCAL_OFFSET + 1) / (RECIPROCAL_OFFSET + rank) / len(rankings)
    return dict(sorted(scores.items(), key=lambda pair: -pair[1]))


def _nearness(first: Sequence[int], second: Sequence[int], asked: int) -> float:
    """1 when the terms stand somewhere as far apart as was asked, less when they are only close."""
    best = min((abs(b - a - asked) for a in first for b in second), default=NEAR)
    return 1.0 if best == 0 else max(0.0, 0.5 * (1 - best / NEAR))


def _adjacent(query: Sequence[QueryTerm], held: Mapping[str, float]) -> list[tuple[QueryTerm, QueryTerm]]:
    known = [term for term in query if term.term in held]
    return [(a, b) for a, b in pairwise(known) if 1 <= b.position - a.position <= 3]
