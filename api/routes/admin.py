"""What operators may: pause the line, change its limit, cancel anybody's task. Each is written to the audit table."""

from uuid import UUID

from fastapi import APIRouter, Response

from api.deps import Admin, LineChanges, problems
from api.schemas import LineChange, LineState, Task
from db.models import LineRow
from scheduling.views import TaskView

router = APIRouter(prefix="/admin", tags=["operators"])


@router.post("/line", responses=problems(400, 413, 422))
async def change_line(caller: Admin, changes: LineChanges, body: LineChange) -> LineState:
    """Pause the line or let it go on, and change the limit, live. What runs goes on."""
    row: LineRow = await changes.set_line(by=caller.name, paused=body.paused, limit=body.limit)
    return LineState(limit=row.slot_limit, paused=row.paused)


@router.post(
    "/tasks/{task_id}/cancel",
    response_model=Task,
    responses={202: {"model": Task, "description": "It runs, and ends soon"}, **problems(404)},
)
async def cancel_any_task(caller: Admin, changes: LineChanges, task_id: UUID, response: Response) -> TaskView:
    """Cancel anybody's task, in whatever state it is."""
    view = await changes.cancel(task_id, owner=None, by=caller.name)
    if view.status == "running":
        response.status_code = 202
    return view
