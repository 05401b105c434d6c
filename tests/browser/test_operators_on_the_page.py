"""Operators steer the line from the queue; nobody else is offered it."""

import re

from playwright.sync_api import Page, expect

from tests.browser.actions import open_queue, row
from tests.browser.conftest import Live


def test_the_line_is_paused_widened_and_let_go(page: Page, live: Live) -> None:
    live.behave(delay=600)
    for number in range(4):
        live.chat(f"busy {number}")
    page.goto("/")
    panel = open_queue(page)
    expect(row(panel, "busy 3")).to_be_visible()
    panel.get_by_role("button", name="Pause the line").click()
    try:
        expect(panel.get_by_text("The line is paused. What runs is finished; nothing new starts.")).to_be_visible()
        expect(row(panel, "busy 2")).to_contain_text("the line is paused")
        expect(page.get_by_role("banner").get_by_role("button", name=re.compile("the line is paused"))).to_be_visible()
        panel.get_by_role("button", name="One slot more").click()
        expect(panel.get_by_text("2 of 3 slots in use")).to_be_visible()
        panel.get_by_role("button", name="Let the line go on").click()
        expect(panel.get_by_text("3 of 3 slots in use")).to_be_visible()
        panel.get_by_role("button", name="One slot fewer").click()
        expect(panel.get_by_text("3 of 2 slots in use")).to_be_visible()
    finally:
        live.run(live.stack.call("POST", "/admin/line", json={"paused": False, "limit": 2}, expect=200))


def test_an_admin_cancels_anybodys_task_and_others_only_their_own(page: Page, live: Live) -> None:
    live.behave(delay=600)
    page.add_init_script("delete globalThis.SharedWorker")
    with live.another_api(AUTH_MODE="proxy", ADMIN_USERS="ann") as stack:
        ids = {}
        for name in ("ann", "bob"):
            headers = {"X-Forwarded-User": name}
            session = live.run(stack.call("POST", "/sessions", json={}, headers=headers, expect=201))["id"]
            path = f"/sessions/{session}/messages"
            body = {"content": f"a secret of {name}"}
            ids[name] = live.run(stack.call("POST", path, json=body, headers=headers, expect=202))["task_id"]
        page.set_extra_http_headers({"X-Forwarded-User": "bob"})
        page.goto(f"{stack.http.base_url}/app")
        panel = open_queue(page)
        expect(row(panel, "a secret of bob")).to_be_visible()
        expect(row(panel, "ann").get_by_role("button")).to_have_count(0)
        expect(panel.get_by_text("a secret of ann")).to_have_count(0)
        expect(panel.get_by_role("button", name="Pause the line")).to_have_count(0)
        page.set_extra_http_headers({"X-Forwarded-User": "ann"})
        page.reload()
        row(panel, "a secret of bob").get_by_role("button", name="Cancel:").click()
        page.get_by_role("button", name="Cancel the task").click()
        expect(row(panel, "a secret of bob")).to_have_count(0)
        headers = {"X-Forwarded-User": "bob"}
        task = live.run(stack.call("GET", f"/tasks/{ids['bob']}", headers=headers, expect=200))
        assert task["status"] == "cancelled"
        for name, task_id in ids.items():
            live.run(stack.http.post(f"/tasks/{task_id}/cancel", headers={"X-Forwarded-User": name}))
