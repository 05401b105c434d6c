"""Small children for the supervisor: `python children.py KIND …`."""

import http.server
import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def sleep_for_ever() -> None:
    while True:
        time.sleep(60)


def deaf() -> None:
    """Ignores every polite request to end."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    print("deaf", flush=True)
    sleep_for_ever()


def parent_of_deaf(pid_file: str) -> None:
    """Forks a deaf grandchild and dies of SIGTERM without a word to it."""
    child = subprocess.Popen([sys.executable, __file__, "deaf"], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    write(pid_file, str(child.pid))
    print("has a child", flush=True)
    sleep_for_ever()


def dies(times: str, marker: str) -> None:
    """Exits with code 3 the first `times` times it is started, then stays."""
    path = Path(marker)
    count = int(path.read_text()) if path.exists() else 0
    write(marker, str(count + 1))
    if count < int(times):
        sys.exit(3)
    sleep_for_ever()


def tells_its_end(name: str, journal: str) -> None:
    """Writes its name into the journal when it is asked to end."""

    def end(*_: object) -> None:
        with Path(journal).open("a") as file:
            file.write(f"{name}\n")
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    print("listening", flush=True)
    sleep_for_ever()


def ready(port: str) -> None:
    """Answers 200 to everything."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_request(self, code: object = "-", size: object = "-") -> None:
            pass

    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Handler).serve_forever()


def write(path: str, text: str) -> None:
    """Whole or not at all, since tests look at any time."""
    Path(path + ".new").write_text(text)
    Path(path + ".new").rename(path)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
