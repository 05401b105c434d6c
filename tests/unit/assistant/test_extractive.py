"""The answer without a model."""

import asyncio
from contextlib import aclosing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answer import answer
from assistant.extractive import CONNECT, in_pieces
from assistant.relevance import QUOTE_LIMIT, Question
from streaming.events import Answer, Citation, Delta
from tests.unit.assistant.fakes import FakeLibrary, citations, hit, text_of

LEASE = hit(
    "The line is first come, first served. A lease lasts three seconds [4]. It is renewed every second.\n"
    "Something about tulips follows here.",
    "Design *notes*",
    page=3,
)
SECOND = hit("Workers renew the lease from a timer, also while the model is silent.", "Workers", heading="Timers")
CHINESE = hit("队列先来先服务。租约持续三秒，由工作进程每秒续期一次。郁金香在秋天种植。", "设计文档", page=2)


async def ask(question: str, *hits: Any, library: Any = ..., pace: float = 0) -> list[Answer]:
    if library is ...:
        library = FakeLibrary(*hits)
    events = answer(question, [], engine=None, library=library, context_tokens=8192, answer_tokens=1024, pace=pace)
    return [event async for event in events]


async def test_it_quotes_with_citations_and_says_how_to_connect_a_model() -> None:
    events = await ask("How long does a lease last?", LEASE, SECOND)
    text = text_of(events)
    assert "A lease lasts three seconds" in text
    assert r"\[4\]" in text, "a number of the passage must not pose as ours"
    assert "[1]\n>\n> **Design \\*notes\\*** (page 3)" in text
    assert "LLM_BASE_URL" in text
    assert "LLM_MODEL" in text
    assert [(c.n, c.title) for c in citations(events)] == [(1, "Design *notes*"), (2, "Workers")]
    for n, citation in enumerate(citations(events), 1):
        assert f"[{n}]" in text_of(events[: events.index(citation)])


async def test_chinese_questions_get_chinese_answers() -> None:
    events = await ask("租约持续多长时间？", CHINESE)
    text = text_of(events)
    assert "租约持续三秒" in text
    assert CONNECT["zh"] in text
    assert "第 2 页" in text
    assert [citation.n for citation in citations(events)] == [1]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What is the capital of Mongolia?", ["found nothing", "POST /documents", "LLM_BASE_URL"]),
        ("蒙古的首都是哪里？", ["没有找到", "上传", "LLM_BASE_URL"]),
        ("Hello!", ["Hello", "POST /documents", "LLM_BASE_URL"]),
        ("你好", ["你好", "上传", "LLM_BASE_URL"]),
        ("What can you do?", ["Sluice", "POST /documents"]),
        ("你能做什么？", ["Sluice", "上传"]),
    ],
)
async def test_with_nothing_to_quote_it_helps_on(question: str, words: list[str]) -> None:
    events = await ask(question, LEASE)
    assert citations(events) == []
    for word in words:
        assert word in text_of(events)


async def test_without_the_library_it_says_why_it_cannot_answer() -> None:
    assert "leave it out" in text_of(await ask("How long?", library=None))
    assert "不使用资料库" in text_of(await ask("多久？", library=None))


async def test_overlapping_passages_are_quoted_once() -> None:
    double = hit(LEASE.content, "Copy")
    assert len(citations(await ask("How long does a lease last?", LEASE, double))) == 1


async def test_it_streams_in_small_pieces_and_can_be_stopped_between_them() -> None:
    events = await ask("How long does a lease last?", LEASE)
    assert len([event for event in events if isinstance(event, Delta)]) > 40
    assert all(len(event.text) < 60 for event in events if not isinstance(event, Citation))  # type: ignore[union-attr]
    seen: list[Answer] = []

    async def read() -> None:
        options: dict[str, Any] = {"engine": None, "context_tokens": 8192, "answer_tokens": 1024, "pace": 60}
        async with aclosing(answer("lease", [], library=FakeLibrary(LEASE), **options)) as stream:
            async for event in stream:
                seen.append(event)  # noqa: PERF401

    reading = asyncio.ensure_future(read())
    async with asyncio.timeout(5):
        while not seen:
            await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert len(seen) == 1


@given(st.text(alphabet="ab ,。中文字\n🙂가カ", max_size=200))
async def test_the_pieces_are_the_text(text: str) -> None:
    assert "".join([delta.text async for delta in in_pieces(text, 0)]) == text


@given(st.text(alphabet="lease ab.。!\n租约", max_size=900))
def test_a_quote_is_a_part_of_its_passage(passage: str) -> None:
    quote = Question("lease 租约").best_quote(passage)
    assert len(quote) <= QUOTE_LIMIT
    assert quote.removesuffix("…") in passage
