"""14. Keyboard only: new chat, send, stop, switch, cancel, open a citation; focus visible, returned after dialogs."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.actions import answer, ask, composer, open_queue, row, tray
from tests.browser.conftest import Live

MOST_TABS = 60
VISIBLE = """(element) => {
  const shows = (node) => {
    const style = getComputedStyle(node);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  };
  const border = (node) => getComputedStyle(node).borderTopColor;
  const frame = element.closest('form, label') ?? element.parentElement;
  if (shows(element) || (frame !== null && shows(frame))) return true;
  const focused = [border(element), frame && border(frame)];
  element.blur();
  const changed = border(element) !== focused[0] || (frame && border(frame) !== focused[1]);
  element.focus();
  return Boolean(changed);
}"""


def _tab_to(page: Page, target: Locator, key: str = "Tab") -> None:
    """Press Tab until the target has the focus, which must be seen."""
    expect(target).to_be_visible()
    for _ in range(MOST_TABS):
        if target.evaluate("(element) => element === document.activeElement"):
            break
        page.keyboard.press(key)
    expect(target).to_be_focused()
    page.wait_for_function(  # colours change over some milliseconds
        f"({VISIBLE})(document.activeElement)"
    )


def test_chat_by_keyboard_alone(page: Page, live: Live) -> None:
    live.behave(answer="slowly", tokens=4000, rate=20)
    page.goto("/app/library")
    expect(page.get_by_role("heading", name="Library", level=2)).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    _tab_to(page, page.get_by_role("link", name="New chat"))
    page.keyboard.press("Enter")
    expect(composer(page)).to_be_focused()
    page.keyboard.type("write slowly")
    page.keyboard.press("Enter")
    expect(answer(page)).to_contain_text("slowly")
    expect(composer(page)).to_be_focused()
    _tab_to(page, page.get_by_role("button", name="Stop", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Stopped. What was written so far is kept.")).to_be_visible()
    first = page.url
    live.behave(answer="Second.")
    _tab_to(page, page.get_by_role("link", name="New chat"), "Shift+Tab")
    page.keyboard.press("Enter")
    expect(composer(page)).to_be_focused()
    expect(composer(page)).to_have_value("")
    page.keyboard.type("another question")
    page.keyboard.press("Enter")
    expect(answer(page)).to_have_attribute("data-status", "completed")
    chats = page.get_by_role("region", name="Chats")
    _tab_to(page, chats.get_by_role("link", name="write slowly"), "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(first)


def test_cancelling_in_the_queue_by_keyboard(page: Page, live: Live) -> None:
    live.behave(delay=600)
    for number in range(4):
        live.chat(f"busy {number}")
    page.goto("/")
    panel = open_queue(page)
    _tab_to(page, row(panel, "busy 3").get_by_role("button", name="Cancel:"))
    page.keyboard.press("Enter")
    expect(row(panel, "busy 3")).to_have_count(0)
    expect(panel.get_by_role("region", name="Queue")).to_be_focused()


def test_the_focus_stays_with_the_queued_messages(page: Page, live: Live) -> None:
    live.behave(answer="slowly", tokens=4000, rate=20)
    page.goto("/")
    ask(page, "the first question")
    expect(answer(page)).to_contain_text("slowly")
    ask(page, "another one")
    pencil = tray(page).get_by_role("button", name="Edit the waiting message")
    for key in ("Escape", "Enter"):
        _tab_to(page, pencil, "Shift+Tab")
        page.keyboard.press("Enter")
        expect(tray(page).get_by_role("textbox")).to_be_focused()
        page.keyboard.type(" more")
        page.keyboard.press(key)
        expect(pencil).to_be_focused()
    expect(tray(page)).to_contain_text("another one more")
    _tab_to(page, tray(page).get_by_role("button", name="Remove"))
    page.keyboard.press("Enter")
    expect(tray(page)).to_have_count(0)
    expect(composer(page)).to_be_focused()


def test_a_citation_is_opened_and_the_focus_comes_back(page: Page, live: Live) -> None:
    live.upload("gates.md", "# Gates\n\nThe lock keeper opens the gate at six o'clock.\n")
    live.behave(answer="At six [1].")
    receipt = live.chat("when does the keeper open the gate?")
    live.becomes(receipt["task_id"], "completed")
    page.goto(f"/app/chat/{receipt['session_id']}")
    chip = page.locator("[data-cite]").first
    expect(chip).to_be_visible()
    _tab_to(page, chip, "Shift+Tab")
    expect(page.get_by_role("tooltip").first).to_contain_text("six o'clock")
    page.keyboard.press("Enter")
    sheet = page.get_by_role("dialog", name="Source 1")
    expect(sheet).to_contain_text("The lock keeper opens the gate")
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(chip).to_be_focused()


def test_the_focus_comes_back_after_menus_and_dialogs(page: Page, live: Live) -> None:
    live.becomes(live.chat("remember me")["task_id"], "completed")
    page.goto("/")
    actions = page.get_by_role("button", name=re.compile("Actions for remember me"))
    _tab_to(page, actions)
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Rename")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Delete this chat?")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(actions).to_be_focused()
