"""Who is calling. `open`: always the one local user. `proxy`: a name that a trusted proxy vouches for."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from api.errors import Unauthenticated
from settings import AuthMode, Settings

LOCAL_USER = "local"
MAX_NAME_CHARS = 255


@dataclass(frozen=True, slots=True)
class Identity:
    """A caller. `name` owns what they make."""

    name: str
    is_admin: bool


def identify(settings: Settings, peer: str | None, names: Sequence[bytes]) -> Identity:
    """Tell who is calling.

    Args:
        settings: `AUTH_MODE`, `TRUSTED_PROXIES` and `ADMIN_USERS`.
        peer: the address at the other end of the connection itself; None when it has none (a Unix socket).
        names: every `X-Forwarded-User` header of the request, as it came.

    Raises:
        Unauthenticated: in `proxy` mode, when no trusted proxy gives exactly one usable name.
    """
    if settings.auth_mode is AuthMode.OPEN:
        return Identity(LOCAL_USER, is_admin=True)
    if not _is_trusted(settings, peer):
        raise Unauthenticated("This address is not a trusted proxy; Sluice is reached through the proxy only.")
    name = _name(names)
    if name is None:
        raise Unauthenticated("The proxy gave no user name. Please sign in.")
    return Identity(name, is_admin=name in settings.admin_users)


def is_loopback(host: str) -> bool:
    """Whether a host name or address, without port or brackets, means this machine."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def refuse_unsafe_start(settings: Settings) -> None:
    """End the process with one sentence when everybody on the network would be an admin.

    Raises:
        SystemExit: `AUTH_MODE=open`, `API_HOST` is not loopback and `ALLOW_OPEN_NETWORK` is not set.
    """
    if settings.auth_mode is AuthMode.OPEN and not settings.allow_open_network and not is_loopback(settings.api_host):
        sys.exit(
            f"Sluice does not start: AUTH_MODE=open makes every caller an admin, and API_HOST={settings.api_host} "
            "can be reached from other machines. Use API_HOST=127.0.0.1 or AUTH_MODE=proxy, "
            "or set ALLOW_OPEN_NETWORK=1 if that is what you want."
        )


def _is_trusted(settings: Settings, peer: str | None) -> bool:
    try:
        address = ip_address(peer or "")
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in settings.proxy_networks)


def _name(names: Sequence[bytes]) -> str | None:
    if len(names) != 1:
        return None
    try:
        name = names[0].decode("utf-8").strip()
    except UnicodeDecodeError:
        name = names[0].decode("latin-1").strip()
    return name if name and len(name) <= MAX_NAME_CHARS and name.isprintable() else None
