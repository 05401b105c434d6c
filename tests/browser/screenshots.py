"""`make screenshots`: the main views, in both languages, light and dark, into docs/screenshots/.

A stack of its own, with a model server that answers from a script and colleagues who keep the line busy.
"""

import asyncio
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from tests.browser.chromium import LAUNCH
from tests.services import ROOT, running_servers
from tests.stack import Stack, running_stack
from tests.upstream import Upstream

FOLDER = ROOT / "docs" / "screenshots"
ME, OTHERS = "you", ("support", "design", "finance")
PHONE = {"width": 360, "height": 740}

DOCUMENT = """# Key rotation

## Steps

A key is rotated in three steps: create the new key, let both keys work for one week, and then revoke the old one.

## 轮换步骤

密钥轮换分三步：先创建新密钥，然后让新旧密钥同时有效一周，最后吊销旧密钥。
"""

SCENES: dict[str, dict[str, Any]] = {
    "en": {
        "question": "How do we rotate a key?",
        "answer": "The handbook names **three steps** [1]:\n\n1. Create the new key.\n"
        "2. Let both keys work for one week.\n3. Revoke the old one.\n\n"
        "| Step | Who |\n| --- | --- |\n| Create | operations |\n| Revoke | security |\n",
        "topic": "Key rotation: what we do, and what is missing",
        "questions": '"How is a key rotated?"\n"Who revokes the old key?"',
        "report": "## What we do\n\nKeys are rotated in three steps: a new key is made, both work for one week, and "
        "the old one is revoked [1].\n\n## What is missing\n\nThe handbook names no owner for the last step, and no "
        "date by which it must be done [1]. A reminder would close the gap.\n",
    },
    "zh-CN": {
        "question": "密钥怎么轮换？",
        "answer": "手册里写了**三个步骤** [1]：\n\n1. 创建新密钥。\n2. 让新旧密钥同时有效一周。\n3. 吊销旧密钥。\n\n"
        "| 步骤 | 负责 |\n| --- | --- |\n| 创建 | 运维 |\n| 吊销 | 安全 |\n",
        "topic": "密钥轮换：我们的做法与不足",
        "questions": '"密钥怎么轮换？"\n"谁吊销旧密钥？"',
        "report": "## 我们的做法\n\n密钥轮换分三步：创建新密钥，新旧密钥同时有效一周，最后吊销旧密钥 [1]。\n\n"
        "## 不足之处\n\n手册没有写明最后一步由谁负责，也没有写明期限 [1]。加一个提醒就能补上这个缺口。\n",
    },
}


async def main() -> None:
    """Make all of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as output, running_servers() as servers, servers.own() as services:
        async with Upstream() as upstream, async_playwright() as playwright:
            model = {"LLM_BASE_URL": upstream.url, "LLM_MODEL": "qwen3:8b", "AUTH_MODE": "proxy"}
            async with running_stack(services, Path(output), **model) as stack:
                stack.http.headers["X-Forwarded-User"] = ME
                browser = await playwright.chromium.launch(**LAUNCH)
                await _library(stack)
                for language in SCENES:
                    for scheme in ("light", "dark"):
                        await _scene(stack, upstream, browser, language, scheme)
                await browser.close()


async def _library(stack: Stack) -> None:
    files = {"file": ("key-rotation.md", DOCUMENT.encode())}
    receipt = await stack.call("POST", "/documents", files=files, expect=202)
    await stack.follow(receipt["task_id"])


async def _scene(stack: Stack, upstream: Upstream, browser: Browser, language: str, scheme: str) -> None:
    scene = SCENES[language]
    page = await _open(stack, browser, language, scheme)
    upstream.behave(answer=scene["answer"])
    session = await stack.new_session()
    await stack.follow((await stack.say(session, scene["question"]))["task_id"])
    report = await _report(stack, upstream, scene)
    await _busy_line(stack, upstream, scene)
    await page.goto(f"/app/chat/{session}")
    await page.locator("[data-cite]").first.wait_for()
    await page.get_by_test_id("queue-row").nth(4).wait_for()
    await _shoot(page, f"chat-{language}-{scheme}")
    await page.goto("/app/library")
    await page.get_by_text("Key rotation").first.wait_for()
    await _shoot(page, f"library-{language}-{scheme}")
    await page.goto("/app/research")
    await page.get_by_role("main").get_by_role("textbox").wait_for()
    await _shoot(page, f"research-{language}-{scheme}")
    await page.goto(f"/app/research/{report}")
    await page.locator("article [data-cite]").first.wait_for()
    await _shoot(page, f"report-{language}-{scheme}")
    await page.set_viewport_size(PHONE)
    await page.goto(f"/app/chat/{session}")
    await page.locator("[data-cite]").first.wait_for()
    await _shoot(page, f"phone-{language}-{scheme}")
    await page.get_by_role("banner").get_by_role("button").last.click()
    await page.get_by_test_id("queue-row").nth(4).wait_for()
    await _shoot(page, f"phone-queue-{language}-{scheme}")
    await page.context.close()
    await _everybody_leaves(stack)


async def _open(stack: Stack, browser: Browser, language: str, scheme: str) -> Page:
    context = await browser.new_context(
        base_url=str(stack.http.base_url),
        locale=language,
        color_scheme=scheme,  # type: ignore[arg-type]
        viewport={"width": 1280, "height": 800},
        extra_http_headers={"X-Forwarded-User": ME},
        reduced_motion="reduce",
    )
    # Without it the page asks for its streams itself, and so with the header above.
    await context.add_init_script("delete globalThis.SharedWorker")
    return await context.new_page()


async def _report(stack: Stack, upstream: Upstream, scene: dict[str, Any]) -> str:
    upstream.behave(answer=scene["report"], rules=[["JSON", scene["questions"]]])
    receipt = await stack.call("POST", "/research", json={"topic": scene["topic"], "depth": 1}, expect=202)
    await stack.follow(receipt["task_id"])
    return str(receipt["task_id"])


async def _busy_line(stack: Stack, upstream: Upstream, scene: dict[str, Any]) -> None:
    """Two colleagues run, others wait, and so does one research of mine."""
    upstream.behave(delay=600)
    for name in OTHERS:
        headers = {"X-Forwarded-User": name}
        session = (await stack.call("POST", "/sessions", json={}, headers=headers, expect=201))["id"]
        path = f"/sessions/{session}/messages"
        await stack.call("POST", path, json={"content": "a question"}, headers=headers, expect=202)
    await stack.call("POST", "/research", json={"topic": scene["topic"]}, expect=202)
    await stack.say(await stack.new_session(), scene["question"])


async def _everybody_leaves(stack: Stack) -> None:
    for name in (ME, *OTHERS):
        headers = {"X-Forwarded-User": name}
        tasks = (await stack.call("GET", "/tasks", headers=headers, expect=200))["items"]
        for task in tasks:
            await stack.http.post(f"/tasks/{task['task_id']}/cancel", json={}, headers=headers)
    sessions = (await stack.call("GET", "/sessions", expect=200))["items"]
    await _all(stack.call("DELETE", f"/sessions/{each['id']}", expect=204) for each in sessions)


async def _all(calls: Any) -> None:
    waiting: list[Coroutine[Any, Any, Any]] = list(calls)
    await asyncio.gather(*waiting)


async def _shoot(page: Page, name: str) -> None:
    await page.get_by_role("main").wait_for()
    await page.evaluate("document.fonts.ready")
    await page.screenshot(path=FOLDER / f"{name}.png", animations="disabled")


if __name__ == "__main__":
    asyncio.run(main())
