"""Deep Research: plan, searches, notes, a report with numbered citations; journaled, and cancelled when asked."""

import asyncio

from tests.acceptance.conftest import RunStack
from tests.stack import Stack, until
from tests.upstream import Upstream

TEXT = "# Sluices\n\nA sluice gate holds back water.\n\n## Care\n\nA gate is greased every spring by its keeper.\n"
RULES = [["search questions", '"What does a sluice gate hold back?"\n"Who greases a gate?"']]


async def _library(stack: Stack) -> None:
    receipt = await stack.call("POST", "/documents", files={"file": ("sluices.md", TEXT.encode())}, expect=202)
    await stack.follow(receipt["task_id"])


async def test_a_report_without_a_model(run_stack: RunStack) -> None:
    async with run_stack(LLM_BASE_URL="", LLM_MODEL="") as stack:
        await _library(stack)
        body = {"topic": "care of a sluice gate", "depth": 2}
        receipt = await stack.call("POST", "/research", json=body, expect=202)
        events = await stack.follow(receipt["task_id"])
        report = events[-1][1]["result"]["report"]
        text = "".join(data["text"] for kind, data in events if kind == "task.delta")
        assert text == report["content"]
        assert "greased every spring" in text
        citations = [data["n"] for kind, data in events if kind == "task.citation"]
        assert citations == [each["n"] for each in report["citations"]] == list(range(1, len(citations) + 1))
        assert all(f"[{n}]" in text for n in citations)
        steps = [data for kind, data in events if kind == "task.progress"]
        assert steps[-1]["done"] == steps[-1]["total"]
        answer = await stack.http.get(f"/research/{receipt['task_id']}/report", params={"format": "md"})
        assert answer.status_code == 200
        assert text.strip() in answer.text


async def test_a_worker_that_dies_costs_no_finished_step(run_stack: RunStack, upstream: Upstream) -> None:
    upstream.behave(rules=RULES, answer="The keeper greases the gate [1].", rate=40)
    async with run_stack() as stack:
        await _library(stack)
        receipt = await stack.call("POST", "/research", json={"topic": "sluice gates"}, expect=202)
        following = asyncio.create_task(stack.follow(receipt["task_id"]))
        async for kind, data in stack.events(receipt["task_id"]):
            if kind == "task.progress" and data["step"].startswith("notes"):
                break
        stack.kill_group("worker-interactive")
        stack.start("worker-interactive")
        events = await following
        assert events[-1][0] == "task.completed"
        assert (await stack.task(receipt["task_id"]))["attempt"] == 2
        assert "The keeper greases the gate" in events[-1][1]["result"]["report"]["content"]
        plans = [e for e in upstream.log.exchanges if "search questions" in str(e.body) and e.ended == "complete"]
        assert len(plans) == 1


async def test_cancel_in_the_middle_closes_the_model_connection(stack: Stack, upstream: Upstream) -> None:
    upstream.behave(delay=600)
    receipt = await stack.call("POST", "/research", json={"topic": "sluice gates"}, expect=202)
    await until(lambda: _open(upstream, 1))
    await stack.call("POST", f"/tasks/{receipt['task_id']}/cancel", json={}, expect=202)
    events = await stack.follow(receipt["task_id"])
    assert (events[-1][0], events[-1][1]["by"]) == ("task.cancelled", "local")
    assert upstream.log.open == 0


async def _open(upstream: Upstream, count: int) -> bool:
    return upstream.log.open == count
