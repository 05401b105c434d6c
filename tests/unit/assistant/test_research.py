"""Research: its steps, its journal, its report."""

import asyncio
from contextlib import aclosing
from typing import Any

import pytest
from pydantic import JsonValue

from assistant.research import research
from errors import InvalidInput, ModelTimeout
from llm.engine import Piece
from tests.unit.assistant.fakes import (
    Crash,
    FakeEngine,
    FakeJournal,
    FakeLibrary,
    citations,
    hit,
    progress,
    prompt_tokens,
    text_of,
)
from tests.unit.assistant.investigation import LEASE, PLAN, RULES, SWEEP, TULIPS, run


async def test_a_report_with_a_model() -> None:
    engine = FakeEngine(*RULES)
    events = await run(engine=engine, model="m2", depth=2)
    text = text_of(events)
    assert text.startswith("# leases of the sweep\n\n## Summary\n\nThree seconds [1]; swept")
    assert "## Sources\n\n- [1] Design (page " in text
    assert "[77] " not in text.partition("## Sources")[2]
    assert sorted(citation.n for citation in citations(events)) == [1, 2]
    kinds = [call[0].content[:25] for call in engine.calls]
    assert len(kinds) == 1 + 3 + 1 + 1 + 1, "plan, notes for three questions, gaps, notes for one more, report"
    assert set(engine.models) == {"m2"}
    assert engine.open == 0


async def test_progress_is_real() -> None:
    steps = progress(await run(depth=2))
    assert [step.step for step in steps] == [
        "plan",
        *("search-1", "notes-1", "search-2", "notes-2", "search-3", "notes-3"),
        "gaps-1",
        *("search-4", "notes-4"),
        *("report", "report"),
    ]
    assert [step.done for step in steps] == list(range(12))
    assert steps[0].total is None
    assert (steps[-1].done, steps[-1].total) == (11, 11)
    assert steps[1].label == "Searching: leases of the sweep"


@pytest.mark.parametrize("with_engine", [True, False])
async def test_after_a_crash_no_finished_step_is_repeated(with_engine: bool) -> None:
    whole = FakeJournal()
    engine = FakeEngine(*RULES) if with_engine else None
    expected = await run(engine=engine, journal=whole, depth=3)
    calls = len(engine.calls) if engine else 0
    for key in whole.ran:
        engine = FakeEngine(*RULES) if with_engine else None
        recorded: dict[str, JsonValue] = {}
        with pytest.raises(Crash):
            await run(engine=engine, journal=FakeJournal(recorded, dies_after=key), depth=3)
        again = FakeJournal(recorded)
        events = await run(engine=engine, journal=again, depth=3)
        assert again.ran == whole.ran[whole.ran.index(key) + 1 :]
        if engine:
            assert len(engine.calls) == calls
        assert text_of(events) == text_of(expected)
        assert citations(events) == citations(expected)


async def test_a_crash_in_the_middle_of_the_report_repeats_only_the_report() -> None:
    recorded: dict[str, JsonValue] = {}
    engine = FakeEngine(*RULES)
    async with aclosing(
        research(
            "leases of the sweep",
            engine=engine,
            library=FakeLibrary(LEASE, SWEEP),
            web=None,
            journal=FakeJournal(recorded),
            sources=frozenset({"library"}),
            depth=1,
            context_tokens=8192,
            answer_tokens=1024,
        )
    ) as events:
        async for event in events:
            if text_of([event]).startswith("S"):
                break
    assert engine.open == 0, "stopping the report stops the model"
    assert "report" not in recorded
    before = len(engine.calls)
    await run(engine=engine, journal=FakeJournal(recorded))
    assert len(engine.calls) == before + 1


async def test_cancelling_stops_the_model_before_it_returns() -> None:
    class Slow(FakeEngine):
        async def stream(self, *args: Any, **options: Any) -> Any:
            async with aclosing(super().stream(*args, **options)) as pieces:
                async for piece in pieces:
                    await asyncio.sleep(60)
                    yield piece

    for key in ("plan the research", "research report"):
        slow = Slow(*RULES)
        quick = FakeEngine(*RULES)

        class Both(FakeEngine):
            def stream(self, messages: Any, **options: Any) -> Any:
                engine = slow if key in messages[0].content else quick  # noqa: B023
                return engine.stream(messages, **options)

        running = asyncio.ensure_future(run(engine=Both()))
        async with asyncio.timeout(5):
            while not slow.open:
                await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert slow.open == 0


