"""6. Works on `http://<lan-ip>`, which is no secure context."""

import socket

import psutil
from playwright.sync_api import Page, expect

from tests.browser.actions import answer, ask
from tests.browser.conftest import Live


def test_chat_works_on_a_plain_address_of_the_network(page: Page, live: Live) -> None:
    live.behave(answer="Plain words.", rate=10)
    with live.another_api(API_HOST="0.0.0.0", ALLOW_OPEN_NETWORK="1") as stack:
        page.goto(f"http://{_address()}:{stack.settings.api_port}/")
        assert page.evaluate("isSecureContext") is False
        ask(page, "hello")
        expect(answer(page)).to_have_attribute("data-status", "completed")
        expect(answer(page)).to_contain_text("Plain words.")
        page.get_by_role("button", name="Copy answer").click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()


def _address() -> str:
    """An IPv4 address of this machine that is not loopback."""
    for addresses in psutil.net_if_addrs().values():
        for each in addresses:
            if each.family == socket.AF_INET and not each.address.startswith("127."):
                return each.address
    raise AssertionError("This test needs a network address besides loopback.")
