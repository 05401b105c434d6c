"""`python stack.py`: the real stack with small children in the place of the applications, as `make up` would run it."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from local import up
from local.checks import choose_ports, data_folder, read_settings
from local.commands import PYTHON, Command
from local.problem import StartError
from local.process import follow_parent

CHILDREN = str(Path(__file__).with_name("children.py"))


def main() -> int:
    follow_parent(signal.SIGTERM)
    notes = Path(os.environ["NOTES"])
    try:
        settings = read_settings()
        with data_folder(settings) as folder:
            settings = choose_ports(settings)
            commands = [
                Command("api", (PYTHON, CHILDREN, "ready", str(settings.api_port)), grace=3),
                Command("worker", (PYTHON, CHILDREN, "parent_of_deaf", str(notes / "grandchild")), grace=3),
                Command("stubborn", (PYTHON, CHILDREN, "deaf"), grace=float(os.environ.get("STUBBORN_GRACE", "1"))),
            ]
            asyncio.run(up.run(up.Stack(settings, folder, commands)))
    except StartError as error:
        print(f"Sluice cannot start: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
