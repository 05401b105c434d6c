"""9. Stop: tokens cease; partial text kept and marked."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.actions import answer, ask, prose, session_of
from tests.browser.conftest import Live

WORDS = {
    "en": {"stop": "Stop", "stopped": "Stopped. What was written so far is kept."},
    "zh-CN": {"stop": "停止", "stopped": "已停止，已写出的内容已保留。"},
}


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_stop_keeps_what_was_written(page: Page, live: Live, language: str) -> None:
    words = WORDS[language]
    live.behave(answer="one two three four five", tokens=4000, rate=25)
    page.goto("/")
    ask(page, "count")
    expect(answer(page)).to_contain_text("one two three")
    page.get_by_role("button", name=words["stop"], exact=True).click()
    expect(page.get_by_text(words["stopped"])).to_be_visible()
    expect(answer(page)).to_have_attribute("data-status", "cancelled")
    assert live.upstream.log.open == 0
    written = prose(page)
    assert written == live.answer(session_of(page))
    page.reload()
    expect(page.get_by_text(words["stopped"])).to_be_visible()
    assert prose(page) == written
    expect(page.get_by_role("button", name=words["stop"], exact=True)).to_have_count(0)


def test_stop_in_the_silence_before_the_first_word(page: Page, live: Live) -> None:
    live.behave(delay=600)
    page.goto("/")
    ask(page, "are you there?")
    expect(page.get_by_test_id("pending")).to_contain_text("Thinking…")
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("Withdrawn before it was answered")).to_be_visible()
    assert live.upstream.log.open == 0
