"""A document goes in, is read on its own queue, is found in both languages, and is cited."""

import io

import pytest
from reportlab.pdfgen.canvas import Canvas

from tests.stack import Stack
from tests.upstream import Upstream

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHINESE = """# 水闸手册

## 维护

水闸的维护分为日常巡查与年度检修。日常巡查由值班员每天早晨完成，重点检查闸门的密封条。

## 开启

开启水闸之前，必须先通知下游的居民，并且确认警报器工作正常。
"""

PAGES = [
    [
        "A sluice gate controls the flow of water in a canal.",
        "It is made of oak, and it weighs as much as a horse.",
        "Older gates are lifted by hand with a rack and a winch.",
        "Modern ones are driven by an electric motor.",
    ],
    [
        "The lock keeper opens the gate at six o'clock.",
        "A bell is rung before, so that boats keep their distance.",
        "In winter the hours are shorter, and ice is cleared first.",
        "The keeper writes every opening into a book.",
    ],
]


def _pdf() -> bytes:
    data = io.BytesIO()
    canvas = Canvas(data)
    for lines in PAGES:
        for number, line in enumerate(lines * 4):
            canvas.drawString(72, 720 - 16 * number, line)
        canvas.showPage()
    canvas.save()
    return data.getvalue()


async def _upload(stack: Stack, name: str, content: bytes) -> str:
    receipt = await stack.call("POST", "/documents", files={"file": (name, content)}, expect=202)
    events = await stack.follow(receipt["task_id"])
    assert events[-1][0] == "task.completed", events[-1]
    steps = [data["step"] for kind, data in events if kind == "task.progress"]
    assert list(dict.fromkeys(steps)) == ["read", "parse", "split", "index"]
    assert events[-1][1]["result"]["document"]["status"] == "completed"
    return str(receipt["document_id"])


async def test_from_upload_to_citation_in_both_languages(shared_stack: Stack, shared_upstream: Upstream) -> None:
    english = await _upload(shared_stack, "gates.pdf", _pdf())
    chinese = await _upload(shared_stack, "手册.md", CHINESE.encode())
    listed = (await shared_stack.call("GET", "/documents", expect=200))["items"]
    assert {each["id"]: (each["pages"], each["language"]) for each in listed} == {
        english: (2, "en"),
        chinese: (None, "zh"),
    }
    found = (
        await shared_stack.call("GET", "/search", params={"q": "when does the keeper open the gate?"}, expect=200)
    )["items"]
    assert (found[0]["document_id"], found[0]["locator"]["page"]) == (english, 2)
    found = (await shared_stack.call("GET", "/search", params={"q": "谁来检查密封条？"}, expect=200))["items"]
    assert (found[0]["document_id"], found[0]["locator"]["heading"]) == (chinese, "维护")

    shared_upstream.behave(answer="密封条由值班员检查 [1]。")
    session = await shared_stack.new_session()
    receipt = await shared_stack.say(session, "谁来检查密封条？")
    events = await shared_stack.follow(receipt["task_id"])
    [citation] = [data for kind, data in events if kind == "task.citation"]
    assert (citation["n"], citation["document_id"], citation["locator"]["heading"]) == (1, chinese, "维护")
    assert "值班员" in citation["passage"]
    turn = (await shared_stack.turns(session))[1]
    assert [each["document_id"] for each in turn["citations"]] == [chinese]

    without = await shared_stack.say(session, "谁来检查密封条？", use_library=False)
    events = await shared_stack.follow(without["task_id"])
    assert "task.citation" not in [kind for kind, _ in events]

    await shared_stack.call("DELETE", f"/documents/{chinese}", expect=204)
    found = (await shared_stack.call("GET", "/search", params={"q": "谁来检查密封条？"}, expect=200))["items"]
    assert chinese not in [each["document_id"] for each in found]
    await shared_stack.call("GET", f"/documents/{chinese}", expect=404)


async def test_a_file_that_cannot_be_read_fails_with_its_reason(shared_stack: Stack) -> None:
    receipt = await shared_stack.call("POST", "/documents", files={"file": ("torn.pdf", _pdf()[:300])}, expect=202)
    kind, data = (await shared_stack.follow(receipt["task_id"]))[-1]
    assert (kind, data["error"]["code"]) == ("task.failed", "not_readable")
    document = await shared_stack.call("GET", f"/documents/{receipt['document_id']}", expect=200)
    assert (document["status"], document["error"]["code"]) == ("failed", "not_readable")


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("empty.pdf", b"", 422, "empty_file"),
        ("no.pdf", b"just words", 422, "content_mismatch"),
        ("program.exe", b"MZ\x90\x00", 415, "unsupported_type"),
    ],
)
async def test_what_is_no_document_is_refused_and_leaves_nothing(
    shared_stack: Stack, name: str, content: bytes, status: int, code: str
) -> None:
    before = await shared_stack.call("GET", "/documents", expect=200)
    problem = await shared_stack.call("POST", "/documents", files={"file": (name, content)}, expect=status)
    assert problem["code"] == code
    assert await shared_stack.call("GET", "/documents", expect=200) == before
