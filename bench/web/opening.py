"""How long a session of 200 turns takes to open."""

from playwright.async_api import Browser, Page

from tests.browser.seed import long_session
from tests.stack import Stack

TURNS, BYTES = 200, 2_000

SHOWN = """() => new Promise((shown) => {
  const look = () => {
    const answers = document.querySelectorAll('[data-testid=answer] .prose');
    const last = answers[answers.length - 1];
    if (last === undefined || !last.textContent.includes('answer 99')) return requestAnimationFrame(look);
    const box = last.getBoundingClientRect();
    if (box.bottom > innerHeight) return requestAnimationFrame(look);
    requestAnimationFrame(() => setTimeout(() => shown(performance.now())));
  };
  look();
})"""
CLICK = "(link) => { window.clicked = performance.now(); link.click(); }"


async def from_list(browser: Browser, stack: Stack, count: int) -> list[float]:
    """Milliseconds from the click in the list until the end of the session has been drawn; a new session each time."""
    for _ in range(count + 1):
        long_session(stack.settings.sqlalchemy_url.replace("+psycopg", ""), "local", turns=TURNS, size=BYTES)
    page = await _page(browser, stack)
    await page.goto("/app")
    links = page.get_by_role("link", name="A long session")
    await links.nth(count).wait_for()
    times = []
    for number in range(count + 1):
        await links.nth(number).evaluate(CLICK)
        shown = float(await page.evaluate(SHOWN))
        times.append(shown - float(await page.evaluate("window.clicked")))
        await page.get_by_role("link", name="New chat").click()
        await page.get_by_text("What would you like to know?").wait_for()
    await page.context.close()
    return times[1:]  # the first one fetches the pieces for Markdown as well


async def by_address(browser: Browser, stack: Stack, count: int) -> list[float]:
    """Milliseconds from the begin of loading the whole page at the session's address."""
    sessions = (await stack.call("GET", "/sessions", expect=200))["items"][:count]
    times = []
    for session in sessions:
        page = await _page(browser, stack)
        await page.goto(f"/app/chat/{session['id']}")
        times.append(float(await page.evaluate(SHOWN)))
        await page.context.close()
    return times


async def _page(browser: Browser, stack: Stack) -> Page:
    base = str(stack.http.base_url)
    context = await browser.new_context(base_url=base, viewport={"width": 1280, "height": 800}, locale="en")
    return await context.new_page()
