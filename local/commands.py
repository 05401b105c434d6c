"""Every process of Sluice, defined once: `make up` starts these, and a test holds docker-compose.yml against them."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field

from settings import Settings

PYTHON = "python"
"""Stands for the interpreter in `argv`; `make up` puts its own there."""

API_CLOSING_MARGIN = 10.0
"""Seconds the API gets beyond the grace of its streams."""

GIVES_MEMORY_BACK = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "262144", "MALLOC_TRIM_THRESHOLD_": "262144"}
"""For glibc: without these, what a few large answers took at once stays with the process for good."""


@dataclass(frozen=True, slots=True)
class Command:
    """One process.

    `argv[0]` is `PYTHON`. `env` is added to the common environment. `stop_signal` asks it to end; after `grace`
    seconds it is ended by force, with all it forked.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    stop_signal: int = signal.SIGTERM
    grace: float = 10.0


def api(settings: Settings) -> Command:
    """The HTTP server; it listens where the settings say."""
    grace = settings.shutdown_grace_seconds + API_CLOSING_MARGIN
    return Command("api", (PYTHON, "-m", "api"), env=GIVES_MEMORY_BACK, grace=grace)


def worker(queue: str, concurrency: int, settings: Settings) -> Command:
    """A Celery worker for one queue. Its node name stays the same over restarts."""
    argv = (
        *(PYTHON, "-m", "celery", "--quiet", "-A", "tasks.app", "worker", "-Q", queue, "-c", str(concurrency)),
        *("-P", "prefork", "-n", f"{queue}@%h", "--without-gossip", "--without-mingle"),
        *("-l", settings.log_level),
    )
    return Command(f"worker-{queue}", argv, grace=15.0)


def flower(settings: Settings) -> Command:
    """Celery's own page of workers and tasks. It reads its password from the environment by itself."""
    argv = (
        *(PYTHON, "-m", "celery", "-A", "tasks.app", "flower"),
        *(f"--address={settings.flower_host}", f"--port={settings.flower_port}", "--logging=warning"),
    )
    password = settings.flower_basic_auth
    env = {"FLOWER_BASIC_AUTH": password.get_secret_value()} if password else {}
    # It keeps nothing, and asked politely it waits for its threads' calls to workers that are stopping as well.
    return Command("flower", argv, env=env, stop_signal=signal.SIGKILL)


def migrate() -> Command:
    """Waits for the database and brings its tables up to date; ends by itself."""
    return Command("migrate", (PYTHON, "-m", "local.migrate"))


def sweep() -> Command:
    """The line's watchman: safe to run anywhere and more than once."""
    return Command("sweep", (PYTHON, "-m", "tasks.sweep"))


def applications(settings: Settings) -> list[Command]:
    """Everything that runs on top of the database and Redis, in the order of starting."""
    return [
        api(settings),
        worker("interactive", settings.max_concurrent_chat_and_research, settings),
        worker("ingest", settings.ingest_concurrency, settings),
        sweep(),
        flower(settings),
    ]
