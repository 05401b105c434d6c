"""10. A fast, long answer. How long the page's own tasks take is measured by `make bench-web`."""

from playwright.sync_api import Page, expect

from tests.browser.actions import answer, ask, prose, session_of
from tests.browser.conftest import Live

PARAGRAPHS = [f"Paragraph {number}: " + "water finds its way 水往低处流 " * 4 for number in range(20)]

OBSERVE = """() => {
  window.long = [];
  new PerformanceObserver((list) => window.long.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: "longtask", buffered: true });
}"""


def test_a_fast_answer_is_drawn_block_by_block(page: Page, live: Live) -> None:
    live.behave(answer="\n\n".join(PARAGRAPHS), rate=250)
    page.goto("/")
    page.evaluate(OBSERVE)
    ask(page, "tell me about water")
    blocks = answer(page).locator(".prose p")
    expect(blocks.nth(2)).to_be_visible()
    blocks.first.evaluate("(block) => { block.mark = 'first drawn' }")
    expect(answer(page)).to_have_attribute("data-status", "completed")
    expect(blocks).to_have_count(len(PARAGRAPHS))
    assert blocks.first.evaluate("(block) => block.mark") == "first drawn"
    assert prose(page) == " ".join(live.answer(session_of(page)).split())
    assert isinstance(page.evaluate("window.long"), list)
