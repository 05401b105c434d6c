"""`python -m bench.web`: measure, and print one table."""

import asyncio
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import orjson
from playwright.async_api import Browser, async_playwright

from bench.web import answer, opening, streaming, tabs
from bench.web.figures import Figures
from bench.web.options import Options, read_options
from bench.web.report import lines, rows
from bench.web.size import initial_files
from local.services import temporary_folder
from tests.browser.chromium import LAUNCH
from tests.services import running_servers
from tests.stack import Stack, running_stack
from tests.upstream import Upstream

Say = Callable[[str], None]


def main() -> int:
    """Exit code 0; goals that are missed are only told."""
    options = read_options(sys.argv[1:])
    begun = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - begun:6.1f} s  {what}", file=sys.stderr, flush=True)

    with temporary_folder() as folder:
        figures = asyncio.run(_measure(options, folder, say))
    say("done")
    for line in lines(rows(figures, options), markdown=options.markdown):
        print(line)
    if options.json is not None:
        options.json.write_bytes(orjson.dumps(asdict(figures), option=orjson.OPT_INDENT_2))
    return 0


async def _measure(options: Options, folder: Path, say: Say) -> Figures:
    with running_servers() as servers, servers.own() as services:
        async with Upstream() as upstream, async_playwright() as playwright:
            async with running_stack(services, folder, LLM_BASE_URL=upstream.url, LLM_MODEL="bench") as stack:
                browser = await playwright.chromium.launch(**LAUNCH)
                figures = Figures(initial_files=initial_files())
                figures.initial_bytes = sum(figures.initial_files.values())
                await _streams(browser, stack, upstream, options, figures, say)
                say(f"opening {options.opens} long sessions")
                figures.opened = await opening.from_list(browser, stack, options.opens)
                figures.loaded = await opening.by_address(browser, stack, options.opens)
                say(f"{options.tabs} tabs")
                upstream.behave(answer="word", tokens=20_000, rate=20)  # longer than the tabs take
                figures.streams, figures.calls = await tabs.many(browser, stack, options.tabs)
                await browser.close()
                return figures


async def _streams(
    browser: Browser, stack: Stack, upstream: Upstream, options: Options, figures: Figures, say: Say
) -> None:
    """Floor and page in turns, so that both meet the same machine."""
    upstream.behave(answer=answer.text(options.tokens), tokens=options.tokens, rate=options.rate)
    for number in range(options.rounds):
        say(f"round {number + 1}: plain text")
        figures.floor.append(await streaming.into_text(browser, stack, options))
        say(f"round {number + 1}: the page")
        figures.page.append(await streaming.into_page(browser, stack, options))
        say(f"round {number + 1}: plain text, {options.slowdown}× slower")
        figures.floor_slowed.append(await streaming.into_text(browser, stack, options, slowdown=options.slowdown))
        say(f"round {number + 1}: the page, {options.slowdown}× slower")
        figures.slowed.append(await streaming.into_page(browser, stack, options, slowdown=options.slowdown))


if __name__ == "__main__":
    sys.exit(main())
