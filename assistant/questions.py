"""The search questions of a research: read from what a model wrote, or made from the library's headings."""

import re
from collections.abc import Iterable, Sequence

import orjson

from assistant.sources import Source, one_line

MOST = 6
MOST_FURTHER = 3
LONGEST = 300

_LIST_SIGN = re.compile(r"^\s*(?:[-*•]|\(?\d{1,2}[.)、:：])\s*")
_PARTS = re.compile(r"\s*[,;，；、]\s*|\s+(?:and|versus|vs\.?)\s+|[和与及]")
_NOTHING = re.compile(r"\W*(none|无|没有|n/a)\W*", re.IGNORECASE)


def parsed_questions(written: str) -> list[str]:
    """The questions in a model's answer: JSON lines, a JSON list, or a plain list; none when it has none."""
    text = re.sub(r"^```\w*\s*$", "", written.strip(), flags=re.MULTILINE).strip()
    if _NOTHING.fullmatch(text):
        return []
    found = _from_json(text)
    if not found:
        for line in text.splitlines():
            bare = _LIST_SIGN.sub("", line).strip().rstrip(",")
            found += _from_json(bare) or ([bare] if _looks_asked(bare, line) else [])
    return distinct(found)


def distinct(questions: Iterable[str], known: Iterable[str] = ()) -> list[str]:
    """Each question once, in one line, without those that are known."""
    seen = {_bare(question) for question in known}
    kept = []
    for question in questions:
        line = one_line(question, LONGEST)
        if _bare(line) and _bare(line) not in seen:
            seen.add(_bare(line))
            kept.append(line)
    return kept


def planned_without_model(topic: str, found: Sequence[Source]) -> list[str]:
    """The topic itself, its parts, and the topic under the headings or titles that the library has on it."""
    parts = [part for part in _PARTS.split(topic) if len(part.strip()) > 3]
    return distinct([topic, *(parts if len(parts) > 1 else []), *_under_headings(topic, found)])[:MOST]


def further_without_model(topic: str, found: Sequence[Source], asked: Sequence[str]) -> list[str]:
    """Headings that came up and were not asked about."""
    return distinct(_under_headings(topic, found), asked)[:MOST_FURTHER]


def heading_of(question: str, topic: str) -> str:
    """A question as the heading of a section: without the topic before it."""
    return question.removeprefix(f"{one_line(topic, LONGEST)}: ") or question


def _under_headings(topic: str, found: Sequence[Source]) -> list[str]:
    headings = [str((source.locator or {}).get("heading") or source.title) for source in found]
    short = one_line(topic, LONGEST // 2)
    return [f"{short}: {one_line(heading, 100)}" for heading in headings if _bare(heading) != _bare(topic)]


def _from_json(text: str) -> list[str]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return []
    if isinstance(value, dict):
        value = value.get("questions") or value.get("question") or value.get("query") or []
    items = value if isinstance(value, list) else [value]
    texts = [item.get("question") or item.get("query") if isinstance(item, dict) else item for item in items]
    return [text for text in texts if isinstance(text, str) and text.strip()]


def _looks_asked(bare: str, line: str) -> bool:
    """Whether a line that is no JSON is a question, not a remark of the model."""
    if len(bare) < 4 or bare.endswith((":", "：")) or bare.startswith(("{", "[", "}", "]")):
        return False
    return bare.endswith(("?", "？")) or bool(_LIST_SIGN.match(line))


def _bare(question: str) -> str:
    return re.sub(r"\W+", " ", question.casefold()).strip()
