"""`python3 -m local.prepare up|test|bench`: the virtual environment, the locked packages and the built page.

`bench` adds the peers that are measured beside us, in an environment of their own.

Runs before anything is installed, so on the standard library alone. What is up to date, by the hashes of its
sources, is not touched.
"""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PEERS_VENV = ROOT / ".venv-peers"
WEB = ROOT / "web"
PEERS_WEB = ROOT / "bench" / "peers"
NODE = 20
LOCKS = {"up": "local.txt", "test": "dev.txt", "bench": "dev.txt"}
PEERS_LOCK = "peers.txt"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_PACKAGES = ("chromium", "fonts-liberation", "fonts-noto-cjk")
NOT_SOURCES = {"node_modules", "dist", "coverage", "test-results", ".vite"}


class Missing(Exception):
    """Something this machine lacks, in one sentence."""


def main(arguments: list[str]) -> int:
    """Prepare for `up`, `test` or `bench`. Exit code 0 when everything is there."""
    signal.signal(signal.SIGTERM, _end)
    purpose = arguments[0] if arguments and arguments[0] in LOCKS else "up"
    try:
        make_venv(VENV)
        install(VENV, LOCKS[purpose])
        build_page()
        if purpose != "up":
            install_node_modules(WEB)
            find_chromium()
        if purpose == "bench":
            make_venv(PEERS_VENV)
            install(PEERS_VENV, PEERS_LOCK)
            install_node_modules(PEERS_WEB)
    except Missing as missing:
        print(f"Sluice cannot be prepared: {missing}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _end(signum: int, frame: object) -> None:
    raise KeyboardInterrupt


def say(line: str) -> None:
    """A line of progress."""
    print(line, flush=True)


def run(argv: list[str], cwd: Path = ROOT, quiet: bool = False) -> tuple[int, str]:
    """Run to the end; its exit code and, when quiet, its output. The child ends with this process's own end."""
    output = subprocess.PIPE if quiet else None
    process = subprocess.Popen(argv, cwd=str(cwd), stdout=output, stderr=subprocess.STDOUT if quiet else None)
    try:
        text, _ = process.communicate()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    return process.returncode, (text or b"").decode("utf-8", "replace")


def digest(paths: Iterable[Path], *more: str) -> str:
    """One hash over names and contents of files, and over further words."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    for word in more:
        total.update(word.encode() + b"\0")
    return total.hexdigest()


def is_stamped(stamp: Path, value: str) -> bool:
    """Whether this very state was reached before."""
    return stamp.exists() and stamp.read_text() == value


def make_venv(folder: Path) -> None:
    """Make a virtual environment, or make it anew when its interpreter no longer runs."""
    python = folder / "bin" / "python"
    if python.exists() and run([str(python), "-m", "pip", "--version"], quiet=True)[0] == 0:
        return
    say(f"Making the virtual environment in {folder.name} …")
    shutil.rmtree(str(folder), ignore_errors=True)
    code, output = run([sys.executable, "-m", "venv", str(folder)], quiet=True)
    if code != 0:
        shutil.rmtree(str(folder), ignore_errors=True)
        if "ensurepip" in output:
            raise Missing("Python's venv module is not whole here: on Debian and Ubuntu, apt-get install python3-venv.")
        raise Missing("the virtual environment could not be made: {}".format(output.strip().split("\n")[-1]))


def install(folder: Path, lock_name: str) -> None:
    """Install a lock file's packages into a virtual environment: wheels only, each checked by its hash."""
    lock = ROOT / "locks" / lock_name
    stamp = folder / f".sluice-{lock_name}"
    value = digest([lock], sys.version)
    if is_stamped(stamp, value):
        return
    total = len(re.findall(r"^[\w.\[\]-]+==", lock.read_text(), re.MULTILINE))
    say(f"Installing {total} Python packages; the first time takes a minute or two …")
    options = ["--require-hashes", "--only-binary", ":all:", "--disable-pip-version-check", "--no-input"]
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", *options, "-r", str(lock)]
    if _with_count(pip, total) != 0:
        raise Missing("the Python packages could not be installed; pip's reason is above.")
    stamp.write_text(value)


def _with_count(pip: list[str], total: int) -> int:
    """Run pip, counting its packages; its whole output is shown only when it fails."""
    env = dict(os.environ, PYTHONUNBUFFERED="1", PIP_PROGRESS_BAR="off", PIP_QUIET="0")
    process = subprocess.Popen(pip, cwd=str(ROOT), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env)
    assert process.stdout is not None
    lines: list[str] = []
    done = 0
    try:
        for raw in process.stdout:
            lines.append(raw.decode("utf-8", "replace"))
            if lines[-1].startswith(("Collecting ", "Requirement already satisfied", "Ignoring ")):
                done += 1
                _show_count(done, total)
        code = process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    if sys.stdout.isatty():
        print()
    if code != 0:
        print("".join(lines), file=sys.stderr)
    return code


def _show_count(done: int, total: int) -> None:
    if sys.stdout.isatty():
        print(f"\r  {min(done, total)} of {total}", end="", flush=True)
    elif done % 25 == 0:
        say(f"  {min(done, total)} of {total}")


def page_sources() -> list[Path]:
    """Every file the built page depends on."""
    found: list[Path] = []
    for folder, folders, files in os.walk(str(WEB)):
        folders[:] = [name for name in folders if name not in NOT_SOURCES]
        found.extend(Path(folder) / name for name in files)
    return found


def build_page() -> None:
    """`npm ci` and `npm run build`, when `web/dist` is not made of the present sources."""
    stamp = WEB / "node_modules" / ".sluice-dist"
    value = digest(page_sources())
    if is_stamped(stamp, value) and (WEB / "dist" / "index.html").exists():
        return
    install_node_modules(WEB)
    say("Building the page …")
    code, output = run([_npm(), "run", "--silent", "build"], cwd=WEB, quiet=True)
    if code != 0:
        print(output, file=sys.stderr)
        raise Missing("the page could not be built; the reason is above.")
    stamp.write_text(value)


def install_node_modules(folder: Path) -> None:
    """`npm ci`, when `node_modules` is not what the folder's lock file says."""
    stamp = folder / "node_modules" / ".sluice-lock"
    value = digest([folder / "package-lock.json"])
    if is_stamped(stamp, value):
        return
    check_node()
    say(f"Installing the packages of {folder.relative_to(ROOT)} (npm ci) …")
    if run([_npm(), "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder)[0] != 0:
        raise Missing(f"npm could not install the packages of {folder.relative_to(ROOT)}; the reason is above.")
    stamp.write_text(value)


def _npm() -> str:
    return shutil.which("npm") or "npm"


def check_node() -> None:
    """Raise Missing unless Node.js and npm are there and new enough."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        raise Missing(f"Node.js {NODE} or newer with npm is needed to build the page: see https://nodejs.org.")
    _, text = run([node, "--version"], quiet=True)
    found = re.match(r"v(\d+)", text.strip())
    if found is None or int(found.group(1)) < NODE:
        raise Missing(f"Node.js {NODE} or newer is needed to build the page, this is {text.strip()}.")


def find_chromium() -> None:
    """The browser tests need Chromium: found, or installed where we may, else said how."""
    if any(shutil.which(name) for name in CHROMIUM):
        return
    how = "apt-get install {}".format(" ".join(CHROMIUM_PACKAGES))
    apt: str | None = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        raise Missing(f"the browser tests need Chromium: install it (Debian: `{how}` as root).")
    say("Installing Chromium for the browser tests …")
    env: dict[str, str] = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    for argv in ([apt, "update", "-q"], [apt, "install", "-y", "-q", "--no-install-recommends", *CHROMIUM_PACKAGES]):
        if subprocess.call(argv, env=env) != 0:
            raise Missing(f"Chromium could not be installed with `{how}`; the reason is above.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
