"""The last catch: what nobody expected is logged and answered without a leak."""

import logging
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import internal_problem

log = logging.getLogger("api")
access = logging.getLogger("api.access")

PROBES = ("/healthz", "/readyz", "/metrics")


class ErrorBoundary:
    """Answers an unexpected error with 500 `internal_error`, and writes one access line per request.

    The line has the path without its query: what people search for is not for logs.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and watch how it ends."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = 0
        started = perf_counter()

        async def watching(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watching)
        except Exception:
            log.exception("unexpected error in %s %s", scope["method"], scope["path"])
            if status:
                raise
            await internal_problem()(scope, receive, watching)
        finally:
            quiet = scope["path"] in PROBES or (scope["method"] == "GET" and status < 400)
            level = logging.DEBUG if quiet else logging.INFO
            spent = (perf_counter() - started) * 1000
            access.log(level, "%s %r %d %.0f ms", scope["method"], scope["path"], status, spent)
