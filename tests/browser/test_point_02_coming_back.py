"""2. Returning to A mid-stream shows all text, no gap or repeat."""

import re

from playwright.sync_api import Page, expect

from tests.browser.actions import answer, ask, prose
from tests.browser.conftest import Live

NUMBERS = [f"n{number}." for number in range(60)]


def test_coming_back_mid_stream_shows_all_of_it(page: Page, live: Live) -> None:
    live.behave(answer=" ".join(NUMBERS), rate=16)
    page.goto("/")
    ask(page, "count for me")
    expect(answer(page)).to_contain_text("n5.")
    page.get_by_role("link", name="Library").click()
    expect(page.get_by_role("heading", name="Library", level=2)).to_be_visible()
    page.get_by_role("navigation").get_by_role("link", name=re.compile("count for me")).click()
    expect(answer(page)).to_contain_text("n6.")
    so_far = prose(page).split()
    assert so_far == NUMBERS[: len(so_far)]
    expect(answer(page)).to_have_attribute("data-status", "completed")
    assert prose(page).split() == NUMBERS
