"""20. Every view has loading, empty, error and signed-out states; every citation reaches its source and back."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.actions import ask, composer, open_queue
from tests.browser.conftest import Live, Rough
from tests.browser.test_point_13_accessible import RULES

PROBLEM = '{"type":"about:blank","title":"Internal","status":500,"detail":"","code":"internal_error"}'
MEDIA_TYPE = "application/problem+json"
LANGUAGE = {
    "en": {"library": "Library", "choose": "Choose files", "passages": "1 passage"},
    "zh-CN": {"library": "资料库", "choose": "选择文件", "passages": "1 个段落"},
}
VIEWS = {
    "chats": ("/app", r"/sessions\?", "navigation", "Your chats will be listed here."),
    "library": ("/app/library", r"/documents\?", "main", "No documents yet"),
    "research": ("/app/research", r"/tasks\?kind=research", "main", "No research yet"),
    "queue": ("/app", r"/queue\?", "complementary", "Nothing is running. The next question starts at once."),
}


@dataclass
class Calls:
    """Holds calls until it is told what becomes of them, and of those that come later."""

    held: list[Route] = field(default_factory=list)
    then: Callable[[Route], None] | None = None

    def take(self, route: Route) -> None:
        if self.then is None:
            self.held.append(route)
        else:
            self.then(route)

    def hold(self) -> None:
        self.held, self.then = [], None

    def fail(self) -> None:
        self._do(lambda route: route.fulfill(status=500, body=PROBLEM, headers={"content-type": MEDIA_TYPE}))

    def succeed(self) -> None:
        self._do(lambda route: route.continue_())

    def _do(self, then: Callable[[Route], None]) -> None:
        self.then = then
        for route in self.held:
            then(route)


def _without_feed(page: Page) -> None:
    """The feed would tell the queue, and have everything read again once it is connected."""
    page.add_init_script("delete globalThis.SharedWorker")
    page.route(re.compile("/events$"), lambda route: None)


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_that_loads_that_failed_and_that_is_empty(page: Page, live: Live, rough: Rough, view: str) -> None:
    path, call, place, empty = VIEWS[view]
    calls = Calls()
    page.route(re.compile(call), calls.take)
    _without_feed(page)
    page.goto(path)
    if view == "queue":
        open_queue(page)
    part = page.get_by_role(place)  # type: ignore[arg-type]
    expect(part.get_by_role("img", name="Loading…")).to_be_visible()
    calls.fail()
    expect(part.get_by_text("This could not be loaded")).to_be_visible()
    calls.hold()
    part.get_by_role("button", name="Try again").click()
    calls.succeed()
    expect(part.get_by_text(empty)).to_be_visible()


@pytest.mark.parametrize("kind", ["chat", "research"])
def test_one_page_that_loads_that_failed_and_that_is_missing(page: Page, live: Live, rough: Rough, kind: str) -> None:
    if kind == "chat":
        receipt = live.chat("hello")
        path, call, shown = f"/app/chat/{receipt['session_id']}", r"/turns\?", "hello"
    else:
        receipt = live.run(live.stack.call("POST", "/research", json={"topic": "hello"}, expect=202))
        path, call, shown = f"/app/research/{receipt['task_id']}", f"/tasks/{receipt['task_id']}$", "hello"
    live.becomes(receipt["task_id"], "completed", "failed")
    calls = Calls()
    page.route(re.compile(call), calls.take)
    _without_feed(page)
    page.goto(path)
    main = page.get_by_role("main")
    expect(main.get_by_role("img", name="Loading…")).to_be_visible()
    calls.fail()
    expect(main.get_by_text("This could not be loaded")).to_be_visible()
    calls.hold()
    main.get_by_role("button", name="Try again").click()
    calls.succeed()
    expect(main.get_by_text(shown).first).to_be_visible()
    page.goto(f"/app/{kind}/00000000-0000-4000-8000-000000000000")
    expect(main.get_by_text("This page does not exist")).to_be_visible()


def test_those_without_a_name_are_told_to_sign_in(page: Page, live: Live, rough: Rough) -> None:
    # Playwright's headers do not reach a shared worker, so the page asks for its streams itself.
    page.add_init_script("delete globalThis.SharedWorker")
    with live.another_api(AUTH_MODE="proxy") as stack:
        for path in ("/app", "/app/library", "/app/research", "/app/chat/00000000-0000-4000-8000-000000000000"):
            page.goto(f"{stack.http.base_url}{path}")
            expect(page.get_by_text("You are signed out")).to_be_visible()
        page.set_extra_http_headers({"X-Forwarded-User": "ann"})
        page.get_by_role("button", name="Reload").click()
        expect(page.get_by_role("main").get_by_text("This page does not exist")).to_be_visible()
        page.goto(f"{stack.http.base_url}/app")
        ask(page, "who am I?")
        expect(page.get_by_test_id("answer")).to_contain_text("I saw")
        expect(page.get_by_role("button", name="Settings")).to_contain_text("ann")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_document_is_uploaded_read_and_cited(page: Page, live: Live, tmp_path: Path, language: str) -> None:
    words = LANGUAGE[language]
    file = tmp_path / "gates.md"
    file.write_text("# Gates\n\nThe lock keeper opens the gate at six o'clock.\n")
    page.goto("/")
    page.get_by_role("link", name=words["library"]).first.click()
    page.get_by_label(words["choose"]).set_input_files(file)
    expect(page.get_by_role("main").get_by_role("listitem")).to_contain_text(words["passages"])
    live.behave(answer="At six o'clock [1].")
    page.goto("/")
    ask(page, "when does the keeper open the gate?")
    page.get_by_role("button", name=re.compile("Gates")).first.click()
    sheet = page.get_by_role("dialog")
    expect(sheet).to_contain_text("The lock keeper opens the gate at six o'clock.")
    sheet.get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"/app/library\?document="))
    expect(page.get_by_role("main").get_by_role("listitem")).to_be_in_viewport()
    page.go_back()
    expect(page.locator("[data-cite]").first).to_be_visible()
    expect(composer(page)).to_be_visible()


def test_a_report_leads_to_its_sources_and_back(page: Page, live: Live) -> None:
    live.upload("gates.md", "# Gates\n\nThe lock keeper opens the gate at six o'clock.\n")
    live.behave(answer="Opened at six [1].", rules=RULES)
    receipt = live.run(live.stack.call("POST", "/research", json={"topic": "gate", "depth": 1}, expect=202))
    live.becomes(receipt["task_id"], "completed")
    page.goto(f"/app/research/{receipt['task_id']}")
    chip = page.locator("article [data-cite='1']").first
    chip.click()
    expect(page.get_by_role("dialog", name="Source 1")).to_contain_text("six o'clock")
    page.keyboard.press("Escape")
    sources = page.get_by_role("complementary", name="Sources")
    sources.get_by_role("button", name="Back to the text").first.click()
    expect(chip).to_be_focused()
    expect(chip).to_be_in_viewport()
