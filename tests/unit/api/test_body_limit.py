"""Bodies are counted as they arrive, whatever was announced."""

from typing import Any

import orjson
import pytest
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from api.middleware import BodyLimit


async def _read_all(scope: Scope, receive: Receive, send: Send) -> None:
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"read", str(size).encode())]})


async def _send(chunks: list[bytes], *, path: str = "/x", length: str | None = None) -> list[Message]:
    waiting = [{"type": "http.request", "body": each, "more_body": True} for each in chunks]
    waiting.append({"type": "http.request", "body": b"", "more_body": False})
    sent: list[Message] = []
    headers = [(b"content-length", length.encode())] if length is not None else []
    scope: dict[str, Any] = {"type": "http", "method": "POST", "path": path, "headers": headers}

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    await BodyLimit(_read_all, default=10, paths={"/upload": 20})(scope, receive, send)
    return sent


async def test_a_body_within_its_limit_passes() -> None:
    assert (await _send([b"12345", b"67890"], length="10"))[0]["status"] == 200
    assert (await _send([b"12345"] * 4, path="/upload"))[0]["status"] == 200
    assert (await _send([]))[0]["status"] == 200


@pytest.mark.parametrize("length", ["11", "9" * 30])
async def test_an_announced_body_beyond_it_is_not_read(length: str) -> None:
    sent = await _send([b"x"], length=length)
    assert sent[0]["status"] == 413
    assert orjson.loads(sent[1]["body"])["code"] == "body_too_large"


@pytest.mark.parametrize("length", [None, "5", "x"])
async def test_a_body_that_turns_out_larger_is_stopped(length: str | None) -> None:
    with pytest.raises(HTTPException) as error:
        await _send([b"12345", b"67890", b"1"], length=length)
    assert error.value.status_code == 413
    with pytest.raises(HTTPException):
        await _send([b"12345"] * 5, path="/upload", length=length)
