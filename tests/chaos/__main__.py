"""`make chaos`: `TASKS=1000 FAULTS=200 SEED=1 LIMIT=2 USERS=12 ONLY="pub/sub cut"`, from the environment."""

import asyncio
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from local.services import temporary_folder
from tests.chaos.options import Options
from tests.chaos.run import chaos


def main() -> int:
    texts = {name: os.environ[name.upper()] for name in asdict(Options()) if os.environ.get(name.upper())}
    numbers: dict[str, Any] = {name: int(text) for name, text in texts.items() if name != "only"}
    options = Options(**numbers, only=texts.get("only", ""))
    with temporary_folder() as folder:
        keep = os.environ.get("CHAOS_FOLDER")
        place = Path(keep) if keep else folder
        place.mkdir(parents=True, exist_ok=True)
        result = asyncio.run(chaos(options, place))
    print(result.text)
    return 1 if result.findings.total else 0


if __name__ == "__main__":
    sys.exit(main())
