"""podman and podman-compose on Debian as root, set up so that they work in a small virtual machine too."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = Path("/var/tmp/sluice-compose")
COMPOSE_VENV = WORK / "venv"
PACKAGES = ("podman", "runc", "aardvark-dns", "iptables", "debootstrap")
PROGRAMS = ("podman", "runc", "iptables", "debootstrap")
CONFIGURATION = """\
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
"""


def say(line: str) -> None:
    print(f"==> {line}", flush=True)


def run(argv: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path = ROOT) -> None:
    """Run, showing its output. Raises CalledProcessError."""
    subprocess.run(argv, check=True, env=environment() | dict(env or {}), cwd=cwd)


def output(argv: Sequence[str]) -> str:
    """Run and give what it printed. Raises CalledProcessError."""
    return subprocess.run(argv, check=True, env=environment(), cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout


def environment() -> dict[str, str]:
    return {**os.environ, "CONTAINERS_CONF": str(WORK / "containers.conf"), "BUILDAH_FORMAT": "docker"}


def install() -> None:
    """Debian's podman and PyPI's podman-compose, unless they are there."""
    if os.geteuid() != 0:
        sys.exit("Run this as root: podman is used as root here.")
    WORK.mkdir(parents=True, exist_ok=True)
    (WORK / "containers.conf").write_text(CONFIGURATION)
    if not all(shutil.which(program) for program in PROGRAMS):
        if not shutil.which("apt-get"):
            sys.exit(f"Install these first: {' '.join(PROGRAMS)}.")
        run(["apt-get", "update", "-q"])
        options = ["-y", "-q", "--no-install-recommends"]
        run(["apt-get", "install", *options, *PACKAGES], env={"DEBIAN_FRONTEND": "noninteractive"})
    if not (COMPOSE_VENV / "bin" / "podman-compose").exists():
        run([sys.executable, "-m", "venv", str(COMPOSE_VENV)])
        run([str(COMPOSE_VENV / "bin" / "pip"), "install", "-q", "podman-compose"])


def has_image(name: str) -> bool:
    return subprocess.run(["podman", "image", "exists", name], env=environment(), check=False).returncode == 0


def pull(name: str) -> bool:
    """Whether the image could be fetched from its registry."""
    say(f"Fetching {name}")
    argv = ["podman", "pull", "-q", full_name(name)]
    return subprocess.run(argv, env=environment(), check=False, stderr=subprocess.DEVNULL).returncode == 0


def full_name(name: str) -> str:
    """With the registry that a short name means to Docker."""
    return f"docker.io/{name}" if "/" in name else f"docker.io/library/{name}"


def host_files() -> dict[Path, str]:
    """What this machine needs to reach its package registries: certificates, pip's and npm's own settings.

    From the host to its place in a build container; mounted while building, and no part of any image.
    """
    wanted = {Path("/etc/ssl/certs"): "/etc/ssl/certs"}
    pip = WORK / "pip.conf"
    pip.write_text(_pip_settings(wanted))
    wanted[pip] = "/etc/pip.conf"
    npmrc = Path.home() / ".npmrc"
    if npmrc.exists():
        wanted[npmrc] = "/root/.npmrc"
    return {source: target for source, target in wanted.items() if source.exists()}


def _pip_settings(wanted: dict[Path, str]) -> str:
    """pip's settings of this machine, environment included, as one file; local folders they name are added."""
    settings: dict[str, str] = {}
    for line in output([sys.executable, "-m", "pip", "config", "list"]).splitlines():
        name, _, value = line.partition("=")
        settings[name.split(".")[-1]] = str(ast.literal_eval(value))
    for word in (word for value in settings.values() for word in value.split()):
        # An index in a folder links to files beside it.
        place = Path(word.removeprefix("file://")).parent if word.startswith("file://") else Path(word)
        if place.is_absolute() and place.is_dir() and not any(place.is_relative_to(known) for known in wanted):
            wanted[place] = str(place)
    return "\n".join(["[global]", *(f"{name} = {value}" for name, value in settings.items())]) + "\n"
