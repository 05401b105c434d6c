"""Going on from a beginning: what is asked in each way, and what comes."""

from collections.abc import Sequence
from typing import Any

import pytest

from errors import ModelBadResponse, ModelRefused
from llm import Message
from llm.engine import Continuing
from tests.integration.llm.asking import ASK, build
from tests.upstream import Upstream

WHOLE = "The gate opens 🌊 at noon, 水位 falls.\n\n- It closes again [1]."
BEGUN = "The gate opens 🌊 at"
WAYS: tuple[Continuing, ...] = ("vllm", "prefill", "prefix")
ASKED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "vllm": ({"continue_final_message": True, "add_generation_prompt": False}, {}),
    "prefill": ({}, {}),
    "prefix": ({}, {"prefix": True}),
}


async def rest(upstream: Upstream, way: Continuing, messages: Sequence[Message]) -> tuple[str, str]:
    engine = build(upstream.url, continuing=way)
    said = {"text": "", "reasoning": ""}
    async for piece in engine.stream(messages):
        said[piece.channel] += piece.text
    await engine.close()
    return said["text"], said["reasoning"]


def begun(text: str = BEGUN) -> list[Message]:
    return [*ASK, Message("assistant", text)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("echo", [False, True])
async def test_the_rest_comes_and_the_request_is_as_each_server_wants_it(
    upstream: Upstream, way: Continuing, echo: bool
) -> None:
    upstream.behave(answer=WHOLE, continues=way, echo=echo)
    assert await rest(upstream, way, begun()) == (WHOLE.removeprefix(BEGUN), "")
    fields, marks = ASKED[way]
    [exchange] = upstream.log.exchanges
    assert exchange.body == {
        "model": "fake",
        "stream": True,
        "messages": [
            *({"role": message.role, "content": message.content} for message in ASK),
            {"role": "assistant", "content": BEGUN, **marks},
        ],
        **fields,
    }


@pytest.mark.parametrize("way", WAYS)
async def test_without_a_beginning_the_request_says_nothing_of_it(upstream: Upstream, way: Continuing) -> None:
    upstream.behave(answer=WHOLE, continues=way)
    assert await rest(upstream, way, ASK) == (WHOLE, "")
    [exchange] = upstream.log.exchanges
    assert set(exchange.body) == {"model", "stream", "messages"}


async def test_only_a_setting_makes_an_engine_that_continues() -> None:
    assert build("http://127.0.0.1:9/v1").continues is False
    assert all(build("http://127.0.0.1:9/v1", continuing=way).continues for way in WAYS)


@pytest.mark.parametrize("echo", [False, True])
async def test_a_beginning_that_was_the_whole_answer_has_no_rest(upstream: Upstream, echo: bool) -> None:
    upstream.behave(answer=WHOLE, continues="vllm", echo=echo)
    assert await rest(upstream, "vllm", begun(WHOLE)) == ("", "")


async def test_reasoning_without_a_rest_is_no_continuation(upstream: Upstream) -> None:
    upstream.behave(answer=WHOLE, continues="prefill", reasoning=3)
    with pytest.raises(ModelBadResponse, match="only reasoned"):
        await rest(upstream, "prefill", begun(WHOLE))


async def test_reasoning_before_the_rest_is_reasoning(upstream: Upstream) -> None:
    upstream.behave(answer=WHOLE, continues="prefill", reasoning=2, reasoning_field="think")
    text, reasoning = await rest(upstream, "prefill", begun("The gate"))
    assert (text.strip(), reasoning.strip()) == (WHOLE.removeprefix("The gate").strip(), "thought0 thought1")


async def test_a_server_that_refuses_a_beginning_says_so(upstream: Upstream) -> None:
    upstream.behave(answer=WHOLE, refuses_partial=True, error="Assistant response prefill is not supported.")
    with pytest.raises(ModelRefused, match=r"HTTP 400.*prefill"):
        await rest(upstream, "prefill", begun())
