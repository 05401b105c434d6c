"""1. A streams while the user sends in B; each text lands in its own session; both spinners show."""

import re

from playwright.sync_api import Page, expect

from tests.browser.actions import answer, ask
from tests.browser.conftest import Live


def test_two_sessions_stream_at_once_each_into_its_own(page: Page, live: Live) -> None:
    live.behave(hold_after=9)
    page.goto("/")
    ask(page, " ".join(["alpha"] * 20))
    expect(answer(page)).to_contain_text("You said: alpha")
    first = page.url
    page.get_by_role("link", name="New chat").click()
    ask(page, " ".join(["beta"] * 20))
    expect(answer(page)).to_contain_text("You said: beta")
    spinners = page.get_by_role("navigation").get_by_role("img", name="answering")
    expect(spinners).to_have_count(2)
    expect(page.get_by_role("main")).not_to_contain_text("alpha")
    live.run(live.upstream.release())
    expect(spinners).to_have_count(0)
    expect(answer(page)).to_contain_text(re.compile(r"You said: (beta ?){20}"))
    page.get_by_role("navigation").get_by_role("link", name=re.compile("alpha")).click()
    expect(page).to_have_url(first)
    expect(answer(page)).to_contain_text(re.compile(r"You said: (alpha ?){20}"))
    expect(page.get_by_role("main")).not_to_contain_text("beta")


def test_an_answer_elsewhere_leaves_a_dot_a_count_and_a_word(page: Page, live: Live) -> None:
    live.behave(answer="done elsewhere", rate=4, tokens=6)
    page.goto("/")
    ask(page, "a slow question")
    expect(answer(page)).to_contain_text("done")
    page.get_by_role("link", name="New chat").click()
    expect(page.get_by_role("navigation").get_by_role("img", name="new answer")).to_be_visible()
    expect(page).to_have_title(re.compile(r"^\(1\) "))
    page.get_by_role("button", name="Open", exact=True).click()
    expect(answer(page)).to_contain_text("done elsewhere")
    expect(page.get_by_role("img", name="new answer")).to_have_count(0)
    expect(page).not_to_have_title(re.compile(r"^\("))
