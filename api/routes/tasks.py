"""Tasks: what was submitted, and cancelling it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.deps import Caller, Config, Cursor, Limit, LineChanges, Store, TheQueue, problems
from api.schemas import CancelRequest, Kind, Move, Status, Task, TaskChange, TaskPage
from api.text import check_length
from db.cursors import Page, decode_number, encode_number
from db.tasks import list_tasks as select_tasks
from db.tasks import owned_task
from errors import InvalidInput, NotFound
from scheduling.queue import QueueState
from scheduling.reading import QueueReader
from scheduling.views import TaskView, task_view

router = APIRouter(prefix="/tasks", tags=["tasks"])


@router.get("", response_model=TaskPage, responses=problems(400, 422))
async def list_tasks(
    caller: Caller,
    database: Store,
    queue: TheQueue,
    status: Annotated[list[Status] | None, Query(description="one or several")] = None,
    kind: Kind | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[TaskView]:
    """The caller's tasks, newest first."""
    before = decode_number("tasks", cursor) if cursor is not None else None
    async with database.transaction() as tx:
        rows = await select_tasks(
            tx, caller.name, statuses=status or (), kind=kind, before_ticket=before, limit=limit + 1
        )
    page = rows[:limit]
    views = await _waiting_placed([task_view(row) for row in page], queue)
    return Page(views, encode_number("tasks", page[-1].ticket) if len(rows) > limit else None)


@router.get("/{task_id}", response_model=Task, responses=problems(404))
async def read_task(caller: Caller, database: Store, queue: TheQueue, task_id: UUID) -> TaskView:
    """One task."""
    async with database.transaction() as tx:
        row = await owned_task(tx, task_id, caller.name)
    if row is None:
        raise NotFound("There is no such task.")
    return (await _waiting_placed([task_view(row, whole=True)], queue))[0]


@router.patch("/{task_id}", response_model=Task, responses=problems(400, 404, 409, 413, 422))
async def edit_task(
    caller: Caller, changes: LineChanges, queue: TheQueue, settings: Config, task_id: UUID, body: TaskChange
) -> TaskView:
    """Change the words of a message or a topic that has not started yet."""
    if (body.content is None) == (body.topic is None):
        raise InvalidInput("Give either `content` or `topic`.", code="invalid_change")
    field, words = ("content", body.content) if body.content is not None else ("topic", body.topic or "")
    check_length(words, settings)
    view = await changes.edit(task_id, owner=caller.name, field=field, words=words)
    return _placed([view], await queue.fresh())[0]


@router.post("/{task_id}/move", response_model=Task, responses=problems(400, 404, 409, 413, 422))
async def move_task(caller: Caller, changes: LineChanges, queue: TheQueue, task_id: UUID, body: Move) -> TaskView:
    """Move a waiting task before another of one's own; nobody else's place changes."""
    view = await changes.move(task_id, owner=caller.name, before=body.before)
    return _placed([view], await queue.fresh())[0]


@router.post(
    "/{task_id}/cancel",
    response_model=Task,
    responses={202: {"model": Task, "description": "It runs, and ends soon"}, **problems(400, 404, 413, 422)},
)
async def cancel_task(
    caller: Caller, changes: LineChanges, task_id: UUID, response: Response, body: CancelRequest | None = None
) -> TaskView:
    """Cancel a task in whatever state it is; again is the same. What was written so far stays."""
    pause = body is not None and body.pause_session
    view = await changes.cancel(task_id, owner=caller.name, by=caller.name, pause_session=pause)
    if view.status == "running":
        response.status_code = 202
    return view


async def _waiting_placed(views: list[TaskView], queue: QueueReader) -> list[TaskView]:
    """Tell those that wait where they stand, by one reading of the queue."""
    if any(view.status == "queued" for view in views):
        return _placed(views, await queue.recent())
    return views


def _placed(views: list[TaskView], state: QueueState) -> list[TaskView]:
    for view in views:
        place = state.places.get(view.task_id)
        if place is not None:
            view.position, view.eta_s, view.waits_for = place
    return views
