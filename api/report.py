"""A report as one Markdown text that stands alone."""

import re

from scheduling.views import ReportView

CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def markdown(report: ReportView) -> str:
    """The report, and below it its numbered sources."""
    text = report.content.rstrip() + "\n"
    if not report.citations:
        return text
    heading = "来源" if CJK.search(report.content) else "Sources"
    lines = [f"{each['n']}. {_source(each)}" for each in sorted(report.citations, key=lambda each: int(each["n"]))]
    return f"{text}\n## {heading}\n\n" + "\n".join(lines) + "\n"


def _source(citation: dict[str, object]) -> str:
    title = str(citation.get("title") or "").replace("\n", " ")
    url = citation.get("url")
    locator = citation.get("locator")
    known = locator if isinstance(locator, dict) else {}
    place = [
        str(known[key]) if key == "heading" else f"p. {known[key]}" for key in ("page", "heading") if known.get(key)
    ]
    words = ", ".join([title, *place])
    return f"{words} <{url}>" if url else words
