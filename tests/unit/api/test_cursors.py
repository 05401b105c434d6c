"""Cursors are opaque, and only their own list takes them."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.cursors import decode_moment, decode_number, encode_moment, encode_number
from errors import InvalidInput

MOMENT = datetime(2026, 11, 22, 9, 30, 0, 123456, tzinfo=UTC)


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_what_was_encoded_comes_back(moment: datetime, row: UUID) -> None:
    assert decode_moment("sessions", encode_moment("sessions", moment, row)) == (moment, row)


@given(st.integers(min_value=0, max_value=2**63 - 1))
def test_numbers_come_back(number: int) -> None:
    assert decode_number("tasks", encode_number("tasks", number)) == number


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    for decode in (decode_number, decode_moment):
        with pytest.raises(InvalidInput) as error:
            decode("tasks", text)
        assert error.value.code == "invalid_cursor"


@pytest.mark.parametrize(
    "content",
    [
        b'["tasks",-1]',
        b'["tasks",9223372036854775808]',
        b'["tasks",1.5]',
        b'["tasks",true]',
        b'["tasks","1"]',
        b'["tasks"]',
        b'["tasks",1,2]',
        b'["turns",1]',
        b'["tasks", 1]',
        b"{}",
        b"1",
    ],
)
def test_what_we_did_not_write_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput):
        decode_number("tasks", urlsafe_b64encode(content).rstrip(b"=").decode())


def test_other_lists_and_other_times_are_refused() -> None:
    with pytest.raises(InvalidInput):
        decode_moment("documents", encode_moment("sessions", MOMENT, uuid4()))
    with pytest.raises(InvalidInput):
        decode_moment("sessions", encode_moment("sessions", MOMENT.replace(tzinfo=None), uuid4()))
