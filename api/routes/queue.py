"""The waiting line, for everybody to see."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Response

from api.deps import Caller, TheQueue, problems
from api.schemas import Queue

router = APIRouter(tags=["queue"])


@router.get("/queue", response_model=Queue, responses=problems(422))
async def read_queue(
    caller: Caller,
    queue: TheQueue,
    first: Annotated[
        int | None, Query(ge=0, description="of what waits only so many, and the caller's own; all when not given")
    ] = None,
) -> Response:
    """What runs and what waits, in order; what other people's tasks are about is hidden, but not from admins."""
    view = (await queue.fresh()).view(caller.name, is_admin=caller.is_admin, first=first)
    # A long line is written as it is: checking it against its own schema would take ten times as long.
    return Response(orjson.dumps(view, option=orjson.OPT_UTC_Z), media_type="application/json")
