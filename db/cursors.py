"""Opaque cursors for keyset pages: a list goes on after the last row that was seen, however it changed since."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

import orjson

from errors import InvalidInput

Item = TypeVar("Item")

HIGHEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A part of a list. `next_cursor` leads on; null at the end."""

    items: Sequence[Item]
    next_cursor: str | None


def encode_number(name: str, number: int) -> str:
    """The cursor of the list `name` after `number`."""
    return _encode([name, number])


def decode_number(name: str, cursor: str) -> int:
    """What `encode_number` was given.

    Raises:
        InvalidInput: `invalid_cursor`, when it is not a cursor of this list.
    """
    parts = _decode(name, cursor, 1)
    if type(parts[0]) is not int or not 0 <= parts[0] <= HIGHEST:
        raise _invalid()
    return parts[0]


def encode_moment(name: str, moment: datetime, row: UUID) -> str:
    """The cursor of the list `name` after the row `row`, which has the time `moment`."""
    return _encode([name, moment.isoformat(), str(row)])


def decode_moment(name: str, cursor: str) -> tuple[datetime, UUID]:
    """What `encode_moment` was given.

    Raises:
        InvalidInput: `invalid_cursor`, when it is not a cursor of this list.
    """
    moment, row = _decode(name, cursor, 2)
    try:
        parsed = datetime.fromisoformat(str(moment)), UUID(str(row))
    except ValueError as error:
        raise _invalid() from error
    if parsed[0].utcoffset() != timedelta(0):
        raise _invalid()
    return parsed


def _encode(parts: list[object]) -> str:
    return urlsafe_b64encode(orjson.dumps(parts)).rstrip(b"=").decode()


def _decode(name: str, cursor: str, count: int) -> list[object]:
    try:
        parts = orjson.loads(urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
    except ValueError as error:
        raise _invalid() from error
    if not isinstance(parts, list) or len(parts) != count + 1 or parts[0] != name or _encode(parts) != cursor:
        raise _invalid()
    return parts[1:]


def _invalid() -> InvalidInput:
    return InvalidInput("This cursor does not belong to this list. Start again without one.", code="invalid_cursor")
