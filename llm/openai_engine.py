"""An engine that speaks to any OpenAI-compatible server."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, suppress
from typing import Any

import httpx2
from openai import AsyncOpenAI, AsyncStream

from errors import ModelError, ModelRefused, ModelTimeout
from llm.chunks import AnswerReader
from llm.engine import Continuing, Message, Piece
from llm.settle import settle
from llm.sse import EventReader
from llm.translate import translated

CONNECT_TIMEOUT = 5.0
FAREWELL_TIMEOUT = 2.0
"""Seconds that a server has for its last words after it gave a finish reason."""


def build_client(base_url: str, api_key: str) -> AsyncOpenAI:
    """A client without retries and without total time limits, one connection per request.

    Kept-alive connections would make it unknowable whether the server has let go of a request, and a
    stale one fails the next request.
    """
    http = httpx2.AsyncClient(
        timeout=httpx2.Timeout(None, connect=CONNECT_TIMEOUT),
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0),
        follow_redirects=True,
    )
    return AsyncOpenAI(base_url=base_url, api_key=api_key or "none", max_retries=0, http_client=http)


class OpenAIEngine:
    """Streams answers of an OpenAI-compatible server (Ollama, vLLM, llama.cpp, LM Studio, hosted).

    Args:
        base_url: up to and with `/v1`.
        model: the model asked when a call names none.
        api_key: sent as a bearer token; never part of an error.
        continuing: how the server wants to be asked to go on from a last message by the assistant.
        first_token_timeout: seconds until the first text must have come.
        idle_timeout: seconds between two pieces of the stream. There is no limit for the whole.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        api_key: str = "",
        continuing: Continuing = "off",
        first_token_timeout: float,
        idle_timeout: float,
    ) -> None:
        self.model = model
        self.continues = continuing != "off"
        self._continuing = continuing
        self._server = base_url
        self._secret = api_key
        self._first_token_timeout = first_token_timeout
        self._idle_timeout = idle_timeout
        self._client = build_client(base_url, api_key)
        self._limit_name = "max_tokens"

    async def stream(
        self, messages: Sequence[Message], *, model: str | None = None, max_tokens: int | None = None
    ) -> AsyncGenerator[Piece, None]:
        """See `Engine.stream`."""
        deadline = asyncio.get_running_loop().time() + self._first_token_timeout
        begun = messages[-1].content if self.continues and messages and messages[-1].role == "assistant" else ""
        request = self._request(messages, model or self.model, goes_on=bool(begun))
        response = await self._open(request, max_tokens, deadline)
        try:
            async with aclosing(self._read(response, AnswerReader(self._secret, begun), deadline)) as pieces:
                async for piece in pieces:
                    yield piece
        finally:
            await settle(_close(response))

    async def close(self) -> None:
        """Close the client."""
        await self._client.close()

    def _request(self, messages: Sequence[Message], model: str, *, goes_on: bool) -> dict[str, Any]:
        said: list[dict[str, Any]] = [{"role": message.role, "content": message.content} for message in messages]
        request: dict[str, Any] = {"model": model, "messages": said, "stream": True}
        if goes_on and self._continuing == "vllm":
            request |= {"continue_final_message": True, "add_generation_prompt": False}
        elif goes_on and self._continuing == "prefix":
            said[-1]["prefix"] = True
        return request

    async def _open(self, request: dict[str, Any], max_tokens: int | None, deadline: float) -> httpx2.Response:
        """The response whose body is still to come. OpenAI's newer models want another name for the limit."""
        if max_tokens is None:
            return await self._send(request, deadline)
        try:
            return await self._send({**request, self._limit_name: max_tokens}, deadline)
        except ModelRefused as error:
            if self._limit_name != "max_tokens" or "max_completion_tokens" not in error.message:
                raise
        self._limit_name = "max_completion_tokens"
        return await self._send({**request, self._limit_name: max_tokens}, deadline)

    async def _send(self, request: dict[str, Any], deadline: float) -> httpx2.Response:
        # The SDK's own method would look through the whole conversation for files to convert, a millisecond each time.
        posting = self._client.post(
            "/chat/completions", cast_to=object, body=request, stream=True, stream_cls=AsyncStream[object]
        )
        # In a task of its own, because a second cancellation must not interrupt the closing after the first.
        sending = asyncio.ensure_future(posting)
        try:
            async with asyncio.timeout_at(deadline):
                await asyncio.wait([sending])
        except TimeoutError as error:
            await settle(_abandon(sending))
            raise self._too_late() from error
        except BaseException:
            await settle(_abandon(sending))
            raise
        with translated(server=self._server, secret=self._secret):
            return sending.result().response

    async def _read(
        self, response: httpx2.Response, answer: AnswerReader, deadline: float
    ) -> AsyncGenerator[Piece, None]:
        reader = EventReader()
        interruption: ModelError | None = None
        async with aclosing(reader.events(response.aiter_bytes())) as events:
            while not answer.done:
                try:
                    event = await self._next(events, answer, deadline)
                except ModelError as error:
                    interruption = error
                    break
                if event is None:
                    break
                for piece in answer.take(event, truncated=reader.truncated):
                    yield piece
        for piece in answer.rest():
            yield piece
        # Once there is a finish reason, how the connection ends is no longer interesting.
        if interruption is not None and answer.finish_reason is None:
            raise interruption
        answer.check_end(reader.stray)

    async def _next(self, events: AsyncIterator[bytes], answer: AnswerReader, deadline: float) -> bytes | None:
        try:
            with translated(server=self._server, secret=self._secret):
                async with asyncio.timeout_at(self._next_deadline(answer, deadline)):
                    return await anext(events, None)
        except TimeoutError as error:
            if not answer.begun:
                raise self._too_late() from error
            seconds = f"{self._idle_timeout:g} seconds"
            raise ModelTimeout(f"The model stopped in the middle and sent nothing for {seconds}.") from error

    def _next_deadline(self, answer: AnswerReader, deadline: float) -> float:
        now = asyncio.get_running_loop().time()
        if answer.finish_reason:
            return now + min(FAREWELL_TIMEOUT, self._idle_timeout)
        return now + self._idle_timeout if answer.begun else deadline

    def _too_late(self) -> ModelTimeout:
        return ModelTimeout(f"The model did not begin to answer within {self._first_token_timeout:g} seconds.")


async def _abandon(sending: "asyncio.Future[AsyncStream[object]]") -> None:
    """Stop a request that may be anywhere between connecting and having a response."""
    sending.cancel()
    await asyncio.wait([sending])
    if not sending.cancelled() and sending.exception() is None:
        await _close(sending.result().response)


async def _close(response: httpx2.Response) -> None:
    """Close the response and its connection, and wait until the socket is closed."""
    with suppress(httpx2.HTTPError):
        await response.aclose()
    network = response.extensions.get("network_stream")
    if network is not None:
        with suppress(Exception):
            await network.aclose()
    # The event loop closes a socket one round after it was told to.
    for _ in range(2):
        await asyncio.sleep(0)
