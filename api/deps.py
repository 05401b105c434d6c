"""What endpoints ask for, as `Annotated` aliases. The clients behind them are built once, by the lifespan."""

import re
from typing import Annotated, Literal

from fastapi import Depends, Header, Query, Request

from api.clients import Clients
from api.errors import Forbidden
from api.identity import Identity, identify
from api.schemas import Problem
from db import Database
from errors import InvalidInput, Unavailable
from library.search import Library
from scheduling.changes import Changes
from scheduling.line import Line
from scheduling.reading import QueueReader
from settings import Settings

VISIBLE_ASCII = re.compile(r"[\x21-\x7e]{1,255}")


async def _clients(request: Request) -> Clients:
    clients: Clients = request.app.state.clients
    if not clients.started.is_set():
        raise Unavailable("Sluice waits for its database.")
    return clients


AllClients = Annotated[Clients, Depends(_clients)]


async def _settings(clients: AllClients) -> Settings:
    return clients.settings


async def _database(clients: AllClients) -> Database:
    return clients.database


async def _line(clients: AllClients) -> Line:
    return clients.line


async def _reader(clients: AllClients) -> QueueReader:
    return clients.reader


async def _changes(clients: AllClients) -> Changes:
    return Changes(clients.line)


async def _library(clients: AllClients) -> Library:
    return clients.library


async def _caller(request: Request, clients: AllClients) -> Identity:
    peer = request.client.host if request.client is not None else None
    names = [value for name, value in request.headers.raw if name == b"x-forwarded-user"]
    return identify(clients.settings, peer, names)


async def _admin(caller: Annotated[Identity, Depends(_caller)]) -> Identity:
    if not caller.is_admin:
        raise Forbidden("Only an admin may do this.")
    return caller


async def _idempotency_key(
    idempotency_key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="The same key and request gives the first answer again; with another request it is 422.",
            json_schema_extra={"minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        ),
    ] = None,
) -> str | None:
    if idempotency_key is not None and VISIBLE_ASCII.fullmatch(idempotency_key) is None:
        raise InvalidInput(
            "An Idempotency-Key is 1 to 255 visible ASCII characters, without spaces.", code="invalid_idempotency_key"
        )
    return idempotency_key


Config = Annotated[Settings, Depends(_settings)]
Store = Annotated[Database, Depends(_database)]
WaitingLine = Annotated[Line, Depends(_line)]
TheQueue = Annotated[QueueReader, Depends(_reader)]
LineChanges = Annotated[Changes, Depends(_changes)]
Documents = Annotated[Library, Depends(_library)]
Caller = Annotated[Identity, Depends(_caller)]
Admin = Annotated[Identity, Depends(_admin)]
IdempotencyKey = Annotated[str | None, Depends(_idempotency_key)]
Cursor = Annotated[str | None, Query(description="`next_cursor` of the page before; a wrong one is 400")]
Limit = Annotated[int, Query(ge=1, le=200, description="how many items at most; out of bounds is 422")]

ProblemStatus = Literal[400, 401, 403, 404, 409, 413, 415, 422, 429, 503]

ALWAYS: tuple[ProblemStatus, ...] = (401, 403, 503)

DESCRIPTIONS: dict[ProblemStatus, str] = {
    400: "Not understood: `invalid_json`, `invalid_cursor`, `invalid_multipart` or `unsupported_format`",
    401: "`unauthenticated`: no trusted proxy says who is calling",
    403: "`cross_origin` or `host_not_allowed`: another site's page may not do this; `forbidden`: only an admin may",
    404: "`not_found`: it does not exist, or is not the caller's",
    409: "Its state does not allow this now",
    413: "`body_too_large` or `file_too_large`",
    415: "`unsupported_type`: not a kind of file that can be read",
    422: "`invalid_input`, with `errors` by field, or a code that says more",
    429: "`line_full`: wait as long as `Retry-After` says",
    503: "`unavailable`: the database or Redis is away; try again after `Retry-After` seconds",
}


def problems(*statuses: ProblemStatus) -> dict[int | str, dict[str, object]]:
    """What an operation can answer besides success, for the OpenAPI document."""
    documented: dict[int | str, dict[str, object]] = {
        status: {"model": Problem, "description": DESCRIPTIONS[status]} for status in sorted((*ALWAYS, *statuses))
    }
    return documented | {"default": {"model": Problem, "description": "Any other problem"}}
