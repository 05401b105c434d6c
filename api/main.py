"""The application. `python -m api` serves it."""

import gc
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from pydantic import ValidationError
from starlette.middleware import Middleware

from api.clients import Clients, open_clients
from api.errors import add_error_handlers
from api.identity import refuse_unsafe_start
from api.middleware import BodyLimit, ErrorBoundary, Guard, SecurityHeaders
from api.openapi import document, operation_id
from api.page import Page
from api.readiness import Readiness
from api.routes import admin, config, documents, health, queue, research, search, sessions, stream, tasks
from api.uploads import MULTIPART_OVERHEAD
from api.version import ROOT, version
from settings import Settings

ROUTERS = (
    sessions.router,
    research.router,
    documents.router,
    search.router,
    tasks.router,
    queue.router,
    stream.router,
    admin.router,
    config.router,
    health.router,
)

OpenClients = Callable[[Settings], AbstractAsyncContextManager[Clients]]


def create_app(settings: Settings | None = None, *, clients: OpenClients = open_clients) -> FastAPI:
    """Build the application; its clients are opened when it starts.

    Args:
        settings: the environment's when not given.
        clients: what to open; tests give their own publisher with it.

    Raises:
        SystemExit: settings are wrong, or it would be unsafe to start (`identity.refuse_unsafe_start`).
    """
    settings = settings or read_settings()
    refuse_unsafe_start(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with clients(settings) as app.state.clients:
            # What was loaded lives as long as the process. Looking through it holds up every stream for about 0.1 s.
            gc.collect()
            gc.freeze()
            yield

    app = FastAPI(
        title="Sluice",
        version=version(),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=operation_id,
        middleware=_middleware(settings),
    )
    app.state.readiness = Readiness()
    for router in ROUTERS:
        app.include_router(router)
    add_error_handlers(app)
    app.openapi = lambda: document(app)  # type: ignore[method-assign]
    calls = {path.split("/")[1] for path in document(app)["paths"]} | {"openapi.json", "admin"}
    app.router.default = Page(ROOT / "web" / "dist", calls)
    return app


def read_settings() -> Settings:
    """The environment's settings.

    Raises:
        SystemExit: they are wrong, which is said in one sentence.
    """
    try:
        settings = Settings()
        for needed in ("sqlalchemy_url", "celery_broker_url"):
            getattr(settings, needed)  # raises when it is not set
    except ValidationError as error:
        wrong = [": ".join([*(str(part).upper() for part in each["loc"]), each["msg"]]) for each in error.errors()]
        sys.exit(f"Sluice does not start: {'; '.join(wrong)}")
    except ValueError as error:
        sys.exit(f"Sluice does not start: {error}")
    return settings


def _middleware(settings: Settings) -> list[Middleware]:
    """From the outside in."""
    uploads = settings.max_upload_bytes + MULTIPART_OVERHEAD
    return [
        Middleware(SecurityHeaders),
        Middleware(ErrorBoundary),
        Middleware(Guard, settings=settings),
        Middleware(BodyLimit, default=settings.max_body_bytes, paths={"/documents": uploads}),
    ]
