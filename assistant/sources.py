"""Numbered sources: passages of documents, and web pages by their snippets."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from assistant.language import Language
from library.search import Hit
from streaming.events import Citation

_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~])")
_MARKER = re.compile(r"\[(\d{1,3}(?:[,;] ?\d{1,3})*)\]")


@dataclass(frozen=True, slots=True)
class Source:
    """Something that can be cited. `key` tells whether two are the same."""

    key: str
    title: str
    passage: str
    document_id: str | None = None
    locator: dict[str, Any] | None = None
    url: str | None = None

    @classmethod
    def of(cls, hit: Hit) -> "Source":
        """A passage that the library found."""
        return cls(str(hit.passage_id), hit.title, hit.content, str(hit.document_id), hit.locator)

    def citation(self, n: int) -> Citation:
        """The event that says what number `n` stands for."""
        return Citation(
            n=n,
            document_id=UUID(self.document_id) if self.document_id else None,
            url=self.url,
            title=self.title,
            passage=self.passage,
            locator=self.locator,
        )

    def place(self, language: Language) -> str:
        """Where in the document, for people: `page 3, Installation`, or nothing."""
        locator = self.locator or {}
        parts = []
        if page := locator.get("page"):
            parts.append(f"第 {page} 页" if language == "zh" else f"page {page}")
        if heading := locator.get("heading"):
            parts.append(one_line(str(heading), 120))
        return ("，" if language == "zh" else ", ").join(parts)

    def for_prompt(self, n: int, language: Language) -> str:
        """The source as a model sees it. References of its own would be taken for ours."""
        place = self.place(language)
        head = f"[{n}] {one_line(self.title)}" + (f" ({place})" if place else "")
        passage = _MARKER.sub(r"(\1)", self.passage.strip())
        return f"{head}\n{passage}"

    def for_list(self, n: int, language: Language) -> str:
        """The source as an entry of a list, in Markdown."""
        place = self.place(language)
        entry = f"[{n}] {plain(one_line(self.title))}" + (f" ({plain(place)})" if place else "")
        return f"{entry} <{self.url}>" if self.url else entry


def of_hits(hits: Sequence[Hit]) -> list[Source]:
    """One source per hit."""
    return [Source.of(hit) for hit in hits]


def one_line(text: str, limit: int = 200) -> str:
    """`text` in one line, shortened."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def plain(text: str) -> str:
    """`text` as Markdown that shows it as it is."""
    return _MARKDOWN.sub(r"\\\1", text)
