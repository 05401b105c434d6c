"""12. A session of 200 turns of 2 kB Markdown opens at its end, page by page. `make bench-web` measures how fast."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Live
from tests.browser.seed import long_session


def test_a_long_session_opens_at_its_end_and_leads_back(page: Page, live: Live) -> None:
    session = long_session(live.services.database_url, "local", turns=200, size=2_000)
    page.goto(f"/app/chat/{session}")
    answers = page.get_by_test_id("answer")
    expect(answers.last).to_contain_text("answer 99")
    expect(answers).to_have_count(15)
    expect(page.get_by_text("answer 99")).to_be_attached()
    assert page.get_by_role("region", name="Conversation").evaluate(
        "(box) => box.scrollHeight - box.scrollTop - box.clientHeight < 80"
    )
    page.get_by_role("button", name="Show earlier messages").click()
    expect(answers).to_have_count(30)
    expect(answers.first).to_contain_text("answer 70")
    expect(answers.nth(15)).to_contain_text("answer 85")
