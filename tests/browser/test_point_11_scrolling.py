"""11. Scrolling up mid-stream never jumps; a "to bottom" button appears."""

from playwright.sync_api import Page, expect

from tests.browser.actions import answer, ask
from tests.browser.conftest import Live

LINES = "\n\n".join(f"line {number} of many" for number in range(120))


def test_reading_above_is_left_in_peace(page: Page, live: Live) -> None:
    live.behave(answer=LINES, rate=100)
    page.goto("/")
    ask(page, "write many lines")
    expect(answer(page)).to_contain_text("line 40")
    transcript = page.get_by_role("region", name="Conversation")
    transcript.hover()
    page.mouse.wheel(0, -400)
    button = page.get_by_role("button", name="To the latest")
    expect(button).to_be_visible()
    top = transcript.evaluate("(box) => box.scrollTop")
    expect(answer(page)).to_contain_text("line 80")
    assert transcript.evaluate("(box) => box.scrollTop") == top
    button.click()
    expect(button).to_have_count(0)
    expect(answer(page)).to_contain_text("line 119")
    expect(page.get_by_text("line 119 of many")).to_be_in_viewport()


def test_a_small_step_up_by_keyboard_is_enough(page: Page, live: Live) -> None:
    live.behave(answer=LINES, rate=100)
    page.goto("/")
    ask(page, "write many lines")
    expect(answer(page)).to_contain_text("line 40")
    transcript = page.get_by_role("region", name="Conversation")
    transcript.focus()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("button", name="To the latest")).to_be_visible()
    top = transcript.evaluate("(box) => box.scrollTop")
    expect(answer(page)).to_contain_text("line 80")
    assert transcript.evaluate("(box) => box.scrollTop") == top
    page.keyboard.press("End")
    expect(answer(page)).to_contain_text("line 119")
    expect(page.get_by_text("line 119 of many")).to_be_in_viewport()
