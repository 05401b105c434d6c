"""What kind of character it is, and text without what no reader can see and no database can store."""

import re

CJK = (
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"  # 々〆〇, Hiragana, Katakana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
    "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af"  # Hangul
)
"""The inside of a character class: scripts whose words are not told apart by spaces, or carry endings."""

CJK_WIDE = CJK + "\u2014\u2018-\u201d\u2026\u3000-\u3004\u3008-\u303f\uff00-\uffef"
"""The same with the punctuation written among them."""

_CJK = re.compile(f"[{CJK}]")
_WIDE = re.compile(f"[{CJK_WIDE}]")
_UNWANTED = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\xad\u200b\u2060\ufeff\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")
_SPACES = re.compile(r"[^\S\n]+")


def count_cjk(text: str) -> int:
    """How many characters of `text` are Han, Kana or Hangul."""
    return sum(1 for _ in _CJK.finditer(text))


def width(text: str) -> int:
    """How much `text` says, in Latin letters: a CJK character counts as two."""
    return len(text) + sum(1 for _ in _WIDE.finditer(text))


def clean(text: str) -> str:
    """`text` with line feeds as its only line ends, without control characters, soft hyphens and lone surrogates."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n").replace("\u2028", "\n")
    return _UNWANTED.sub("", text.replace("\u2029", "\n"))


def one_line(text: str) -> str:
    """`text` cleaned, on one line, with single spaces."""
    return " ".join(clean(text).split())


def squeeze(text: str) -> str:
    """`text` cleaned, with single spaces, its lines stripped and its empty lines dropped."""
    lines = (_SPACES.sub(" ", line).strip() for line in clean(text).split("\n"))
    return "\n".join(line for line in lines if line)
