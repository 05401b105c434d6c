"""15. IME Enter never sends; Shift+Enter is a newline."""

from playwright.sync_api import CDPSession, Page, expect

from tests.browser.actions import answer, composer
from tests.browser.conftest import Live


def _press_enter(keys: CDPSession) -> None:
    enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}
    keys.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **enter})
    keys.send("Input.dispatchKeyEvent", {"type": "keyUp", **enter})


def test_enter_picks_a_word_while_an_input_method_composes(page: Page, live: Live) -> None:
    live.behave(answer="好的。")
    page.goto("/")
    composer(page).click()
    keys = page.context.new_cdp_session(page)
    keys.send("Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5})
    expect(composer(page)).to_have_value("nihao")
    page.evaluate("addEventListener('keydown', (event) => { window.composing = event.isComposing }, { capture: true })")
    _press_enter(keys)
    assert page.evaluate("window.composing") is True
    keys.send("Input.insertText", {"text": "你好"})
    expect(composer(page)).to_have_value("你好")
    expect(page).to_have_url(f"{live.url}/app")
    page.keyboard.press("Enter")
    expect(answer(page)).to_contain_text("好的。")


def test_shift_and_enter_begin_a_new_line(page: Page, live: Live) -> None:
    page.goto("/")
    composer(page).click()
    page.keyboard.type("first")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("second")
    expect(composer(page)).to_have_value("first\nsecond")
    expect(page).to_have_url(f"{live.url}/app")
