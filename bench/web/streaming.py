"""One fast answer, streamed into the page and, as a floor, into a plain text node of an empty page."""

from typing import Any

from playwright.async_api import Browser, CDPSession, Page

from bench.web.figures import Streamed
from bench.web.options import Options
from tests.stack import Stack

SLOW_FRAME_MS = 34
WAIT_MS = 300_000

WATCH = """() => {
  const watch = (window.watch = { frames: [], tasks: [], on: true });
  new PerformanceObserver((list) => watch.tasks.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: 'longtask' });
  let last = performance.now();
  const frame = (now) => {
    watch.frames.push(now - last);
    last = now;
    if (watch.on) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}"""

PLAIN = """async (address) => {
  const place = document.body.appendChild(document.createElement('pre'));
  place.style.whiteSpace = 'pre-wrap';
  const node = place.appendChild(document.createTextNode(''));
  let waiting = '';
  const flush = () => { if (waiting !== '') node.appendData(waiting); waiting = ''; scrollTo(0, 1e9); };
  const timer = setInterval(flush, 50);
  const reader = (await fetch(address)).body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const lines = (rest + value).split('\\n');
    rest = lines.pop();
    for (const line of lines)
      if (line.startsWith('data:') && line.includes('"channel"')) waiting += JSON.parse(line.slice(5)).text;
  }
  clearInterval(timer);
  flush();
}"""


async def into_page(browser: Browser, stack: Stack, options: Options, *, slowdown: int = 1) -> Streamed:
    """The answer on the real page, with the processor made slower when asked."""
    page, tools = await _page(browser, stack, "/app")
    await page.get_by_role("textbox", name="Message").wait_for()
    # Everything that is fetched when first needed is there, as for the second question of a day.
    await _ask(page, "#upstream" + '{"tokens": 300, "rate": 0}')
    await page.locator(".katex").first.wait_for()
    await page.locator("[data-testid=answer][data-status=completed]").first.wait_for()
    await tools.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
    before = await _busy(tools)
    await page.evaluate(WATCH)
    await _ask(page, "Tell me all about water.")
    await page.locator("[data-testid=answer][data-status=completed]").nth(1).wait_for(timeout=WAIT_MS)
    return await _result(page, tools, before, options)


async def into_text(browser: Browser, stack: Stack, options: Options, *, slowdown: int = 1) -> Streamed:
    """The same answer as bare text: what nobody can do without."""
    page, tools = await _page(browser, stack, "/healthz")
    await tools.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
    before = await _busy(tools)
    await page.evaluate(WATCH)
    receipt = await stack.say(await stack.new_session(), "Tell me all about water.")
    await page.evaluate(PLAIN, receipt["stream_url"])
    return await _result(page, tools, before, options)


async def _page(browser: Browser, stack: Stack, path: str) -> tuple[Page, CDPSession]:
    context = await browser.new_context(viewport={"width": 1280, "height": 800}, locale="en")
    page = await context.new_page()
    await page.goto(f"{str(stack.http.base_url).rstrip('/')}{path}")
    tools = await context.new_cdp_session(page)
    await tools.send("Performance.enable", {"timeDomain": "timeTicks"})
    return page, tools


async def _ask(page: Page, words: str) -> None:
    box = page.get_by_role("textbox", name="Message")
    await box.fill(words)
    await box.press("Enter")


async def _busy(tools: CDPSession) -> float:
    metrics = (await tools.send("Performance.getMetrics"))["metrics"]
    return 1_000 * float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))


async def _result(page: Page, tools: CDPSession, before: float, options: Options) -> Streamed:
    after = await _busy(tools)
    watched: dict[str, Any] = await page.evaluate("() => { watch.on = false; return watch; }")
    await page.context.close()
    frames = watched["frames"][1:]
    slow = [took for took in frames if took > SLOW_FRAME_MS]
    return Streamed(options.tokens, after - before, max(watched["tasks"], default=0.0), len(frames), len(slow))
