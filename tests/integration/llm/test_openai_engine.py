"""OpenAIEngine against a real server that counts its connections and misbehaves on demand."""

import asyncio
from contextlib import aclosing

import pytest

from errors import (
    ModelBadResponse,
    ModelCut,
    ModelError,
    ModelRefused,
    ModelTimeout,
    ModelUnreachable,
)
from llm.openai_engine import OpenAIEngine
from tests.integration.llm.asking import ASK, SECRET, build, collect, watch
from tests.upstream import Upstream


async def test_an_answer_streams_whole_and_the_request_is_as_given(upstream: Upstream, engine: OpenAIEngine) -> None:
    text, reasoning = await collect(engine, model="other", max_tokens=77)
    assert text == "I saw 2 messages. You said: Hello there, 你好吗"
    assert reasoning == ""
    [exchange] = upstream.log.exchanges
    assert exchange.body == {
        "model": "other",
        "max_tokens": 77,
        "stream": True,
        "messages": [{"role": m.role, "content": m.content} for m in ASK],
    }


async def test_pieces_come_while_the_server_still_writes(upstream: Upstream, engine: OpenAIEngine) -> None:
    upstream.behave(tokens=50, stall_after=3)
    async with aclosing(engine.stream(ASK)) as pieces:
        assert [(await anext(pieces)).text for _ in range(3)] == ["I", " saw", " 2"]


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning", "think"])
async def test_reasoning_is_a_channel_of_its_own(upstream: Upstream, engine: OpenAIEngine, field: str) -> None:
    upstream.behave(reasoning=3, reasoning_field=field, answer="The answer.")
    text, reasoning = await collect(engine)
    assert text == "The answer."
    assert reasoning.strip() == "thought0 thought1 thought2"


async def test_refused_connection_and_unknown_name_are_unreachable() -> None:
    async with Upstream() as gone:
        url = gone.url
    for address in (url, "http://no-such-host.invalid/v1", "http:///v1", "nonsense"):
        engine = build(address)
        with pytest.raises(ModelUnreachable) as caught:
            await collect(engine)
        assert_fit_for_people(caught.value)
        await engine.close()


@pytest.mark.parametrize("headers_late", [True, False])
async def test_no_first_token_in_time(upstream: Upstream, headers_late: bool) -> None:
    upstream.behave(delay=600, headers_late=headers_late)
    engine = build(upstream.url, first=0.2)
    with pytest.raises(ModelTimeout, match=r"did not begin to answer within 0\.2 seconds") as caught:
        await collect(engine)
    assert upstream.log.open == 0
    assert_fit_for_people(caught.value)


async def test_a_stall_ends_at_the_idle_limit_and_keeps_what_came(upstream: Upstream) -> None:
    upstream.behave(tokens=100, stall_after=4)
    engine = build(upstream.url, idle=0.2)
    seen: list[str] = []
    with pytest.raises(ModelTimeout, match="stopped in the middle"):
        await watch(engine, seen)
    assert len(seen) == 4
    assert upstream.log.open == 0


async def test_a_long_answer_has_no_total_limit(upstream: Upstream) -> None:
    upstream.behave(tokens=30, rate=40)
    text, _ = await collect(build(upstream.url, first=0.5, idle=0.5))
    assert text.endswith(" word18")


@pytest.mark.parametrize("how", [{"cut_after": 3}, {"end_after": 3}, {"finish_reason": None, "done": False}])
async def test_an_answer_that_breaks_off_is_cut(
    upstream: Upstream, engine: OpenAIEngine, how: dict[str, object]
) -> None:
    upstream.behave(tokens=20, **how)
    seen: list[str] = []
    with pytest.raises(ModelCut) as caught:
        await watch(engine, seen)
    assert "".join(seen).startswith("I saw 2")
    assert_fit_for_people(caught.value)


@pytest.mark.parametrize("how", [{"finish_reason": None}, {"done": False}, {"finish_reason": "length"}])
async def test_either_sign_of_the_end_is_enough(
    upstream: Upstream, engine: OpenAIEngine, how: dict[str, object]
) -> None:
    upstream.behave(answer="Done.", **how)
    assert (await collect(engine))[0] == "Done."


@pytest.mark.parametrize("nonsense", ["html", "broken_json", "empty", "wrong_shape", "no_choices", "no_text"])
async def test_nonsense_is_a_bad_response(upstream: Upstream, engine: OpenAIEngine, nonsense: str) -> None:
    upstream.behave(nonsense=nonsense)
    with pytest.raises(ModelBadResponse) as caught:
        await collect(engine)
    assert_fit_for_people(caught.value)
    assert upstream.log.open == 0


async def test_only_reasoning_is_a_bad_response(upstream: Upstream, engine: OpenAIEngine) -> None:
    upstream.behave(reasoning=5, answer="")
    with pytest.raises(ModelBadResponse, match="only reasoned"):
        await collect(engine)


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
async def test_a_refusal_names_the_status_and_the_servers_words(
    upstream: Upstream, engine: OpenAIEngine, status: int
) -> None:
    upstream.behave(status=status, error=f"no luck with {SECRET} today\n" + "x" * 1000)
    with pytest.raises(ModelRefused) as caught:
        await collect(engine)
    assert f"HTTP {status}" in caught.value.message
    assert "no luck with … today" in caught.value.message
    assert_fit_for_people(caught.value)
    assert upstream.log.total == 1, "there must be no retry"
    assert upstream.log.open == 0


@pytest.mark.parametrize("how", [{"status": 500}, {"tokens": 20, "error_after": 3}], ids=str)
async def test_a_refusal_in_characters_that_nobody_can_store(
    upstream: Upstream, engine: OpenAIEngine, how: dict[str, object]
) -> None:
    upstream.behave(error="out of\x00 memory \ud83d!", **how)
    with pytest.raises(ModelRefused) as caught:
        await collect(engine)
    assert caught.value.message.endswith(": out of\ufffd memory \ufffd!")
    assert_fit_for_people(caught.value)


async def test_an_error_inside_the_stream_is_a_refusal(upstream: Upstream, engine: OpenAIEngine) -> None:
    upstream.behave(tokens=20, error_after=3, error="CUDA out of memory")
    seen: list[str] = []
    with pytest.raises(ModelRefused, match="CUDA out of memory"):
        await watch(engine, seen)
    assert len(seen) == 3


async def test_a_server_that_wants_the_newer_name_of_the_limit_gets_it(
    upstream: Upstream, engine: OpenAIEngine
) -> None:
    upstream.behave_next(status=400, error="Unsupported parameter: use 'max_completion_tokens' instead.")
    assert (await collect(engine, max_tokens=9))[0]
    assert (await collect(engine, max_tokens=9))[0]
    bodies = [exchange.body for exchange in upstream.log.exchanges]
    assert [body.get("max_tokens") for body in bodies] == [9, None, None]
    assert [body.get("max_completion_tokens") for body in bodies] == [None, 9, 9]


async def test_many_at_once_on_one_engine(upstream: Upstream, engine: OpenAIEngine) -> None:
    upstream.behave(tokens=40, delay=0.2)
    texts = await asyncio.gather(*(collect(engine) for _ in range(20)))
    assert len({text for text, _ in texts}) == 1
    assert upstream.log.max_open == 20
    assert upstream.log.open == 0


def assert_fit_for_people(error: ModelError) -> None:
    message = error.message
    assert SECRET not in message
    assert message[0].isupper()
    assert len(message) < 450
    assert "\n" not in message
    assert "Traceback" not in message
    assert error.__cause__ is None or SECRET not in message
