"""17. Switching language changes every string, `lang`, plurals and dates."""

import re

from playwright.sync_api import Page, expect

from tests.browser.actions import open_queue
from tests.browser.conftest import Live

TEXTS = """() => {
  const texts = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { textContent, parentElement } = walker.currentNode;
    if (!['SCRIPT', 'STYLE'].includes(parentElement.tagName)) texts.add(textContent.trim());
  }
  for (const element of document.querySelectorAll('*'))
    for (const name of ['aria-label', 'title', 'placeholder', 'alt']) texts.add(element.getAttribute(name) ?? '');
  return [document.title, ...texts];
}"""
ENGLISH = "The keeper opens the gate when the water on both sides stands at the same height, and closes it again. "
OURS = re.compile("fake-model|gates|Gates|busy|Sluice|English|Markdown|md|简体中文", re.IGNORECASE)
"""What is the same in both: names, and what the test itself wrote."""


def _english(page: Page) -> list[str]:
    return [text for text in page.evaluate(TEXTS) if re.search("[A-Za-z]{3}", OURS.sub("", text))]


def _switch(page: Page, settings: str, language: str) -> None:
    page.get_by_role("button", name=settings, exact=True).click()
    page.get_by_role("menuitemradio", name=language).click()


def test_every_word_changes_with_the_language(page: Page, live: Live) -> None:
    live.upload("gates.md", "# Gates\n\nGates and more gates.\n")
    done = live.chat("gates")
    live.becomes(done["task_id"], "completed")
    live.behave(delay=600)
    busy = [live.chat(f"busy {number}") for number in range(4)]
    live.becomes(busy[1]["task_id"], "running")
    page.goto("/")
    open_queue(page)
    _switch(page, "Settings", "简体中文")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    for path in ("", f"/chat/{busy[3]['session_id']}", "/library", "/research"):
        page.goto(f"/app{path}")
        expect(page.get_by_role("complementary").get_by_test_id("queue-row")).to_have_count(4)
        expect(page.get_by_role("main").locator("h2, p").first).to_be_visible()
        left = [text for text in _english(page) if "PDF" not in text]
        assert left == [], path
    _switch(page, "设置", "English")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("link", name="New chat")).to_be_visible()
    chinese = [text for text in page.evaluate(TEXTS) if re.search("[一-鿿]", text.replace("简体中文", ""))]
    assert chinese == []


def test_plurals_and_dates_follow_the_language(page: Page, live: Live) -> None:
    live.upload("one.md", f"# Gates\n\n{ENGLISH}\n")
    sections = "\n\n".join(f"# Part {number}\n\n{ENGLISH * 8}" for number in range(2))
    live.upload("two.md", sections)
    page.goto("/app/library")
    items = page.get_by_role("main").get_by_role("listitem")
    expect(items.filter(has_text="1 passage ·")).to_have_count(1)
    expect(items.filter(has_text="2 passages ·")).to_have_count(1)
    expect(items.first).to_contain_text(re.compile(r"\d\d?:\d\d\s?[AP]M"))
    _switch(page, "Settings", "简体中文")
    expect(items.filter(has_text="1 个段落 ·")).to_have_count(1)
    expect(items.filter(has_text="2 个段落 ·")).to_have_count(1)
    expect(items.first).not_to_contain_text(re.compile("[AP]M"))
    expect(items.first).to_contain_text("英语")
