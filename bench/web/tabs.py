"""Many tabs of one browser: how many streams they have open, and what a call takes beside them."""

import re

from playwright.async_api import Browser

from tests.stack import Stack, until

CALL = """async () => {
  const begun = performance.now();
  await (await fetch('/config')).json();
  return performance.now() - begun;
}"""


async def many(browser: Browser, stack: Stack, count: int) -> tuple[int, list[float]]:
    """Streams at the server, and milliseconds of one call from each tab, while two of them stream."""
    receipts = [await stack.say(await stack.new_session(), f"question {number}") for number in range(count)]
    context = await browser.new_context(base_url=str(stack.http.base_url), locale="en")
    tabs = [await context.new_page() for _ in receipts]
    for tab, receipt in zip(tabs, receipts, strict=True):
        await tab.goto(f"/app/chat/{receipt['session_id']}")
    for tab in tabs:
        await tab.get_by_test_id("answer").first.wait_for()
    await tabs[0].locator(".prose").first.wait_for()
    await until(lambda: _at_least(stack, 3))
    times = [float(await tab.evaluate(CALL)) for tab in tabs]
    streams = await _streams(stack)
    await context.close()
    for receipt in receipts:
        await stack.http.post(f"/tasks/{receipt['task_id']}/cancel", json={})
    for receipt in receipts:
        await stack.status_becomes(receipt["task_id"], "completed", "failed", "cancelled")
    return streams, times


async def _at_least(stack: Stack, count: int) -> bool:
    return await _streams(stack) >= count


async def _streams(stack: Stack) -> int:
    found = re.search(r"^sluice_open_streams (\d+)", (await stack.http.get("/metrics")).text, re.MULTILINE)
    return int(found[1]) if found is not None else 0
