"""What is looked at before anything starts, so that a mistake gets one sentence instead of a traceback."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import SettingsError

from local.problem import StartError
from settings import AuthMode, Settings


def read_settings() -> Settings:
    """The settings of the environment and `.env`. Raises StartError that names each wrong variable, never its value."""
    try:
        settings = Settings()
    except ValidationError as error:
        raise StartError(f"The settings cannot be used: {'; '.join(_sentences(error))}.") from None
    except SettingsError as error:
        raise StartError(f"The settings cannot be read: {error}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"The file .env cannot be read: {error}.") from None
    check_network(settings)
    return settings


def _sentences(error: ValidationError) -> Iterator[str]:
    for problem in error.errors(include_input=False, include_url=False):
        name = ".".join(str(part) for part in problem["loc"]).upper()
        message = problem["msg"].removeprefix("Value error, ")
        yield f"{name}: {message}" if name else message


def check_network(settings: Settings) -> None:
    """Without accounts, everybody who reaches the port is the admin: only loopback, unless that is wanted."""
    if settings.auth_mode is not AuthMode.OPEN or settings.allow_open_network or _is_loopback(settings.api_host):
        return
    raise StartError(
        f"API_HOST={settings.api_host} would let the whole network in as admin while AUTH_MODE is open: "
        "use 127.0.0.1, set AUTH_MODE=proxy, or say ALLOW_OPEN_NETWORK=1."
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def choose_port(host: str, port: int, variable: str) -> int:
    """`port` when it can be listened on, any free one for 0. Raises StartError that names `variable`."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError:
        raise StartError(f"{host!r} is not an address of this machine: change {variable}_HOST.") from None
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen()
        except OSError as error:
            raise StartError(
                f"Port {port} on {host} cannot be used ({os.strerror(error.errno or 0).lower()}): stop what listens "
                f"there, or set {variable}_PORT to another one."
            ) from None
        return int(probe.getsockname()[1])


def choose_ports(settings: Settings) -> Settings:
    """The settings with ports that can be listened on. Raises StartError."""
    if settings.api_port == settings.flower_port != 0:
        raise StartError(f"API_PORT and FLOWER_PORT are both {settings.api_port}: give them different ports.")
    ports = {
        "api_port": choose_port(settings.api_host, settings.api_port, "API"),
        "flower_port": choose_port(settings.flower_host, settings.flower_port, "FLOWER"),
    }
    return settings.model_copy(update=ports)


@contextmanager
def data_folder(settings: Settings) -> Iterator[Path]:
    """Make `DATA_DIR` when missing and hold it for this process alone; gives its absolute path.

    Raises:
        StartError: it cannot be made or written, or another Sluice holds it.
    """
    folder = settings.data_dir.absolute()
    try:
        if not folder.exists():
            folder.mkdir(parents=True)
            folder.chmod(0o755)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        raise StartError(f"The data folder {folder} cannot be written ({reason}): set DATA_DIR.") from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(lock, 32, 0).decode("ascii", "replace").strip() or "unknown"
            raise StartError(
                f"The data folder {folder} is in use by another running Sluice (pid {holder}): stop that one, "
                "or set DATA_DIR to another folder."
            ) from None
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        yield folder
    finally:
        os.close(lock)
