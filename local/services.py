"""The embedded services for a block of code: what tests and benchmarks use.

`python -m local.services` runs both in a temporary folder until Ctrl-C and prints their URLs.
"""

import asyncio
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from local.postgres import EmbeddedPostgres
from local.valkey import EmbeddedValkey


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A temporary folder that PostgreSQL can enter when root starts it; pytest's `tmp_path` is private to root."""
    folder = Path(tempfile.mkdtemp(prefix="sluice-services-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def postgres(folder: Path, *, durable: bool = False) -> AsyncIterator[str]:
    """A PostgreSQL in `folder` while the block runs; gives its URL."""
    server = EmbeddedPostgres(folder, durable=durable)
    try:
        yield await server.start()
    finally:
        await server.stop()


@asynccontextmanager
async def valkey(folder: Path, *, durable: bool = False) -> AsyncIterator[str]:
    """A Valkey in `folder` while the block runs; gives its URL, database 0."""
    server = EmbeddedValkey(folder, durable=durable)
    try:
        yield await server.start()
    finally:
        await server.stop()


async def _serve() -> None:
    stop = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    with temporary_folder() as folder:
        async with postgres(folder / "postgres") as database_url, valkey(folder / "valkey") as redis_url:
            print(f"DATABASE_URL={database_url}\nREDIS_URL={redis_url}", flush=True)
            await stop.wait()


if __name__ == "__main__":
    asyncio.run(_serve())
