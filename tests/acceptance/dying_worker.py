"""A Celery worker that is killed, whole, between the commit of a task's end and its terminal event.

`python -m tests.acceptance.dying_worker` takes the arguments of `python -m celery`.
"""

import os
import signal
import sys
from typing import Any

from celery.__main__ import main

from streaming.log import TaskLog


async def _die(*_: Any, **__: Any) -> int:
    os.killpg(os.getpgid(0), signal.SIGKILL)
    raise AssertionError


if __name__ == "__main__":
    TaskLog.close = _die  # type: ignore[method-assign]
    sys.argv[0] = "celery"
    main()
