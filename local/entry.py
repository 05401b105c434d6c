"""`python -m local.entry COMMAND…`: the containers' entry point.

Waits until the database has its tables and Redis answers, then becomes COMMAND. Not every container engine
honours start conditions, so each process waits by itself.
"""

import os
import shutil
import sys
import time
from collections.abc import Callable

from redis import Redis
from redis.exceptions import RedisError

from local.commands import migrate
from local.migrate import is_current
from settings import Settings

WAIT_SECONDS = 300.0
PAUSE_SECONDS = 0.5


def redis_answers(url: str) -> bool:
    """Whether a PING is answered."""
    client = Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)
    try:
        return bool(client.ping())
    except (RedisError, OSError):
        return False
    finally:
        client.close()


def wait(settings: Settings, *, seconds: float = WAIT_SECONDS) -> None:
    """Return once the tables are up to date and Redis answers. Raises TimeoutError after `seconds`."""
    waits_for: dict[str, Callable[[], bool]] = {
        "the database's tables": lambda: is_current(settings),
        "Redis": lambda: redis_answers(settings.application_redis_url),
    }
    deadline = time.monotonic() + seconds
    for what, is_there in waits_for.items():
        told = False
        while not is_there():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what} did not come within {seconds:.0f} s")
            if not told:
                print(f"Waiting for {what} …", flush=True)
                told = True
            time.sleep(PAUSE_SECONDS)


def main(argv: list[str]) -> None:
    """Wait, unless this is the migration itself, and become the command."""
    if tuple(argv) != migrate().argv:
        try:
            wait(Settings())
        except TimeoutError as error:
            sys.exit(str(error))
    os.execv(shutil.which(argv[0]) or argv[0], argv)  # noqa: S606 - the command is the image's own


if __name__ == "__main__":
    main(sys.argv[1:])
