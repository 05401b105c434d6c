"""Whether a passage fits a question, and which of its sentences says most about it.

The words are those that the library's search uses, so that nothing is found by one and missed by the other.
"""

import re
from collections.abc import Sequence

from library.characters import count_cjk
from library.search import Hit
from library.terms import document_terms, query_terms

FITTING_SHARE = 0.3
"""A passage fits when it holds this share of the question's words …"""
FITTING_WEIGHT = 4.0
"""… or so many of them, which is little of a long question but no accident …"""
FITTING_SCORE = 0.15
"""… and the search did not find it by a common word alone;"""
FITTING_MEANING = 0.6
"""or without any common word, when the search is so sure of its meaning."""

QUOTE_ENOUGH = 160
QUOTE_LIMIT = 420
"""Characters: a quote goes on to the next sentence below the first, and is cut at the second."""

_SENTENCES = re.compile(r"[^\n]+?(?:[.!?]+[\"')\]”’]*(?=\s|$)|[。！？；]+[”’」』）]*|(?=\n)|$)")


class Question:
    """A question as the words that it is about."""

    def __init__(self, text: str) -> None:
        self.weights = {term.term: term.weight for term in query_terms(text)}
        # About every second pair of Chinese characters lies across two words and is found nowhere.
        self._total = sum(weight / 2 if count_cjk(term) > 1 else weight for term, weight in self.weights.items())

    def weight_in(self, text: str) -> float:
        """The weight of the question's words that `text` holds."""
        if not self.weights:
            return 0.0
        held = {term for term, _ in document_terms(text)}
        return sum(weight for term, weight in self.weights.items() if term in held)

    def fits(self, hit: Hit) -> bool:
        """Whether the passage, with its title and heading, is about the question."""
        if hit.score >= FITTING_MEANING:
            return True
        if hit.score < FITTING_SCORE or not self._total:
            return False
        weight = self.weight_in(f"{hit.title}\n{hit.locator.get('heading') or ''}\n{hit.content}")
        return weight >= FITTING_WEIGHT or weight / self._total >= FITTING_SHARE

    def best_quote(self, passage: str) -> str:
        """The sentences of `passage` that say most about the question, one after another, word for word."""
        sentences = [match.span() for match in _SENTENCES.finditer(passage) if match[0].strip()]
        if not sentences:
            return passage.strip()[:QUOTE_LIMIT]
        scores = [self.weight_in(passage[start:end]) for start, end in sentences]
        # A following sentence counts half: a heading before its paragraph is a better start than the one after.
        worth = [score + 0.5 * after for score, after in zip(scores, [*scores[1:], 0.0], strict=True)]
        first = worth.index(max(worth))
        start, end = sentences[first]
        for _, next_end in sentences[first + 1 :]:
            if end - start >= QUOTE_ENOUGH or next_end - start > QUOTE_LIMIT:
                break
            end = next_end
        quote = passage[start:end].strip()
        return quote if len(quote) <= QUOTE_LIMIT else quote[: QUOTE_LIMIT - 1].rstrip() + "…"


def fitting(question: str, hits: Sequence[Hit]) -> list[Hit]:
    """The hits that fit the question, in their order."""
    asked = Question(question)
    return [hit for hit in hits if asked.fits(hit)]
