"""PostgreSQL refuses to run as root: who runs it then, and whether that user can reach the files."""

import os
import pwd
import subprocess
from pathlib import Path

from local.problem import StartError

PREFERRED = ("nobody", "postgres", "daemon")


def database_user() -> tuple[int, int] | None:
    """(uid, gid) of an existing unprivileged user when this process is root, else None.

    PostgreSQL looks its user up by name, so a number without an entry would not do.
    """
    if os.geteuid() != 0:
        return None
    entries = {entry.pw_name: entry for entry in pwd.getpwall() if entry.pw_uid != 0}
    for name in (*PREFERRED, *entries):
        if name in entries:
            return entries[name].pw_uid, entries[name].pw_gid
    raise StartError("PostgreSQL refuses to run as root and no other user exists here: start Sluice as another user.")


def check_reach(user: tuple[int, int], *paths: Path) -> None:
    """Raise StartError unless `user` can enter the folders and run or read the files."""
    for path in paths:
        probe = subprocess.run(
            ["/bin/sh", "-c", 'test -x "$1" && test -r "$1"', "sh", str(path)],
            user=user[0],
            group=user[1],
            extra_groups=[],
            cwd="/",
            check=False,
        )
        if probe.returncode != 0:
            name = pwd.getpwuid(user[0]).pw_name
            raise StartError(
                f"As root, PostgreSQL runs as the user {name!r}, who cannot enter {path}: start Sluice as an ordinary "
                "user, or move it (and DATA_DIR) out of the private folder, to /srv say."
            )
