"""The waiting line, for everybody to see."""

from fastapi import APIRouter

from api.deps import Caller, WaitingLine, problems
from api.schemas import Queue
from scheduling.queue import QueueView

router = APIRouter(tags=["queue"])


@router.get("/queue", response_model=Queue, responses=problems())
async def read_queue(caller: Caller, line: WaitingLine) -> QueueView:
    """What runs and what waits, in order; what other people's tasks are about is hidden, but not from admins."""
    return (await line.queue()).view(caller.name, is_admin=caller.is_admin)
