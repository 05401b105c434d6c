"""A report as Markdown that stands alone."""

from typing import Any
from uuid import uuid4

from api.report import markdown
from scheduling.views import ReportView


def _report(content: str, *citations: dict[str, Any]) -> ReportView:
    return ReportView(task_id=uuid4(), topic="t", status="completed", content=content, citations=list(citations))


def test_sources_follow_the_text_in_order() -> None:
    text = markdown(
        _report(
            "# Weirs\n\nThey hold water [1][2].\n\n",
            {"n": 2, "title": "On weirs", "url": "https://example.org/w", "locator": None},
            {"n": 1, "title": "Handbook", "locator": {"page": 3, "heading": "Gates"}},
        )
    )
    assert text == (
        "# Weirs\n\nThey hold water [1][2].\n\n## Sources\n\n"
        "1. Handbook, p. 3, Gates\n2. On weirs <https://example.org/w>\n"
    )


def test_a_chinese_report_has_a_chinese_heading() -> None:
    assert "## 来源\n" in markdown(_report("水闸控制水流 [1]。", {"n": 1, "title": "手册"}))


def test_without_sources_there_is_no_heading() -> None:
    assert markdown(_report("Nothing was found.")) == "Nothing was found.\n"
