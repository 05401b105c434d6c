"""What a person does on the page."""

import re

from playwright.sync_api import Locator, Page, expect

MESSAGE = re.compile("^(Message|消息)$")
QUEUE = {"en": "Queue", "zh-CN": "排队区"}


def composer(page: Page) -> Locator:
    """The box for messages."""
    return page.get_by_role("textbox", name=MESSAGE)


def ask(page: Page, words: str) -> None:
    """Type a message and press Enter."""
    box = composer(page)
    box.fill(words)
    box.press("Enter")


def open_queue(page: Page, language: str = "en") -> Locator:
    """The queue, opened if it was not."""
    name = QUEUE[language]
    toggle = page.get_by_role("banner").get_by_role("button", name=re.compile(f"^{name}"))
    expect(toggle).to_be_visible()
    if toggle.get_attribute("aria-expanded") != "true":
        toggle.click()
    return page.get_by_role("complementary", name=name).or_(page.get_by_role("dialog", name=name))


def row(panel: Locator, words: str) -> Locator:
    """One task in the queue."""
    return panel.get_by_test_id("queue-row").filter(has_text=words)


def tray(page: Page) -> Locator:
    """The messages that wait behind the answer being written."""
    return page.get_by_role("region", name="Queued messages")


def session_of(page: Page) -> str:
    """The id of the chat on the page."""
    expect(page).to_have_url(re.compile("/app/chat/"))
    return page.url.rsplit("/", 1)[1]


def answer(page: Page) -> Locator:
    """The last answer on the page."""
    return page.get_by_test_id("answer").last


def prose(page: Page) -> str:
    """The words of the last answer, as the browser shows them, in one line."""
    return " ".join(answer(page).locator(".prose").inner_text().split())
