"""The web page: the static files that `make up` built into `web/dist`."""

import os
from collections.abc import Collection
from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

IMMUTABLE = "public, max-age=31536000, immutable"
FRESH = "no-cache"
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
NOT_BUILT = "The web page has not been built. Run `make up`.\n网页尚未构建，请运行 `make up`。\n"


class Page(StaticFiles):
    """Serves the built files, and `index.html` for the page's own addresses.

    Args:
        dist: the folder with `index.html` and `assets/`, whose names carry a hash; it may not be there yet.
        calls: first path segments that belong to the API; they are never the page.
    """

    def __init__(self, dist: Path, calls: Collection[str]) -> None:
        super().__init__(directory=dist, check_dir=False)
        self.dist = dist
        self.calls = frozenset(calls)
        self.config_checked = True

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, the page, 503 when nothing was built, or an `HTTPException` 404 or 405."""
        address = scope["path"].strip("/")
        if address.split("/")[0] in self.calls:
            raise HTTPException(404)
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(404)
        is_page = not address or "text/html" in Headers(scope=scope).get("accept", "")
        if not (self.dist / "index.html").is_file():
            if not is_page:
                raise HTTPException(404)
            return PlainTextResponse(NOT_BUILT, status_code=503, headers={"Retry-After": "10"})
        try:
            return await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code not in (401, 404) or not is_page or address.startswith("assets/"):
                raise HTTPException(404) from error
        return await super().get_response("index.html", scope)

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The file, in its smallest form that the client takes, with its caching rule."""
        asked = Headers(scope=scope)
        source, encoding = _smallest(str(full_path), asked.get("accept-encoding", ""))
        response = FileResponse(source, status_code, stat_result=Path(source).stat())
        if encoding:
            response.headers["content-encoding"] = encoding
            response.headers["content-type"] = FileResponse(full_path).headers["content-type"]
        hashed = Path(full_path).parent == self.dist.resolve() / "assets"
        response.headers["cache-control"] = IMMUTABLE if hashed else FRESH
        response.headers.add_vary_header("accept-encoding")
        return NotModifiedResponse(response.headers) if self.is_not_modified(response.headers, asked) else response


def _smallest(path: str, accepted: str) -> tuple[str, str | None]:
    names = {part.split(";")[0].strip() for part in accepted.split(",") if "q=0" not in part.replace("q=0.", "")}
    for encoding, ending in ENCODINGS:
        if encoding in names and Path(path + ending).is_file():
            return path + ending, encoding
    return path, None
