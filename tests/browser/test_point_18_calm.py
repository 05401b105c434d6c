"""18. No theme flash; reduced motion honoured; zero console errors (which every test here watches for)."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.actions import answer, ask
from tests.browser.conftest import Live

WATCH = """
window.themes = [];
new MutationObserver(() => {
  const root = document.documentElement;
  if (root !== null && document.body !== null) window.themes.push(root.dataset.theme ?? 'none');
}).observe(document, { childList: true, subtree: true, attributes: true });
"""


@pytest.mark.parametrize(("system", "chosen"), [("light", "dark"), ("dark", "light"), ("dark", None)])
def test_the_first_paint_has_the_right_theme(page: Page, live: Live, system: str, chosen: str | None) -> None:
    page.emulate_media(color_scheme=system)  # type: ignore[arg-type]
    if chosen is not None:
        page.add_init_script(f"localStorage.setItem('sluice.theme', '{chosen}')")
    page.add_init_script(WATCH)
    page.goto("/")
    expect(page.get_by_role("main").locator("h2")).to_be_visible()
    assert set(page.evaluate("window.themes")) == {chosen or system}
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == (chosen or system)


def test_the_theme_is_switched_and_kept(page: Page, live: Live) -> None:
    page.emulate_media(color_scheme="light")
    page.goto("/")
    page.get_by_role("button", name="Settings", exact=True).click()
    page.get_by_role("menuitemradio", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_nothing_moves_for_those_who_want_it_so(page: Page, live: Live) -> None:
    page.emulate_media(reduced_motion="reduce")
    live.behave(delay=600)
    page.goto("/")
    ask(page, "hello")
    expect(page.get_by_test_id("pending")).to_contain_text("Thinking…")
    moving = """document.getAnimations().filter((animation) => {
      const { duration, iterations } = animation.effect.getComputedTiming();
      return duration > 10 || iterations > 1;
    }).length"""
    assert page.evaluate(moving) == 0
    expect(answer(page)).to_be_visible()
