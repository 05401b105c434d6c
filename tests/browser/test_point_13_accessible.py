"""13. axe (WCAG 2.2 AA): 0 violations in every view, light and dark, both languages."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.actions import ask, composer, open_queue, row
from tests.browser.conftest import Live

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ALL = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
# Colours are the same in both languages, so what is not about them is looked at once in each.
RUNS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "en": [("light", ALL), ("dark", COLOURS)],
    "zh-CN": [("dark", ALL)],
}
SETTLED = """() => new Promise((settled) => requestAnimationFrame(() => requestAnimationFrame(() =>
  settled(document.getAnimations().every(({ playState }) => playState === 'finished')))))"""
RICH = """The gate opens at six [1].

| a | b |
| --- | --- |
| 1 | 2 |

```python
def level(gate: int) -> float:
    return 2.5  # metres
```

$$E = mc^2$$

- [x] done
- [ ] **open**, see [the page](https://example.org)

> quoted `code`
"""
RULES = [["search questions", '"What opens the gate?"']]


@dataclass
class Seen:
    """What the views show."""

    chat: str
    failed: str
    report: str


@pytest.fixture
def seen(live: Live) -> Seen:
    live.upload("gates.md", "# Gates\n\nThe lock keeper opens the gate at six o'clock.\n")
    live.upload("broken.pdf", "%PDF-1.4 nothing")
    live.behave(answer=RICH)
    chat = live.chat("when does the keeper open the gate?")
    live.becomes(chat["task_id"], "completed")
    live.behave(answer="Opened at six [1].", rules=RULES)
    report = live.run(live.stack.call("POST", "/research", json={"topic": "gate", "depth": 1}, expect=202))
    live.becomes(report["task_id"], "completed")
    live.behave(status=400, error="no such model")
    failed = live.chat("this one fails")
    live.becomes(failed["task_id"], "failed")
    live.behave(delay=600)
    for number in range(4):
        live.chat(f"busy {number}")
    return Seen(chat["session_id"], failed["session_id"], report["task_id"])


def _violations(axe: Axe, page: Page, options: dict[str, Any]) -> list[str]:
    """What axe says, a line for each element."""
    violations = axe.run(page, options=options).response["violations"]
    return [
        f"{each['id']}: {node['html'][:200]} {node['failureSummary']}" for each in violations for node in each["nodes"]
    ]


def _views(page: Page, seen: Seen, language: str) -> Iterator[str]:
    """Brings up one view after the other, and names it."""
    steps: dict[str, Callable[[], None]] = {
        "welcome": lambda: _go(page, "/app"),
        "chat": lambda: _go(page, f"/app/chat/{seen.chat}", ".katex"),
        "queue": lambda: expect(row(open_queue(page, language), "busy 3")).to_be_visible(),
        "queue menu": lambda: page.get_by_test_id("queue-row").last.get_by_role("button").first.click(),
        "passage": lambda: page.locator("[data-cite]").first.click(),
        "failed": lambda: _go(page, f"/app/chat/{seen.failed}", "[role=alert]"),
        "tray": lambda: _tray(page),
        "research": lambda: _go(page, "/app/research", "main li"),
        "report": lambda: _go(page, f"/app/research/{seen.report}", "article"),
        "library": lambda: _go(page, "/app/library", "main li"),
        "found": lambda: page.get_by_role("main").get_by_role("searchbox").fill("keeper"),
        "delete": lambda: _delete(page),
        "missing": lambda: _go(page, "/app/nowhere"),
        "settings": lambda: page.get_by_role("navigation").get_by_role("button").last.click(),
    }
    for name, step in steps.items():
        if name != "queue menu":
            page.keyboard.press("Escape")
        step()
        if name == "found":
            expect(page.locator("mark").first).to_be_visible()
        yield name


def _go(page: Page, path: str, needed: str = "main h1, main h2, main p") -> None:
    page.goto(path)
    expect(page.locator(needed).first).to_be_visible()


def _tray(page: Page) -> None:
    for words in ("one more", "and another", "and a third"):
        ask(page, words)
    expect(page.locator("main section li")).to_have_count(2)
    page.locator("main section li").first.get_by_role("button").first.click()
    expect(page.locator("main section textarea")).to_be_focused()


def _delete(page: Page) -> None:
    _go(page, "/app/library", "main li")
    page.locator("main li").last.get_by_role("button").last.click()
    expect(page.get_by_role("dialog")).to_be_visible()


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_no_view_violates_wcag_2_2_aa(page: Page, live: Live, seen: Seen, language: str) -> None:
    axe, found = Axe(), []
    page.emulate_media(reduced_motion="reduce")
    for name in _views(page, seen, language):
        for scheme, options in RUNS[language]:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            expect(page.locator("html")).to_have_attribute("data-theme", scheme)
            page.wait_for_function(SETTLED)
            found += [f"{name}, {scheme}: {each}" for each in _violations(axe, page, options)]
    assert found == []


def test_the_sheets_of_a_narrow_window(page: Page, live: Live, seen: Seen) -> None:
    axe = Axe()
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"/app/chat/{seen.chat}")
    expect(composer(page)).to_be_visible()
    page.get_by_role("button", name="Open navigation").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert _violations(axe, page, ALL) == []
    page.keyboard.press("Escape")
    open_queue(page)
    expect(page.get_by_role("dialog").get_by_test_id("queue-row").first).to_be_visible()
    assert _violations(axe, page, ALL) == []
