"""7. Queue panel: at most the limit running, the rest in order, positions kept up; cancel removes the row."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.actions import open_queue, row
from tests.browser.conftest import Live, Rough

LIMIT = 2
WORDS = {
    "en": {"position": "Position 2", "waiting": "Waiting", "estimate": "about|a few seconds", "cancel": "Cancel:"},
    "zh-CN": {"position": "第 2 位", "waiting": "等待中", "estimate": "约|几秒钟", "cancel": "取消："},
}


def _in_order(group: Locator, *titles: str) -> None:
    """The rows of a group become exactly these, in this order."""
    rows = group.get_by_test_id("queue-row")
    expect(rows).to_have_text([re.compile(re.escape(title)) for title in titles])


def _busy(live: Live, count: int) -> list[str]:
    """So many questions, of which none ends by itself; their task ids, the running ones first."""
    live.behave(delay=600)
    ids = [live.chat(f"question {number}")["task_id"] for number in range(count)]
    for task_id in ids[:LIMIT]:
        live.becomes(task_id, "running")
    return ids


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_queue_shows_what_runs_and_waits_and_lets_one_cancel(page: Page, live: Live, language: str) -> None:
    words = WORDS[language]
    for receipt in [live.chat("quick") for _ in range(3)]:
        live.becomes(receipt["task_id"], "completed")
    ids = _busy(live, 5)
    page.goto("/")
    panel = open_queue(page, language)
    running, waiting = panel.locator("section").first, panel.get_by_role("region", name=words["waiting"])
    expect(running.get_by_test_id("queue-row")).to_have_count(LIMIT)
    expect(waiting.get_by_test_id("queue-row")).to_have_count(3)
    _in_order(running, "question 0", "question 1")
    _in_order(waiting, "question 2", "question 3", "question 4")
    expect(row(panel, "question 3")).to_contain_text(words["position"])
    expect(row(panel, "question 3")).to_contain_text(re.compile(words["estimate"]))
    row(panel, "question 2").get_by_role("button", name=words["cancel"]).click()
    expect(row(panel, "question 2")).to_have_count(0)
    expect(row(panel, "question 4")).to_contain_text(words["position"])
    assert live.run(live.stack.task(ids[2]))["status"] == "cancelled"
    live.run(live.stack.call("POST", f"/tasks/{ids[0]}/cancel", json={}, expect=202))
    expect(running.get_by_text("question 3")).to_be_visible()
    expect(running.get_by_test_id("queue-row")).to_have_count(LIMIT)
    _in_order(waiting, "question 4")


def test_ones_own_tasks_are_moved_by_keyboard(page: Page, live: Live) -> None:
    _busy(live, 5)
    page.goto("/")
    panel = open_queue(page)
    waiting = panel.get_by_role("region", name="Waiting")
    expect(waiting.get_by_test_id("queue-row")).to_have_count(3)
    handle = row(panel, "question 4").get_by_role("button", name="Move or edit")
    handle.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Move later")).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_role("menuitem", name="Move earlier")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("question 4: now at position 2")
    _in_order(waiting, "question 2", "question 4", "question 3")
    expect(row(panel, "question 4").get_by_role("button", name="Move or edit")).to_be_focused()
    summaries = [item["summary"] for item in live.run(live.stack.queue())["waiting"]]
    assert summaries == ["question 2", "question 4", "question 3"]


def test_ones_own_tasks_are_dragged(page: Page, live: Live) -> None:
    _busy(live, 5)
    page.goto("/")
    panel = open_queue(page)
    waiting = panel.get_by_role("region", name="Waiting")
    expect(waiting.get_by_test_id("queue-row")).to_have_count(3)
    _drag(page, row(panel, "question 4").get_by_role("button", name="Move or edit"), row(panel, "question 2"))
    expect(page.get_by_role("log")).to_contain_text("question 4: now at position 1")
    _in_order(waiting, "question 4", "question 2", "question 3")
    expect(page.get_by_role("menu")).to_have_count(0)
    summaries = [item["summary"] for item in live.run(live.stack.queue())["waiting"]]
    assert summaries == ["question 4", "question 2", "question 3"]


def _drag(page: Page, handle: Locator, target: Locator) -> None:
    start, end = handle.bounding_box(), target.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + 40, end["y"] + end["height"] / 2, steps=8)
    page.mouse.move(end["x"] + 40, end["y"] + 4, steps=3)
    page.mouse.up()


def test_a_move_that_comes_too_late_is_told_and_undone(page: Page, live: Live, rough: Rough) -> None:
    _busy(live, 5)
    page.goto("/")
    panel = open_queue(page)
    waiting = panel.get_by_role("region", name="Waiting")
    expect(waiting.get_by_test_id("queue-row")).to_have_count(3)
    late = '{"type":"about:blank","title":"Conflict","status":409,"detail":"It runs.","code":"not_waiting"}'
    headers = {"content-type": "application/problem+json"}
    page.route("**/tasks/*/move", lambda route: route.fulfill(status=409, body=late, headers=headers))
    row(panel, "question 4").get_by_role("button", name="Move or edit").click()
    page.get_by_role("menuitem", name="Move earlier").click()
    expect(page.get_by_text("It has started already, so it stays where it is.")).to_be_visible()
    expect(waiting.get_by_test_id("queue-row").nth(2)).to_contain_text("question 4")


def test_messages_of_one_session_keep_their_order(page: Page, live: Live) -> None:
    _busy(live, 2)
    session = live.run(live.stack.new_session())
    for number in range(2):
        live.run(live.stack.say(session, f"part {number}"))
    page.goto("/")
    panel = open_queue(page)
    expect(row(panel, "part 1")).to_contain_text("follows an earlier message")
    row(panel, "part 1").get_by_role("button", name="Move or edit").click()
    expect(page.get_by_role("menuitem", name="Move earlier")).to_have_attribute("aria-disabled", "true")
