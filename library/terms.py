"""The words a passage is found by, made the same way for passages and for queries.

Latin words are stemmed as English and freed of accents, Cyrillic ones are stemmed as Russian; identifiers such as
`x-forwarded-for` count whole and in parts; runs of Han, Kana or Hangul become overlapping pairs of characters, and
single characters so that a query of one character works. PostgreSQL's own parsers do none of the latter.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

from library.characters import CJK
from library.stopwords import CHINESE_PARTICLES, EAST_ASIAN, ENGLISH, GENERAL

MAX_TERM = 80
"""Characters of a term; longer words are found by their beginning. (A lexeme may have 2,046 bytes.)"""
MAX_POSITION = 16_383
"""The last position PostgreSQL keeps apart; and it keeps 256 positions of one lexeme."""
MAX_POSITIONS_OF_ONE = 256
MAX_QUERY_TERMS = 64

PARTICLE_WEIGHT = 0.15
PART_WEIGHT = 0.5
GENERAL_WEIGHT = 0.3

_JOINERS = r"\-_./:@+'’"
_WORD_CHAR = rf"[^\W_{CJK}]"
_TOKEN = re.compile(
    rf"(?P<cjk>[{CJK}]+)|(?P<word>{_WORD_CHAR}+(?:[{_JOINERS}]{{1,2}}{_WORD_CHAR}+)*(?:\+\+|\#(?!\w))?)"
)
_PARTS = re.compile(rf"{_WORD_CHAR}+")
_CJK_LINE_BREAK = re.compile(rf"(?<=[{CJK}，、])[^\S\n]*\n[^\S\n]*(?=[{CJK}])")
_KANA = re.compile("[\u3040-\u309f]+")
_LATIN = re.compile("[a-z]")
_ASCII_WORD = re.compile("[a-z]+")
_CYRILLIC = re.compile("[\u0400-\u04ff]+")
_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")
_CJK_STOP = re.compile("|".join(map(re.escape, EAST_ASIAN)))

_english = snowballstemmer.stemmer("english")
_russian = snowballstemmer.stemmer("russian")


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """A term of a query. `weight`: how much it counts, above 0 up to 1. `position`: from 1, as in the query."""

    term: str
    weight: float
    position: int


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """One casefolded word, without accents and ending. Symmetric rather than clever: no language is guessed."""
    if _LATIN.search(word) and not word.isascii():
        decomposed = unicodedata.normalize("NFD", word)
        word = unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))
    if _ASCII_WORD.fullmatch(word):
        return str(_english.stemWord(word))
    if _CYRILLIC.fullmatch(word):
        return str(_russian.stemWord(word))
    return word


def document_terms(text: str) -> list[tuple[str, int]]:
    """Every term of `text` with its position, from 1. Whole identifiers share the position of their first part."""
    terms: list[tuple[str, int]] = []
    position = 0
    for kind, token in _tokens(text):
        if kind == "cjk":
            terms.extend((char, position + i) for i, char in enumerate(token, 1))
            terms.extend((token[i : i + 2], position + i + 1) for i in range(len(token) - 1))
            position += len(token)
            continue
        parts = _PARTS.findall(token)
        if len(parts) != 1 or parts[0] != token:
            terms.append((_whole(token), position + 1))
        terms.extend((stem(part)[:MAX_TERM], position + i) for i, part in enumerate(parts, 1))
        position += len(parts)
    return terms


def query_terms(text: str) -> list[QueryTerm]:
    """The terms to look for, each once, at most `MAX_QUERY_TERMS`; none when there is no word in `text`.

    Words that only make a sentence a question are left out, unless there is nothing else.
    """
    found = list(_query_terms(text, content_only=True)) or list(_query_terms(text, content_only=False))
    best: dict[str, QueryTerm] = {}
    for term in found:
        if term.term not in best and len(best) < MAX_QUERY_TERMS:
            best[term.term] = term
    return list(best.values())


def length(terms: Iterable[tuple[str, int]]) -> int:
    """How many words were read: the last position."""
    return max((position for _, position in terms), default=0)


def to_tsvector(terms: Iterable[tuple[str, int, str]]) -> str:
    """Terms with their position and weight (`A` to `D`, or empty) as the text form of a PostgreSQL `tsvector`."""
    places: dict[str, list[str]] = {}
    for term, position, weight in terms:
        of_term = places.setdefault(term, [])
        if len(of_term) < MAX_POSITIONS_OF_ONE:
            of_term.append(f"{min(position, MAX_POSITION)}{weight}")
    return " ".join(f"{quote(term)}:{','.join(of_term)}" for term, of_term in places.items())


def quote(term: str) -> str:
    """`term` as one quoted lexeme of a `tsvector` or `tsquery`."""
    return "'" + term.replace("\\", "\\\\").replace("'", "''") + "'"


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    text = unicodedata.normalize("NFKC", _NOT_STORABLE.sub(" ", text)).casefold()
    for match in _TOKEN.finditer(_CJK_LINE_BREAK.sub("", text)):
        yield ("cjk" if match.lastgroup == "cjk" else "word"), match.group()


def _whole(token: str) -> str:
    return token.replace("’", "'")[:MAX_TERM]


def _query_terms(text: str, *, content_only: bool) -> Iterator[QueryTerm]:
    position = 0
    for kind, token in _tokens(text):
        if kind == "cjk":
            for run in _CJK_STOP.split(token) if content_only else [token]:
                yield from _cjk_query(run, position)
                position += len(run) + 1
            continue
        parts = _PARTS.findall(token)
        stopped = content_only and (_whole(token) in ENGLISH or token in ENGLISH)
        if stopped:
            position += len(parts)
            continue
        compound = len(parts) != 1 or parts[0] != token
        if compound:
            yield QueryTerm(_whole(token), 1.0, position + 1)
        for part in parts:
            position += 1
            if compound and content_only and (part in ENGLISH or len(part) == 1):
                continue
            stemmed = stem(part)[:MAX_TERM]
            weight = GENERAL_WEIGHT if stemmed in GENERAL else PART_WEIGHT if compound else 1.0
            yield QueryTerm(stemmed, weight, position)


def _cjk_query(run: str, position: int) -> Iterator[QueryTerm]:
    if len(run) == 1:
        yield QueryTerm(run, PARTICLE_WEIGHT if run in CHINESE_PARTICLES else 1.0, position + 1)
    for i in range(len(run) - 1):
        pair = run[i : i + 2]
        weak = _KANA.fullmatch(pair) or not CHINESE_PARTICLES.isdisjoint(pair)
        weight = PARTICLE_WEIGHT if weak else GENERAL_WEIGHT if pair in GENERAL else 1.0
        yield QueryTerm(pair, weight, position + i + 1)
