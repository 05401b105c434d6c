"""Keeps other sites' pages from speaking for the user: foreign hosts (DNS rebinding) and foreign origins (CSRF)."""

from ipaddress import ip_address
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

    `host_not_allowed`: in `open` mode, where no name is asked for, a foreign domain that resolves to this machine
    would be the local user. So the `Host` must be a loopback name or one of `ALLOWED_HOSTS`; with
    `ALLOW_OPEN_NETWORK` also an address or a name without a dot, which no foreign site can have.
    `cross_origin`: a browser's request that changes something comes from another origin. A request without
    `Sec-Fetch-Site` and `Origin` is no browser's.
    """

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self.app = app
        self.settings = settings

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
        if self.settings.auth_mode is AuthMode.OPEN and not self._knows(_hostname(host)):
            raise Forbidden(
                "In open mode Sluice answers only to names that it knows: put this one into ALLOWED_HOSTS.",
                code="host_not_allowed",
            )
        if method not in SAFE_METHODS and not _is_same_origin(headers, host):
            raise Forbidden("Another site's page may not change anything here.", code="cross_origin")

    def _knows(self, name: str) -> bool:
        if is_loopback(name) or name.lower() in self.settings.allowed_hosts:
            return True
        return self.settings.allow_open_network and name != "" and (_is_address(name) or "." not in name)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


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
