"""3. Reload mid-stream resumes; the final text equals the server's."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.actions import answer, ask, prose, session_of
from tests.browser.conftest import Live


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_reload_goes_on_where_it_was(page: Page, live: Live, language: str) -> None:
    live.behave(answer="Water finds **its** way 水往低处流 " * 8, rate=30)
    page.goto("/")
    ask(page, "Where does water go?")
    session = session_of(page)
    expect(answer(page)).to_contain_text("Water finds its way")
    page.reload()
    expect(answer(page)).to_contain_text("Water finds its way")
    expect(answer(page)).to_have_attribute("data-status", "completed")
    assert prose(page) == re.sub(r"\*\*", "", live.answer(session)).strip()
    assert prose(page) == " ".join(["Water finds its way 水往低处流"] * 8)
    assert page.locator("html").get_attribute("lang") == language
