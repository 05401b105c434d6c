"""What people are told of a task that failed."""

import logging
from uuid import UUID

from errors import SluiceError

log = logging.getLogger(__name__)

INTERNAL = {"code": "internal_error", "message": "Something went wrong inside; the operator's log says what."}


def facts_of(error: BaseException, task_id: UUID) -> dict[str, str]:
    """The error's code and message; one that nobody expected goes to the log, and is only called internal."""
    if isinstance(error, SluiceError):
        return {"code": error.code, "message": error.message}
    log.error("task %s failed", task_id, exc_info=error)
    return dict(INTERNAL)
