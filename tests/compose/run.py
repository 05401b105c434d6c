"""`make test-compose`: the containers come up, a message streams to its end, they go down again."""

import base64
import json
import os
import re
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import yaml

from tests.compose.podman import COMPOSE_VENV, ROOT, host_files, install, output, run, say
from tests.compose.stand_ins import provide

PROJECT = "sluice-test"
PASSWORD = "tester:a-long-password"
READY_SECONDS = 300.0
QUESTION = "你好 — what can you do?"


def main() -> int:
    """Exit code 0 when all of it was seen to work."""
    install()
    for name, kind in provide(base_images()).items():
        say(f"{name}: {kind}")
    ports = {"API_PORT": str(free_port()), "FLOWER_PORT": str(free_port()), "FLOWER_BASIC_AUTH": PASSWORD}
    os.environ.update(ports)
    build()
    try:
        say("Starting the containers")
        compose("up", "-d")
        check(f"http://127.0.0.1:{ports['API_PORT']}", f"http://127.0.0.1:{ports['FLOWER_PORT']}")
    except BaseException:
        compose("logs", check=False)
        raise
    finally:
        say("Taking the containers down")
        compose("down", "-v")
    left = output(["podman", "ps", "-aq", "--filter", f"label=io.podman.compose.project={PROJECT}"]).split()
    if left:
        sys.exit(f"Containers are left behind: {left}")
    say("The stack came up, a message streamed to its end, and it went down.")
    return 0


def base_images() -> list[str]:
    """What the Dockerfile and the services without a profile are based on."""
    built = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"].values()
    run_as_they_are = [each["image"] for each in services if "build" not in each and "profiles" not in each]
    return sorted({*built, *run_as_they_are})


def build() -> None:
    """With podman itself, so that the host's certificates and registry settings can be mounted meanwhile."""
    say("Building the image")
    mounts = [word for source, target in host_files().items() for word in ("-v", f"{source}:{target}:ro")]
    run(["podman", "build", "--network", "host", *mounts, "-t", "sluice", str(ROOT)])


def compose(*words: str, check: bool = True) -> None:
    argv = [str(COMPOSE_VENV / "bin" / "podman-compose"), "-p", PROJECT, *words]
    if check:
        run(argv)
    else:
        run(["sh", "-c", '"$@" || true', "sh", *argv])


def check(api: str, flower: str) -> None:
    """A person's first minutes: it gets ready, a message is answered, Flower asks for its password."""
    until_ready(f"{api}/readyz")
    say("/readyz answers 200")
    session = call(f"{api}/sessions", {})
    receipt = call(f"{api}/sessions/{session['id']}/messages", {"content": QUESTION})
    say(f"The message was taken: task {receipt['task_id']}, {receipt['status']}")
    events = list(stream(f"{api}{receipt['stream_url']}"))
    say(f"{len(events)} events came, the first and the last of them:")
    for name, data in (*events[:3], *events[-2:]):
        say(f"  {name} {json.dumps(data, ensure_ascii=False)[:160]}")
    seen = [data["seq"] for name, data in events if "seq" in data]
    assert seen == list(range(1, len(seen) + 1)), f"the ids have holes: {seen}"
    assert events[-1][0] == "task.completed", f"the stream ended with {events[-1]}"
    turns = call(f"{api}/sessions/{session['id']}/turns")["items"]
    assert [turn["role"] for turn in turns] == ["user", "assistant"]
    assert turns[0]["content"] == QUESTION
    assert turns[1]["content"], "the answer is empty"
    say(f"The answer: {turns[1]['content'][:200]!r}")
    check_page(api)
    check_flower(flower)


def check_page(api: str) -> None:
    with urllib.request.urlopen(api, timeout=10) as answer:
        assert b"<script" in answer.read(), "the page is not in the image"
    say("The page is served")


def check_flower(flower: str) -> None:
    """Flower refuses without its password, and opens with it. It starts last, so it gets some time."""
    request = urllib.request.Request(f"{flower}/workers")
    assert status_of(request, patience=90) == 401, "Flower is open to everybody"
    request.add_header("Authorization", f"Basic {base64.b64encode(PASSWORD.encode()).decode()}")
    assert status_of(request, patience=10) == 200
    say("Flower asks for its password, and opens with it")


def status_of(request: urllib.request.Request, *, patience: float) -> int:
    """The status of an answer, once there is one."""
    end = time.monotonic() + patience
    while True:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.5)


def until_ready(url: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    last = ""
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                assert answer.status == 200
                return
        except urllib.error.HTTPError as error:
            now = error.read().decode("utf-8", "replace")[:200]
        except OSError as error:
            now = str(error)
        if now != last:
            say(f"Not ready yet: {now}")
            last = now
        assert time.monotonic() < deadline, f"not ready within {READY_SECONDS:.0f} s: {last}"
        time.sleep(0.5)


def call(url: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """One JSON call: POST with a body, GET without."""
    request = urllib.request.Request(url, headers={"Content-Type": "application/json"})
    if body is not None:
        request.data = json.dumps(body).encode()
    with urllib.request.urlopen(request, timeout=30) as answer:
        loaded: dict[str, Any] = json.load(answer)
        return loaded


def stream(url: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The events of a stream, until the server closes it after the terminal one."""
    name = ""
    with urllib.request.urlopen(url, timeout=60) as answer:
        for raw in answer:
            line = raw.decode().rstrip("\r\n")
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                yield name, json.loads(line.removeprefix("data: "))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
