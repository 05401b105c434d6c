"""How Chromium is started."""

import shutil
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = ("quic", "background-networking", "component-update", "sync")

LAUNCH: dict[str, Any] = {
    "executable_path": next(filter(None, map(shutil.which, NAMES)), "/usr/bin/chromium"),
    "chromium_sandbox": False,
    "args": ["--no-first-run", *(f"--disable-{name}" for name in QUIET)],
}
