"""In which language to speak: Chinese to those who write Chinese, else English."""

import re
from typing import Literal

Language = Literal["zh", "en"]

HAN = re.compile("[㐀-䶿一-鿿豈-﫿]")
OTHERS = re.compile("[\u3041-\u309f\u30a1-\u30ff\uac00-\ud7af]")
"""Kana and Hangul: Japanese and Korean readers are not Chinese ones, although they use Han characters."""


def language_of(text: str) -> Language:
    """`zh` when the text has Han characters and neither Kana nor Hangul, else `en`."""
    return "zh" if HAN.search(text) and not OTHERS.search(text) else "en"
