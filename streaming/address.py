"""Where Redis is, for connections that speak with it without a client library."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

import hiredis
import redis.asyncio as redis

Command = tuple[str | bytes | int, ...]


@dataclass(frozen=True, slots=True)
class Address:
    """A server and a database. `path` is a Unix socket's, instead of host and port."""

    host: str = "localhost"
    port: int = 6379
    path: str | None = None
    tls: bool = False
    username: str | None = None
    password: str | None = None
    database: int = 0

    @classmethod
    def of_url(cls, url: str) -> Self:
        """`redis://`, `rediss://` or `unix://`, with user, password and database."""
        parts = urlsplit(url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        password = unquote(parts.password) if parts.password is not None else query.get("password")
        username = unquote(parts.username) if parts.username else None
        if parts.scheme == "unix":
            number = int(query.get("db", "0"))
            return cls(path=unquote(parts.path), username=username, password=password, database=number)
        number = int(parts.path.lstrip("/") or query.get("db", "0"))
        host, port = parts.hostname or "localhost", parts.port or 6379
        return cls(host, port, None, parts.scheme == "rediss", username, password, number)

    @classmethod
    def of_client(cls, client: "redis.Redis") -> Self:
        """Where a client of redis-py connects to."""
        known: dict[str, Any] = client.connection_pool.connection_kwargs
        given = {name: known[name] for name in ("host", "port", "path", "username", "password") if known.get(name)}
        tls = issubclass(client.connection_pool.connection_class, redis.SSLConnection)
        return cls(**given, tls=tls, database=int(known.get("db") or 0))

    async def connect(self, protocol: Callable[[], asyncio.Protocol]) -> asyncio.Transport:
        """Open a connection.

        Raises:
            OSError: nobody is there.
        """
        loop = asyncio.get_running_loop()
        if self.path is not None:
            opening = partial(loop.create_unix_connection, protocol, self.path)
        else:
            tls = ssl.create_default_context() if self.tls else None
            opening = partial(loop.create_connection, protocol, self.host, self.port, ssl=tls)
        transport, _ = await opening()
        return transport

    def authentication(self) -> list[Command]:
        """The command that says who connects, if one is needed."""
        if self.password is None:
            return []
        return [("AUTH", *([self.username] if self.username else []), self.password)]


def packed(*commands: Command) -> bytes:
    """Commands as they go over the wire."""
    return b"".join(map(hiredis.pack_command, commands))  # type: ignore[arg-type]  # its stub says one-tuple
