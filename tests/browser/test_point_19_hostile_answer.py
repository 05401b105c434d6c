"""19. Raw HTML, `javascript:` links and remote images in an answer do nothing; no request leaves the origin (CSP)."""

from playwright.sync_api import Page, expect

from tests.browser.actions import answer, ask
from tests.browser.conftest import Live, Rough

HOSTILE = """Before.

<script>window.hacked = 1</script>

<img src=x onerror="window.hacked = 2"> <iframe src="https://example.org/f"></iframe>

![picture](https://example.org/x.png) <img src=https://example.org/y.png>

[one](javascript:window.hacked=3) [two](JaVaScRiPt:window.hacked=4) [three](data:text/html,<script>alert(1)</script>)
[four](vbscript:x) [five](https://example.org/safe)

<a href="javascript:window.hacked=5">six</a> <style>body { display: none }</style>

$\\href{javascript:window.hacked=6}{x}$ $\\includegraphics{https://example.org/z.png}$

After."""


def test_nothing_in_an_answer_acts(page: Page, live: Live) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    live.behave(answer=HOSTILE)
    page.goto("/")
    ask(page, "be nasty")
    expect(answer(page)).to_have_attribute("data-status", "completed")
    expect(answer(page).locator(".prose").get_by_role("link", name="five")).to_be_visible()
    expect(answer(page)).to_contain_text("After.")
    links = answer(page).locator(".prose a").evaluate_all("(links) => links.map(({ href }) => href)")
    assert all(link.startswith("https://example.org/") for link in links), links
    expect(answer(page).locator("script, iframe, img, style, [onerror]")).to_have_count(0)
    expect(answer(page)).to_contain_text("<script>window.hacked = 1</script>")
    expect(answer(page)).to_contain_text("Image not loaded: picture")
    for name in ("one", "two", "three", "six"):
        answer(page).get_by_text(name).first.click()
    assert page.evaluate("window.hacked") is None
    assert [url for url in asked if not url.startswith((live.url, "data:", "blob:"))] == []


def test_the_browser_itself_refuses_other_origins(page: Page, live: Live, rough: Rough) -> None:
    rough.expected = ("Content Security Policy", "Failed to load resource", "Refused", "violates")
    response = page.goto("/app")
    assert response is not None
    policy = response.headers["content-security-policy"]
    rules = [rule.strip() for rule in policy.split(";")]
    for name in ("default-src", "script-src", "style-src", "connect-src", "worker-src"):
        assert f"{name} 'self'" in rules, policy
    assert "frame-ancestors 'none'" in rules
    assert "unsafe" not in policy
    refused = page.evaluate("fetch('https://example.org/').then(() => 'sent', () => 'refused')")
    assert refused == "refused"
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.hacked = 1' }))"
    )
    assert page.evaluate("window.hacked") is None


def test_static_files_are_compressed_and_cached_by_their_hash(page: Page, live: Live) -> None:
    page.goto("/app")
    source = page.locator("script[type=module]").first.get_attribute("src")
    assert source is not None
    response = page.request.get(source, headers={"Accept-Encoding": "gzip"})
    assert response.headers["content-encoding"] == "gzip"
    assert "immutable" in response.headers["cache-control"]
    assert page.request.get("/app", headers={"Accept": "text/html"}).headers["cache-control"] == "no-cache"
