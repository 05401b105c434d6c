"""`python -m bench.line`: measure, and print one table."""

import asyncio
import signal
import sys
import time
from contextlib import nullcontext
from pathlib import Path

import orjson

from bench.line.figures import Cells, raw
from bench.line.options import Options, read_options
from bench.line.report import breakdown, drift, goals, table_lines
from bench.line.run import Say, measure
from local.services import temporary_folder


def main() -> int:
    """Exit code 1 when a system broke; goals that are missed are only told."""
    options = read_options(sys.argv[1:])
    begun = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - begun:6.1f} s  {what}", file=sys.stderr, flush=True)

    with nullcontext(options.keep) if options.keep is not None else temporary_folder() as folder:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        cells = asyncio.run(_measure(options, folder, say))
    say("done")
    _print(cells, options)
    if options.json is not None:
        options.json.write_bytes(orjson.dumps(raw(cells), option=orjson.OPT_INDENT_2))
    return 1 if any(cell.broken for cell in cells.values()) else 0


async def _measure(options: Options, folder: Path, say: Say) -> Cells:
    """As `measure`; told to end, it ends what it started first."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await measure(options, folder, say)


def _print(cells: Cells, options: Options) -> None:
    for line in table_lines(cells, markdown=options.markdown):
        print(line)
    bullet = "- " if options.markdown else ""
    print()
    for goal in goals(cells):
        print(f"{bullet}{goal}")
    if (told := drift(cells)) is not None:
        print(f"{bullet}{told}")
    print()
    for line in breakdown(cells):
        print(f"{bullet}{line}")


if __name__ == "__main__":
    sys.exit(main())
