"""8. Queued message: edit, cancel, survives reload; Stop pauses."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.actions import answer, ask, composer, open_queue, row, session_of, tray
from tests.browser.conftest import Live, Rough


def _running(page: Page, live: Live, rate: float = 8) -> None:
    live.behave(answer="slowly", tokens=4000, rate=rate)
    page.goto("/")
    ask(page, "the first question")
    expect(answer(page)).to_contain_text("slowly")


def test_a_queued_message_survives_a_reload_is_edited_in_place_and_cancelled(page: Page, live: Live) -> None:
    _running(page, live)
    ask(page, "another one")
    ask(page, "third")
    expect(tray(page).get_by_role("listitem")).to_have_count(2)
    before = [item["task_id"] for item in live.run(live.stack.queue())["waiting"]]
    page.reload()
    expect(tray(page).get_by_role("listitem")).to_have_count(2)
    edited = tray(page).get_by_role("listitem").filter(has_text="another one")
    edited.get_by_role("button", name="Edit the waiting message").click()
    box = tray(page).get_by_role("textbox")
    expect(box).to_be_focused()
    expect(box).to_have_value("another one")
    box.fill("other words")
    box.press("Enter")
    expect(tray(page).get_by_text("other words")).to_be_visible()
    expect(page.get_by_role("log")).to_contain_text("It kept its place in the line.")
    waiting = live.run(live.stack.queue())["waiting"]
    assert [item["task_id"] for item in waiting] == before
    assert [item["summary"] for item in waiting] == ["other words", "third"]
    third = tray(page).get_by_role("listitem").filter(has_text="third")
    third.get_by_role("button", name="Remove").click()
    expect(tray(page).get_by_role("listitem")).to_have_count(1)
    assert live.run(live.stack.task(before[1]))["status"] == "cancelled"


def test_escape_leaves_a_queued_message_as_it_was(page: Page, live: Live) -> None:
    _running(page, live)
    ask(page, "another one")
    tray(page).get_by_role("button", name="Edit the waiting message").click()
    tray(page).get_by_role("textbox").fill("never mind")
    tray(page).get_by_role("textbox").press("Escape")
    expect(tray(page).get_by_text("another one")).to_be_visible()
    assert live.run(live.stack.queue())["waiting"][0]["summary"] == "another one"


@pytest.mark.parametrize("seen", [True, False], ids=["while-edited", "by-the-server"])
def test_an_edit_that_comes_too_late_goes_to_the_message_box(page: Page, live: Live, rough: Rough, seen: bool) -> None:
    _running(page, live)
    ask(page, "another one")
    tray(page).get_by_role("button", name="Edit the waiting message").click()
    box = tray(page).get_by_role("textbox")
    box.fill("better words")
    if seen:
        page.get_by_role("button", name="Stop", exact=True).click()
        page.get_by_role("button", name="Send queued (1)").click()
    else:
        late = '{"type":"about:blank","title":"Conflict","status":409,"detail":"It runs.","code":"not_waiting"}'
        headers = {"content-type": "application/problem+json"}
        page.route("**/tasks/*", lambda route: route.fulfill(status=409, body=late, headers=headers))
        box.press("Enter")
    expect(page.get_by_text("It had started already. Your words are in the message box.")).to_be_visible()
    expect(composer(page)).to_have_value("better words")
    expect(composer(page)).to_be_focused()


def test_stop_holds_the_queued_back_until_they_are_sent(page: Page, live: Live) -> None:
    _running(page, live)
    session = session_of(page)
    ask(page, "another one")
    ask(page, "third")
    expect(tray(page).get_by_role("listitem")).to_have_count(2)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("Stopped. What was written so far is kept.")).to_be_visible()
    expect(tray(page).get_by_text("Held back since you pressed Stop")).to_be_visible()
    page.reload()
    expect(row(open_queue(page), "another one")).to_contain_text("held back")
    live.behave(answer="Going on.")
    page.get_by_role("button", name="Send queued (2)").click()
    expect(page.get_by_test_id("answer").nth(2)).to_have_attribute("data-status", "completed")
    expect(tray(page)).to_have_count(0)
    asked = [turn["content"] for turn in live.run(live.stack.turns(session)) if turn["role"] == "user"]
    assert asked == ["the first question", "another one", "third"]


def test_a_message_next_in_line_is_edited_where_it_stands(page: Page, live: Live) -> None:
    live.behave(delay=600)
    for number in range(2):
        live.becomes(live.chat(f"busy {number}")["task_id"], "running")
    page.goto("/")
    ask(page, "how long")
    expect(page.get_by_test_id("pending")).to_contain_text("Next in line")
    page.get_by_role("button", name="Edit the waiting message").click()
    page.get_by_role("main").get_by_role("textbox").first.fill("how long is the line")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("main").get_by_role("textbox")).to_have_count(1)
    expect(page.get_by_role("article").get_by_text("how long is the line")).to_be_visible()
    assert live.run(live.stack.queue())["waiting"][0]["summary"] == "how long is the line"


def test_a_waiting_topic_is_edited_from_the_queue(page: Page, live: Live) -> None:
    live.behave(delay=600)
    for number in range(2):
        live.becomes(live.chat(f"busy {number}")["task_id"], "running")
    topic = "gates " * 40
    live.run(live.stack.call("POST", "/research", json={"topic": topic.strip()}, expect=202))
    page.goto("/")
    row(open_queue(page), "gates").get_by_role("button", name="Move or edit").click()
    page.get_by_role("menuitem", name="Edit its words").click()
    box = page.get_by_role("textbox", name="Edit the topic")
    expect(box).to_have_value(topic.strip())
    box.fill("weirs and gates")
    box.press("Enter")
    expect(page.get_by_role("heading", name="weirs and gates")).to_be_visible()
    assert live.run(live.stack.queue())["waiting"][0]["summary"] == "weirs and gates"
