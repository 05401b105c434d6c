"""One answer: the prompt, the citations, the budget, the end of the stream."""

from contextlib import aclosing
from typing import Any

import pytest

from assistant.answer import PastTurn, answer
from assistant.context import NO_ANSWER
from errors import InvalidInput, ModelCut
from llm.engine import Message, Piece
from streaming.events import Answer, Delta
from tests.unit.assistant.fakes import FakeEngine, FakeLibrary, citations, hit, prompt_tokens, text_of

LEASE = hit("A lease lasts three seconds and is renewed every second by workers.", "Design", page=3, heading="Leases")
TULIPS = hit("Tulips are planted in autumn, before the first frost.", "Garden")
GRANT = hit("租约持续三秒，由工作进程每秒续期一次。", "设计", page=2)


async def ask(question: str, *history: PastTurn, **options: Any) -> list[Answer]:
    given: dict[str, Any] = {"engine": FakeEngine(), "library": None, "context_tokens": 8192, "answer_tokens": 1024}
    return [event async for event in answer(question, history, **{**given, **options})]


async def test_one_call_with_the_message_verbatim_at_the_end() -> None:
    engine = FakeEngine()
    question = "  How long\nis a *lease*? [1] 租约 "
    events = await ask(question, PastTurn("user", "Hi"), PastTurn("assistant", "Hello!"), engine=engine, model="m2")
    assert text_of(events) == "An answer."
    [call] = engine.calls
    assert call[1:] == [Message("user", "Hi"), Message("assistant", "Hello!"), Message("user", question)]
    assert call[0].role == "system"
    assert engine.models == ["m2"]


async def test_fitting_passages_are_numbered_and_cited_when_used() -> None:
    engine = FakeEngine(("lease", "Three seconds [1][2]. Really [1]. See [7]."))
    events = await ask("How long is a lease?", engine=engine, library=FakeLibrary(TULIPS, LEASE))
    system = engine.calls[0][0].content
    assert "[1] Design (page 3, Leases)\nA lease lasts" in system
    assert "Tulips" not in system
    [citation] = citations(events)
    assert (citation.n, citation.title, citation.document_id) == (1, "Design", LEASE.document_id)
    assert citation.passage == LEASE.content
    assert citation.locator == {"page": 3, "heading": "Leases"}
    used = events.index(citation)
    assert text_of(events[:used]).endswith("[1]"), "the citation follows the text that uses it at once"
    assert text_of(events) == "Three seconds [1][2]. Really [1]. See [7]."


async def test_unused_passages_are_not_cited_and_unrelated_ones_not_shown() -> None:
    engine = FakeEngine()
    assert citations(await ask("How long is a lease?", engine=engine, library=FakeLibrary(LEASE))) == []
    await ask("What is the capital of Mongolia?", engine=engine, library=FakeLibrary(LEASE, TULIPS))
    assert [message.role for message in engine.calls[1]] == ["system", "user"]
    assert "[1]" not in engine.calls[1][0].content


async def test_a_weak_score_is_not_enough_and_a_sure_meaning_is() -> None:
    class Fixed(FakeLibrary):
        async def search(self, query: str, *, limit: int = 8) -> list[Any]:
            return list(self.hits)

    engine = FakeEngine()
    await ask("How long is a lease?", engine=engine, library=Fixed(hit("the lease", score=0.1)))
    assert "[1]" not in engine.calls[0][0].content
    await ask("How long is a lease?", engine=engine, library=Fixed(hit("租约持续三秒", score=0.8)))
    assert "[1] Handbook\n租约" in engine.calls[1][0].content


async def test_numbers_inside_a_passage_do_not_pose_as_ours() -> None:
    engine = FakeEngine()
    await ask("lease renewed", engine=engine, library=FakeLibrary(hit("A lease is renewed [2], see [14, 15].")))
    assert "renewed (2), see (14, 15)." in engine.calls[0][0].content


async def test_a_short_follow_up_is_looked_up_with_what_it_follows() -> None:
    library = FakeLibrary(LEASE)
    await ask("And how long?", PastTurn("user", "Tell me about the lease"), library=library)
    assert library.queries == ["Tell me about the lease\nAnd how long?"]


async def test_reasoning_is_passed_on_and_cites_nothing() -> None:
    engine = FakeEngine(("lease", [Piece("see [1]", "reasoning"), Piece("Three.")]))
    events = await ask("How long is a lease?", engine=engine, library=FakeLibrary(LEASE))
    assert events == [Delta(text="see [1]", channel="reasoning"), Delta(text="Three.")]


@pytest.mark.parametrize("context", [512, 700, 1000, 3000])
async def test_the_prompt_never_exceeds_the_context(context: int) -> None:
    history = [PastTurn("user" if n % 2 == 0 else "assistant", f"turn {n} 中文 " + "word " * 30) for n in range(40)]
    passages = [hit(f"The lease, part {n}: " + "it is renewed again. " * 20) for n in range(8)]
    engine = FakeEngine()
    await ask(
        "How long is a lease?",
        *history,
        engine=engine,
        library=FakeLibrary(*passages),
        context_tokens=context,
        answer_tokens=256,
    )
    [call] = engine.calls
    assert prompt_tokens(call) <= context - 256
    assert call[-1].content == "How long is a lease?"
    roles = [message.role for message in call[1:]]
    assert roles == ["user", "assistant"] * (len(roles) // 2) + ["user"]
    if len(call) > 2:
        assert call[-2].content == history[-1].content
    assert engine.limits[0] is not None
    assert engine.limits[0] >= 256


async def test_a_question_that_does_not_fit_is_refused_before_anything_is_asked() -> None:
    engine, library = FakeEngine(), FakeLibrary(LEASE)
    with pytest.raises(InvalidInput) as caught:
        await ask("中" * 8000, engine=engine, library=library)
    assert caught.value.code == "message_too_long"
    assert engine.calls == []
    assert library.queries == []


async def test_empty_answers_in_the_history_leave_turns_that_alternate() -> None:
    engine = FakeEngine()
    history = [PastTurn("user", "A"), PastTurn("assistant", ""), PastTurn("user", "B"), PastTurn("user", "C")]
    await ask("D", *history, engine=engine)
    contents = [message.content for message in engine.calls[0][1:]]
    assert contents == ["A", NO_ANSWER["en"], "B", NO_ANSWER["en"], "C", NO_ANSWER["en"], "D"]


async def test_closing_the_answer_closes_the_engines_stream_and_errors_pass() -> None:
    engine = FakeEngine(("bad", ModelCut("It broke off.")))
    options: dict[str, Any] = {"library": None, "context_tokens": 8192, "answer_tokens": 1024}
    async with aclosing(answer("Hello", [], engine=engine, **options)) as events:
        await anext(events)
        assert engine.open == 1
    assert engine.open == 0
    with pytest.raises(ModelCut):
        await ask("bad", engine=engine)


async def test_a_chinese_question_gets_chinese_instructions() -> None:
    engine = FakeEngine(("租约", "三秒【1】。"))
    events = await ask("租约多长时间？", engine=engine, library=FakeLibrary(GRANT))
    assert "资料库" in engine.calls[0][0].content
    assert "[1] 设计 (第 2 页)" in engine.calls[0][0].content
    assert [citation.n for citation in citations(events)] == [1]
