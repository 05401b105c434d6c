"""16. 360 px wide: no sideways scroll, targets at least 40 px."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.actions import open_queue
from tests.browser.conftest import Live
from tests.browser.test_point_13_accessible import RICH

SMALLEST = 40
# Links and sources inside running text are excepted, as WCAG does.
SMALL = """(smallest) => [...document.querySelectorAll('button, a[href], summary, [role=menuitem], label:has(input)')]
  .filter((element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: false }))
  .filter((element) => element.closest('.prose a, .prose .chip, .sr-only, [inert]') === null)
  .map((element) => [element.getBoundingClientRect(), element])
  .filter(([box]) => box.width > 1 && (Math.round(box.width) < smallest || Math.round(box.height) < smallest))
  .map(([box, element]) => `${Math.round(box.width)} x ${Math.round(box.height)} ${element.outerHTML.slice(0, 160)}`)
"""
OVERFLOW = "[document.documentElement.scrollWidth, innerWidth]"


@pytest.fixture
def narrow(page: Page) -> Page:
    page.set_viewport_size({"width": 360, "height": 740})
    return page


def _fits(page: Page, place: str) -> None:
    needed, there = page.evaluate(OVERFLOW)
    assert needed <= there, place
    assert page.evaluate(f"({SMALL})({SMALLEST})") == [], place


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_view_fits_a_narrow_window(narrow: Page, live: Live, language: str) -> None:
    live.upload("gates.md", "# Gates\n\nThe lock keeper opens the gate at six o'clock.\n")
    live.behave(answer=f"{RICH}\n\n```\n{'a long line of code ' * 12}\n```\n\n{'unbroken' * 30}")
    chat = live.chat("when does the keeper open the gate? " + "averyveryverylongword" * 6)
    live.becomes(chat["task_id"], "completed")
    live.behave(delay=600)
    for number in range(4):
        live.chat(f"busy {number}")
    research = live.run(live.stack.call("POST", "/research", json={"topic": "gates " * 30}, expect=202))
    for path in ("", f"/chat/{chat['session_id']}", "/library", "/research", f"/research/{research['task_id']}", "/no"):
        narrow.goto(f"/app{path}")
        expect(narrow.get_by_role("main").locator("h2, p, textarea").first).to_be_visible()
        _fits(narrow, path)
    narrow.goto(f"/app/chat/{chat['session_id']}")
    expect(narrow.locator(".katex").first).to_be_visible()
    _fits(narrow, "chat")
    open_queue(narrow, language)
    expect(narrow.get_by_role("dialog").get_by_test_id("queue-row").nth(4)).to_be_visible()
    _fits(narrow, "queue")
    narrow.keyboard.press("Escape")
    narrow.get_by_role("banner").get_by_role("button").first.click()
    expect(narrow.get_by_role("dialog").get_by_role("link").first).to_be_visible()
    _fits(narrow, "navigation")
