"""Keeps other sites' pages from speaking for the user: foreign hosts (DNS rebinding) and foreign origins (CSRF)."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import Forbidden, problem_of
from api.identity import is_loopback
from settings import AuthMode, Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_SITES = frozenset({"same-origin", "none"})
DEFAULT_PORTS = {"http": 80, "https": 443}


class Guard:
    """Refuses with 403 what a foreign page could have sent.

    `host_not_allowed`: in `open` mode, where no name is asked for, the `Host` must be a loopback name, else a
    foreign domain that resolves to this machine would be the local user. `cross_origin`: a browser's request
    that changes something comes from another origin. A request without `Sec-Fetch-Site` and `Origin` is no
    browser's.
    """

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self.app = app
        self.loopback_only = settings.auth_mode is AuthMode.OPEN and not settings.allow_open_network

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403."""
        if scope["type"] == "http":
            try:
                self.check(scope["method"], Headers(scope=scope))
            except Forbidden as error:
                await problem_of(error)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def check(self, method: str, headers: Headers) -> None:
        """Look at one request.

        Raises:
            Forbidden: it must not pass.
        """
        host = headers.get("host", "")
        if self.loopback_only and not is_loopback(_hostname(host)):
            raise Forbidden(
                "In open mode Sluice answers to this machine's own names only, such as localhost.",
                code="host_not_allowed",
            )
        if method not in SAFE_METHODS and not _is_same_origin(headers, host):
            raise Forbidden("Another site's page may not change anything here.", code="cross_origin")


def _is_same_origin(headers: Headers, host: str) -> bool:
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in OWN_SITES
    origin = headers.get("origin")
    if origin is None:
        return True
    theirs = _authority(origin)
    return theirs is not None and theirs == _authority(f"{origin.partition(':')[0]}://{host}")


def _authority(url: str) -> tuple[str, int | None] | None:
    try:
        parts = urlsplit(url)
        if not parts.hostname:
            return None
        return parts.hostname, parts.port or DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None


def _hostname(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
