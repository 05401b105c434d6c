"""The first page: chat that streams, the queue in the open, documents, two languages."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Live

WORDS = {
    "en": {
        "ask": "Ask anything…",
        "send": "Send",
        "queue": "Queue",
        "stop": "Stop",
        "library": "Library",
        "stopped": "Stopped. What was written so far is kept.",
        "position": "Position 2",
        "choose": "Choose files",
        "passages": "1 passage",
    },
    "zh-CN": {
        "ask": "想问什么都可以…",
        "send": "发送",
        "queue": "排队区",
        "stop": "停止",
        "library": "资料库",
        "stopped": "已停止",
        "position": "第 2 位",
        "choose": "选择文件",
        "passages": "1 个段落",
    },
}


def _ask(page: Page, words: str) -> None:
    box = page.get_by_role("textbox").last
    box.fill(words)
    box.press("Enter")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_question_streams_its_answer_and_a_reload_shows_the_same(page: Page, live: Live, language: str) -> None:
    live.behave(answer="Water finds **its** way 水往低处流 " * 5, rate=25)
    page.goto("/")
    _ask(page, "Where does water go?")
    expect(page).to_have_url(re.compile("/app/chat/"))
    expect(page.get_by_text("Water finds its way").last).to_be_visible()
    page.reload()
    expect(page.get_by_text("Water finds its way").last).to_be_visible()
    answer = live.run(live.stack.turns(page.url.rsplit("/", 1)[1]))[1]
    live.run(live.stack.status_becomes(answer["task_id"], "completed"))
    expect(page.get_by_role("main")).to_contain_text(" ".join(["Water finds its way 水往低处流"] * 5))
    assert page.locator("html").get_attribute("lang") == language


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_queue_shows_what_runs_and_waits_and_lets_one_cancel(page: Page, live: Live, language: str) -> None:
    words = WORDS[language]
    live.behave(delay=600)
    receipts = [live.run(_chat(live, f"question {n}")) for n in range(4)]
    page.goto("/")
    expect(page.get_by_role("main")).to_be_visible()
    toggle = page.get_by_role("banner").get_by_role("button", name=words["queue"])
    if toggle.get_attribute("aria-expanded") != "true":
        toggle.click()
    panel = page.get_by_role("complementary", name=words["queue"])
    for n in range(4):
        expect(panel.get_by_text(f"question {n}")).to_be_visible()
    expect(panel.get_by_text(words["position"])).to_be_visible()
    row = panel.get_by_role("listitem").filter(has_text="question 3")
    row.get_by_role("button").last.click()
    expect(panel.get_by_text("question 3")).to_have_count(0)
    assert live.run(live.stack.task(receipts[3]["task_id"]))["status"] == "cancelled"


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_stop_keeps_what_was_written(page: Page, live: Live, language: str) -> None:
    words = WORDS[language]
    live.behave(answer="one two three four five", tokens=400, rate=20)
    page.goto("/")
    _ask(page, "count")
    expect(page.get_by_text("one two three")).to_be_visible()
    page.get_by_role("button", name=words["stop"], exact=True).click()
    expect(page.get_by_text(words["stopped"])).to_be_visible()
    expect(page.get_by_text("one two three")).to_be_visible()
    assert live.upstream.log.open == 0


def test_two_sessions_stream_at_once_each_into_its_own(page: Page, live: Live) -> None:
    live.behave(rate=15)
    page.goto("/")
    _ask(page, "alpha alpha alpha alpha alpha alpha alpha alpha alpha alpha")
    expect(page.get_by_text("You said: alpha").last).to_be_visible()
    first = page.url
    page.get_by_role("link", name="New chat").click()
    _ask(page, "beta beta beta beta beta beta beta beta beta beta")
    expect(page.get_by_text("You said: beta").last).to_be_visible()
    expect(page.get_by_role("main")).not_to_contain_text("alpha")
    page.goto(first)
    expect(page.get_by_text(re.compile(r"You said: (alpha ?){10}$")).last).to_be_visible()
    expect(page.get_by_role("main")).not_to_contain_text("beta")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_document_is_uploaded_read_and_cited(page: Page, live: Live, tmp_path: Path, language: str) -> None:
    words = WORDS[language]
    file = tmp_path / "gates.md"
    file.write_text("# Gates\n\nThe lock keeper opens the gate at six o'clock.\n")
    page.goto("/")
    page.get_by_role("link", name=words["library"]).click()
    page.get_by_label(words["choose"]).set_input_files(file)
    expect(page.get_by_role("main").get_by_role("listitem")).to_contain_text(words["passages"])
    live.behave(answer="At six o'clock [1].")
    page.goto("/")
    _ask(page, "when does the keeper open the gate?")
    page.get_by_role("button", name=re.compile("Gates")).first.click()
    expect(page.get_by_text("The lock keeper opens the gate at six o'clock.")).to_be_visible()


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/app", "/app/library", "/app/research"])
def test_no_violation_of_wcag_2_2_aa(page: Page, live: Live, language: str, scheme: str, path: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(path)
    expect(page.get_by_role("main")).to_be_visible()
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    results = Axe().run(page, options={"runOnly": {"type": "tag", "values": tags}})
    assert results.violations_count == 0, results.generate_report()


def test_nothing_but_the_own_origin_is_asked(page: Page, live: Live) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    live.behave(answer="![x](https://example.org/x.png) <img src=https://example.org/y.png> [z](javascript:alert(1))")
    page.goto("/")
    _ask(page, "show me a picture")
    expect(page.get_by_role("main")).to_contain_text("z")
    assert [url for url in asked if not url.startswith((live.url, "data:", "blob:"))] == []
    assert page.locator("a[href^=javascript]").count() == 0


async def _chat(live: Live, words: str) -> dict[str, str]:
    return await live.stack.say(await live.stack.new_session(), words)
