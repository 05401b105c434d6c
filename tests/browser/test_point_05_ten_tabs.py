"""5. Ten HTTP/1.1 tabs: at most 3 streams at the server, and calls still get through."""

import re

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.actions import answer
from tests.browser.conftest import Live
from tests.stack import until

TABS = 10


def test_ten_tabs_share_three_streams(context: BrowserContext, page: Page, live: Live) -> None:
    live.behave(answer="word", tokens=4000, rate=20)
    receipts = [live.chat(f"question {number}") for number in range(TABS)]
    for receipt in receipts[:2]:
        live.becomes(receipt["task_id"], "running")
    tabs = [page, *(context.new_page() for _ in receipts[1:])]
    for tab, receipt in zip(tabs, receipts, strict=True):
        tab.goto(f"/app/chat/{receipt['session_id']}")
    for tab in tabs[:2]:
        expect(answer(tab)).to_contain_text("word9")
    for tab in tabs[2:]:
        expect(tab.get_by_test_id("pending")).to_contain_text(re.compile("Position|Next in line"))
    live.run(until(lambda: _streams_are(live, 3)))
    statuses = [tab.evaluate("fetch('/config').then(({ status }) => status)") for tab in tabs]
    assert statuses == [200] * TABS
    assert live.run(_streams(live)) <= 3


async def _streams_are(live: Live, count: int) -> bool:
    return await _streams(live) == count


async def _streams(live: Live) -> int:
    numbers = (await live.stack.http.get("/metrics")).text
    found = re.search(r"^sluice_open_streams(?:_total)? (\d+)", numbers, re.MULTILINE)
    assert found is not None, numbers
    return int(found[1])