async def test_without_a_model_it_is_a_report_of_quotes() -> None:
    events = await run("lease", engine=None, depth=2)
    text = text_of(events)
    assert "> A lease lasts three seconds and is renewed by the worker. [" in text
    assert "No language model is connected" in text
    assert "Tulips" not in text
    assert {citation.n for citation in citations(events)} == {1, 2}
    assert text.count("A lease lasts three seconds") == 1, "no passage is quoted twice"


async def test_a_chinese_topic_gets_a_chinese_report() -> None:
    library = FakeLibrary(hit("租约持续三秒，由工作进程续期。", "设计", page=2, heading="租约"))
    events = await run("租约如何续期", engine=None, library=library)
    text = text_of(events)
    assert "租约持续三秒" in text
    assert "## 来源\n\n- [1] 设计 (第 2 页，租约)" in text
    assert progress(events)[1].label.startswith("检索：")
    assert "没有连接语言模型" in text
    engine = FakeEngine(
        ("研究计划", '{"question": "租约"}'), ("做笔记", "三秒 [1]。"), ("研究报告", "## 摘要\n\n三秒 [1]。")
    )
    text = text_of(await run("租约如何续期", engine=engine, library=library))
    assert text.startswith("# 租约如何续期\n\n## 摘要\n\n三秒 [1]。\n\n## 来源")


@pytest.mark.parametrize("engine", [FakeEngine(*RULES), None])
async def test_finding_nothing_is_said_plainly_and_nothing_cited(engine: FakeEngine | None) -> None:
    events = await run("quantum chromodynamics", engine=engine, library=FakeLibrary(TULIPS))
    assert "Nothing was found on this topic in the library" in text_of(events)
    assert citations(events) == []
    assert progress(events)[-1].done == progress(events)[-1].total
    if engine:
        assert not any("research report" in call[0].content for call in engine.calls)


async def test_sources_that_say_nothing_are_not_cited() -> None:
    engine = FakeEngine(RULES[0], ("take notes", "NONE"))
    events = await run(engine=engine)
    assert "none of them says anything" in text_of(events)
    assert citations(events) == []


async def test_a_report_without_references_lists_what_was_consulted() -> None:
    engine = FakeEngine(*RULES[:3], ("research report", "A text without any reference."))
    events = await run(engine=engine)
    assert "## Sources consulted\n\n- [1] Design" in text_of(events)
    assert {citation.n for citation in citations(events)} == {1, 2}


async def test_a_useless_plan_falls_back_to_rules() -> None:
    engine = FakeEngine(("plan the research", "I am a small model and I like cheese"), *RULES[1:])
    steps = progress(await run("lease", engine=engine))
    assert next(step.label for step in steps if step.step.startswith("search")) == "Searching: lease"


async def test_model_failures_pass() -> None:
    with pytest.raises(ModelTimeout):
        await run(engine=FakeEngine(("plan the research", ModelTimeout("Too late."))))
    with pytest.raises(ModelTimeout):
        await run(engine=FakeEngine(*RULES[:3], ("research report", ModelTimeout("Too late."))))
    with pytest.raises(InvalidInput) as caught:
        await run("中" * 9000)
    assert caught.value.code == "message_too_long"


async def test_no_prompt_exceeds_the_context() -> None:
    passages = [hit(f"Part {n} of the lease: " + "it is renewed 续期, again. " * 30, f"D{n}") for n in range(12)]
    engine = FakeEngine(
        ("plan the research", PLAN),
        ("take notes", "- lease 租约, again [1]. " * 40),
        ("check the notes", PLAN),
        ("research report", [Piece("thinking", "reasoning"), Piece("Done [1].")]),
    )
    events = await run(engine=engine, library=FakeLibrary(*passages), depth=3, context_tokens=1200, answer_tokens=400)
    assert max(map(prompt_tokens, engine.calls)) <= 800
    assert text_of(events, "reasoning") == "thinking"
