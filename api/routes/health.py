"""What machines ask: alive, ready, and the numbers. None of it needs an identity."""

from fastapi import APIRouter, Request, Response
from prometheus_client.exposition import choose_encoder

from api.errors import RETRY_SECONDS, problem
from api.metrics import collect
from api.readiness import Readiness
from api.schemas import Health, Problem

router = APIRouter(tags=["server"])


@router.get("/healthz", response_model=Health)
async def is_alive() -> Health:
    """Whether this process answers."""
    return Health(status="alive")


@router.get(
    "/readyz", response_model=Health, responses={503: {"model": Problem, "description": "`missing` says what is not"}}
)
async def is_ready(request: Request) -> Health | Response:
    """Whether database, tables, Redis and a worker of each queue are there."""
    readiness: Readiness = request.app.state.readiness
    missing = await readiness.missing(request.app.state.clients)
    if not missing:
        return Health(status="ready")
    headers = {"Retry-After": str(RETRY_SECONDS)}
    return problem(503, "not_ready", f"Not there yet: {', '.join(missing)}.", headers=headers, missing=missing)


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "Prometheus"},
        503: {"model": Problem, "description": "The database is away"},
    },
)
async def read_metrics(request: Request) -> Response:
    """The line in numbers, the same from every process; `sluice_open_streams` is this process's own."""
    encoder, media_type = choose_encoder(request.headers.get("accept", ""))
    registry = await collect(request.app.state.clients)
    return Response(encoder(registry), headers={"Content-Type": media_type})
