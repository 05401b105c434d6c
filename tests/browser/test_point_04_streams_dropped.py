"""4. The server drops streams: "reconnecting" within 2 s, then resumes, 0 gaps."""

from playwright.sync_api import Page, expect

from tests.browser.actions import answer, ask, prose
from tests.browser.conftest import Live, Rough

NUMBERS = [f"n{number}." for number in range(70)]
PROMISED_MS = 2_000


def test_the_server_is_killed_and_the_stream_goes_on(page: Page, live: Live, rough: Rough) -> None:
    live.behave(answer=" ".join(NUMBERS), rate=12)
    page.goto("/")
    ask(page, "count for me")
    expect(answer(page)).to_contain_text("n4.")
    live.stack.kill_group("api")
    try:
        expect(page.get_by_text("Reconnecting…")).to_be_visible(timeout=PROMISED_MS)
        expect(page.get_by_role("button", name="Reconnect now")).to_be_visible()
    finally:
        live.stack.start("api")
    live.run(live.stack.ready())
    expect(page.get_by_text("Reconnecting…")).to_have_count(0)
    expect(answer(page)).to_have_attribute("data-status", "completed")
    assert prose(page).split() == NUMBERS


def test_what_is_sent_while_the_server_is_away_is_not_lost(page: Page, live: Live, rough: Rough) -> None:
    live.behave(answer="Here again.")
    page.goto("/")
    ask(page, "first")
    expect(answer(page)).to_contain_text("Here again.")
    live.stack.kill_group("api")
    try:
        ask(page, "sent into the void")
        expect(page.get_by_text("The server cannot be reached.")).to_be_visible()
        box = page.get_by_role("textbox", name="Message")
        expect(box).to_have_value("sent into the void")
    finally:
        live.stack.start("api")
    live.run(live.stack.ready())
    expect(page.get_by_text("Reconnecting…")).to_have_count(0)
    box.press("Enter")
    expect(page.get_by_test_id("answer")).to_have_count(2)
    expect(page.get_by_role("main").get_by_text("sent into the void")).to_have_count(1)
