"""Base images made of Debian packages, under the names the real ones have, where no image registry can be reached."""

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.compose.podman import WORK, full_name, has_image, pull, run, say

SUITE = "trixie"
MIRROR = "http://deb.debian.org/debian"
BASE = WORK / "base"

POSTGRES_ENTRY = """\
#!/bin/sh
# What the image's own entry point does for an empty data folder, and no more.
set -eu
data=/var/lib/postgresql/data
bin=$(echo /usr/lib/postgresql/*/bin)
if [ "$(id -u)" = 0 ]; then
    mkdir -p "$data" /run/postgresql
    chown postgres "$data" /run/postgresql
    chmod 700 "$data"
    exec setpriv --reuid postgres --regid postgres --clear-groups "$0" "$@"
fi
if [ ! -s "$data/PG_VERSION" ]; then
    printf %s "$POSTGRES_PASSWORD" > /tmp/password
    "$bin/initdb" -D "$data" -U "$POSTGRES_USER" --pwfile=/tmp/password --auth-host=scram-sha-256 --auth-local=trust \\
        --encoding=UTF8 --locale=C.UTF-8
    rm /tmp/password
    echo "host all all all scram-sha-256" >> "$data/pg_hba.conf"
    echo "CREATE DATABASE \\"$POSTGRES_DB\\"" | "$bin/postgres" --single -D "$data" postgres > /dev/null || true
fi
exec "$bin/postgres" -D "$data" -c listen_addresses='*'
"""


@dataclass(frozen=True, slots=True)
class StandIn:
    """What is installed on top of a bare Debian, which files are added, and how the image starts."""

    packages: Sequence[str]
    files: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    changes: Sequence[str] = ()


STAND_INS = {
    "python:3.13-slim": StandIn(
        ["python3", "python3-venv", "python3-pip"], links={"/usr/local/bin/python": "/usr/bin/python3"}
    ),
    "node:24-slim": StandIn(["nodejs", "npm"]),
    "valkey/valkey:9": StandIn(
        ["valkey-server", "valkey-tools"],
        files={"/entry": '#!/bin/sh\ncd /data\nexec "$@" --bind "* -::*" --protected-mode no\n'},
        changes=['ENTRYPOINT ["/entry"]'],
    ),
    "pgvector/pgvector:pg18": StandIn(
        ["postgresql-17", "postgresql-17-pgvector"],
        files={"/entry": POSTGRES_ENTRY},
        changes=[
            'ENTRYPOINT ["/entry"]',
            "ENV PATH=/usr/lib/postgresql/17/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        ],
    ),
}


def provide(names: Sequence[str]) -> dict[str, str]:
    """See that every base image is there; for each, whether it is `the image` or `a stand-in`."""
    found: dict[str, str] = {}
    for name in names:
        label = f"localhost/stand-in/{name}"
        if has_image(label):
            found[name] = "a stand-in"
        elif has_image(full_name(name)) or pull(name):
            found[name] = "the image"
        else:
            _make(name, STAND_INS[name])
            found[name] = "a stand-in"
    return found


def _make(name: str, stand_in: StandIn) -> None:
    say(f"Making a stand-in for {name}")
    if not (BASE / "etc" / "debian_version").exists():
        shutil.rmtree(BASE, ignore_errors=True)
        run(["debootstrap", "--variant=minbase", "--include=ca-certificates", SUITE, str(BASE), MIRROR])
    folder = WORK / "stand-in"
    shutil.rmtree(folder, ignore_errors=True)
    run(["cp", "-a", str(BASE), str(folder)])
    shutil.copy("/etc/resolv.conf", folder / "etc" / "resolv.conf")
    (folder / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
    (folder / "usr/sbin/policy-rc.d").chmod(0o755)
    options = ["-y", "-qq", "--no-install-recommends"]
    run(["chroot", str(folder), "apt-get", "update", "-qq"])
    run(
        ["chroot", str(folder), "apt-get", "install", *options, *stand_in.packages],
        env={"DEBIAN_FRONTEND": "noninteractive"},
    )
    for path, text in stand_in.files.items():
        _place(folder, path).write_text(text)
        _place(folder, path).chmod(0o755)
    for path, target in stand_in.links.items():
        _place(folder, path).symlink_to(target)
    (folder / "data").mkdir(exist_ok=True)
    _import(folder, name, stand_in)
    shutil.rmtree(folder)


def _place(folder: Path, path: str) -> Path:
    return folder / path.lstrip("/")


def _import(folder: Path, name: str, stand_in: StandIn) -> None:
    """Under the real name, so that nothing else has to know, and under one that tells what it is."""
    archive = WORK / "stand-in.tar"
    subprocess.run(["tar", "-C", str(folder), "-cf", str(archive), "."], check=True)
    changes = [word for change in stand_in.changes for word in ("--change", change)]
    run(["podman", "import", "-q", *changes, str(archive), full_name(name)])
    run(["podman", "tag", full_name(name), f"localhost/stand-in/{name}"])
    archive.unlink()
