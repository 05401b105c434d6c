"""`make chaos`: `TASKS=1000 FAULTS=200 SEED=1 LIMIT=2 USERS=12`, from the environment."""

import asyncio
import os
import sys
from dataclasses import fields
from pathlib import Path

from local.services import temporary_folder
from tests.chaos.options import Options
from tests.chaos.run import chaos


def main() -> int:
    names = [field.name for field in fields(Options)]
    given = {name: int(os.environ[name.upper()]) for name in names if os.environ.get(name.upper())}
    with temporary_folder() as folder:
        keep = os.environ.get("CHAOS_FOLDER")
        place = Path(keep) if keep else folder
        place.mkdir(parents=True, exist_ok=True)
        result = asyncio.run(chaos(Options(**given), place))
    print(result.text)
    return 1 if result.findings.total else 0


if __name__ == "__main__":
    sys.exit(main())
