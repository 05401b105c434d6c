"""A model server that fails: the task says how, keeps what was written, and frees its slot."""

from typing import Any

import pytest

from tests.acceptance.conftest import RunStack
from tests.stack import Stack, free_port
from tests.upstream import Upstream

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNSTORABLE = "out of\x00 memory \ud83d!"


@pytest.mark.parametrize(
    ("behaviour", "code", "has_text"),
    [
        ({"delay": 600}, "model_timeout", False),
        ({"tokens": 9, "stall_after": 4}, "model_timeout", True),
        ({"tokens": 9, "cut_after": 4}, "model_cut", True),
        ({"tokens": 9, "end_after": 4, "done": False}, "model_cut", True),
        ({"tokens": 9, "error_after": 4}, "model_refused", True),
        ({"tokens": 9, "error_after": 4, "error": UNSTORABLE}, "model_refused", True),
        ({"status": 500, "error": UNSTORABLE}, "model_refused", False),
        ({"status": 401}, "model_refused", False),
        ({"status": 429}, "model_refused", False),
        ({"status": 500}, "model_refused", False),
        ({"nonsense": "html"}, "model_bad_response", False),
        ({"nonsense": "broken_json"}, "model_bad_response", False),
        ({"nonsense": "empty"}, "model_bad_response", False),
    ],
    ids=lambda value: str(value),
)
async def test_a_model_server_that_fails(
    shared_stack: Stack, shared_upstream: Upstream, behaviour: dict[str, Any], code: str, has_text: bool
) -> None:
    shared_upstream.behave(**behaviour)
    session = await shared_stack.new_session()
    receipt = await shared_stack.say(session, "a question")
    events = await shared_stack.follow(receipt["task_id"])
    kind, data = events[-1]
    assert (kind, data["error"]["code"]) == ("task.failed", code)
    assert "model" in data["error"]["message"]
    turn = (await shared_stack.turns(session))[1]
    assert (turn["status"], bool(turn["content"])) == ("failed", has_text)
    assert data["result"]["turn"] == turn
    task = await shared_stack.task(receipt["task_id"])
    assert (task["status"], task["error"]["code"]) == ("failed", code)
    assert shared_upstream.log.open == 0
    assert (await shared_stack.queue())["active"] == []

    shared_upstream.behave(tokens=3)
    again = await shared_stack.say(session, "once more")
    assert (await shared_stack.follow(again["task_id"]))[-1][0] == "task.completed"
    seen = [m["content"] for m in shared_upstream.log.exchanges[-1].body["messages"] if m["role"] == "assistant"]
    assert (turn["content"] in seen) == has_text


async def test_a_message_may_name_another_model(shared_stack: Stack, shared_upstream: Upstream) -> None:
    shared_upstream.behave(tokens=3)
    receipt = await shared_stack.say(await shared_stack.new_session(), "fine", model="another")
    started = [data for kind, data in await shared_stack.follow(receipt["task_id"]) if kind == "task.started"]
    assert [data["model"] for data in started] == ["another"]
    assert shared_upstream.log.exchanges[-1].body["model"] == "another"


@pytest.mark.asyncio(loop_scope="function")
async def test_a_model_server_that_is_not_there(run_stack: RunStack) -> None:
    async with run_stack(LLM_BASE_URL=f"http://127.0.0.1:{free_port()}/v1") as stack:
        receipt = await stack.say(await stack.new_session(), "a question")
        kind, data = (await stack.follow(receipt["task_id"]))[-1]
        assert (kind, data["error"]["code"]) == ("task.failed", "model_unreachable")
