"""A guess at the language of a text, from its scripts and its small words."""

import re
from collections import Counter

from library.characters import CJK

_SAMPLE = 20_000
_KANA = re.compile("[\u3040-\u30ff]")
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]")
_CJK = re.compile(f"[{CJK}]")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_RUSSIAN_ONLY = re.compile("[ыэъЫЭЪ]")
_LETTERS = re.compile(r"[^\W\d_]")
_WORDS = re.compile(r"[^\W\d_]+")

_MOST_USED = {
    "en": "the of and to in is that for with are this be on it as or by from",
    "de": "der die und das ist nicht mit von den zu ein eine auf für im des dem sich",
    "fr": "le la les des et est une dans que pour du qui sur pas avec ce au par",
    "es": "el la los las de que y en una por con para es se del un no su",
    "it": "il di che la e per un una con non del della sono le gli dei nel si",
    "pt": "o de que e do da em um para com não uma os no se na por as",
    "nl": "de het een van en is dat op te in voor met zijn niet aan er ook om",
}
_SMALL_WORDS = {code: frozenset(words.split()) for code, words in _MOST_USED.items()}


def guess_language(text: str) -> str | None:
    """An ISO 639-1 code (`zh`, `en`, `ja`, `ko`, `ru`, `de`, `fr`, `es`, `it`, `pt`, `nl`), or None when unsure.

    A middle part of a long text is looked at, since what stands first is often a licence in English.
    """
    start = max(0, (len(text) - _SAMPLE) // 2)
    sample = text[start : start + _SAMPLE]
    letters = len(_LETTERS.findall(sample))
    if letters < 2:
        return None
    cjk = len(_CJK.findall(sample))
    if cjk > 0.1 * letters:
        if len(_HANGUL.findall(sample)) > 0.3 * cjk:
            return "ko"
        return "ja" if len(_KANA.findall(sample)) > 0.1 * cjk else "zh"
    if len(_CYRILLIC.findall(sample)) > 0.5 * letters:
        return "ru" if _RUSSIAN_ONLY.search(sample) else None
    return _by_small_words(sample)


def _by_small_words(sample: str) -> str | None:
    words = Counter(word.lower() for word in _WORDS.findall(sample))
    total = words.total()
    scores = {code: sum(words[word] for word in small) / total for code, small in _SMALL_WORDS.items()}
    (first, best), (_, second) = sorted(scores.items(), key=lambda item: -item[1])[:2]
    return first if best >= 0.08 and best > 1.2 * second else None
