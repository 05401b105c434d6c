"""Deep Research: a topic goes in, a report comes out."""

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import PlainTextResponse

from api.deps import Caller, Config, IdempotencyKey, Store, WaitingLine, problems
from api.schemas import NewResearch, Receipt
from api.submission import accepted, idempotency
from api.text import check_length, clean_filename
from db.tasks import owned_task
from errors import Conflict, InvalidInput, NotFound
from scheduling.views import report_view
from scheduling.work import Research
from settings import Settings

router = APIRouter(prefix="/research", tags=["research"])

TOPIC_CHARS = 60


@router.post("", status_code=202, response_model=Receipt, responses=problems(400, 413, 422, 429))
async def start_research(
    caller: Caller, line: WaitingLine, settings: Config, key: IdempotencyKey, body: NewResearch, response: Response
) -> Receipt:
    """Put a topic into the waiting line; follow `stream_url` for the steps and the report."""
    check_length(body.topic, settings)
    work = Research(body.topic, _sources(body, settings), body.depth, body.model)
    once = idempotency(key, "/research", body)
    return accepted(await line.submit(work, owner=caller.name, idempotency=once), response)


@router.get(
    "/{task_id}/report",
    response_class=PlainTextResponse,
    responses={
        200: {"content": {"text/markdown": {"schema": {"type": "string"}}}, "description": "The report"},
        **problems(400, 404, 409),
    },
)
async def get_report(
    caller: Caller,
    database: Store,
    task_id: UUID,
    report_format: Annotated[str, Query(alias="format", json_schema_extra={"enum": ["md"]})] = "md",
) -> Response:
    """The finished report with its sources, as Markdown."""
    async with database.transaction() as tx:
        task = await owned_task(tx, task_id, caller.name)
    if task is None or task.kind != "research":
        raise NotFound("There is no such research.")
    if report_format != "md":
        raise InvalidInput("A report can be had as md only.", code="unsupported_format")
    if task.status != "completed":
        raise Conflict("This research has no finished report.", code="not_completed")
    report = report_view(task)
    headers = {"Content-Disposition": f"inline; {_filename(report.topic)}"}
    return Response(report.content, media_type="text/markdown; charset=utf-8", headers=headers)


def _filename(topic: str) -> str:
    """The header parameters that name a report after its topic, whatever script that has (RFC 6266)."""
    name = clean_filename(topic[:TOPIC_CHARS]) or "report"
    return f"filename=\"report.md\"; filename*=UTF-8''{quote(name, safe='')}.md"


def _sources(body: NewResearch, settings: Settings) -> tuple[str, ...]:
    """What to search: as asked, else everything there is.

    Raises:
        InvalidInput: `web_not_configured`.
    """
    if body.sources is None:
        return ("library", "web") if settings.searxng_url else ("library",)
    if "web" in body.sources and not settings.searxng_url:
        raise InvalidInput("No web search is set up here (SEARXNG_URL).", code="web_not_configured")
    return tuple(dict.fromkeys(body.sources))
