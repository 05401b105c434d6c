"""No body is read beyond its limit, whatever `Content-Length` says."""

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import DETAIL_OF_STATUS, problem


class BodyLimit:
    """Answers 413 `body_too_large` when a body is announced larger than its limit, or turns out to be.

    Args:
        default: the limit in bytes.
        paths: other limits, for `POST` to exactly these paths.
    """

    def __init__(self, app: ASGIApp, *, default: int, paths: Mapping[str, int]) -> None:
        self.app = app
        self.default = default
        self.paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a counting `receive`."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.paths.get(scope["path"], self.default) if scope["method"] == "POST" else self.default
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdecimal() and int(announced[:20]) > limit:
            response = problem(413, "body_too_large", DETAIL_OF_STATUS[413])
            await response(scope, receive, send)
            return
        received = 0

        async def counting() -> Message:
            nonlocal received
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > limit:
                    raise HTTPException(413)
            return message

        await self.app(scope, counting, send)
