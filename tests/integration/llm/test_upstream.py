"""The fake model server: what other tests rely on when they count and steer."""

import asyncio
import json
import signal
import sys
from typing import Any

import httpx2

from assistant.answer import PastTurn, answer
from llm.openai_engine import OpenAIEngine
from streaming.events import Delta
from tests.upstream import Upstream


def body(text: str = "Hi", **more: Any) -> dict[str, Any]:
    return {"model": "fake", "messages": [{"role": "user", "content": text}], **more}


async def test_the_most_open_at_a_time_is_exact(upstream: Upstream) -> None:
    upstream.behave(delay=0.1, tokens=5)
    async with httpx2.AsyncClient(base_url=upstream.url) as client:
        for together in (1, 3, 2):
            await asyncio.gather(*(client.post("/chat/completions", json=body()) for _ in range(together)))
    log = upstream.log.as_dict()
    assert (log["open"], log["max_open"], log["total"]) == (0, 3, 6)
    assert all(exchange["closed_at"] > exchange["opened_at"] + 0.09 for exchange in log["exchanges"])


async def test_one_after_the_other_is_never_counted_together(upstream: Upstream) -> None:
    for _ in range(50):
        _, writer = await asyncio.open_connection("127.0.0.1", int(upstream.url.split(":")[2].split("/")[0]))
        raw = json.dumps(body(stream=True)).encode()
        writer.write(b"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: %d\r\n\r\n%b" % (len(raw), raw))
        await asyncio.sleep(0)
        writer.transport.abort()
    assert upstream.log.max_open <= 1


async def test_it_is_steered_over_http_and_by_the_message(upstream: Upstream) -> None:
    root = upstream.url.removesuffix("/v1")
    async with httpx2.AsyncClient() as client:
        assert (await client.get(f"{upstream.url}/models")).json()["data"][0]["id"] == "fake"
        await client.post(f"{root}/_behave", json={"answer": "One.", "rules": [["special", "Two."]]})
        await client.post(f"{root}/_behave", json={"status": 503, "next": 1})

        async def ask(text: str) -> httpx2.Response:
            return await client.post(f"{upstream.url}/chat/completions", json=body(text))

        assert (await ask("Hi")).status_code == 503
        assert (await ask("Hi")).json()["choices"][0]["message"]["content"] == "One."
        assert (await ask("a special case")).json()["choices"][0]["message"]["content"] == "Two."
        said = (await ask('x #upstream{"tokens": 2, "answer": "echo"}')).json()["choices"][0]["message"]["content"]
        assert said == "I saw"
        log = (await client.get(f"{root}/_log")).json()
        assert [exchange["ended"] for exchange in log["exchanges"]] == ["refused", "complete", "complete", "complete"]
        assert log["exchanges"][0]["body"] == body("Hi")
        await client.post(f"{root}/_reset")
        assert (await client.get(f"{root}/_log?bodies=0")).json()["exchanges"] == []


async def test_as_a_process_of_its_own() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.upstream", "--behave", '{"answer": "From afar."}'),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(20):
        url = (await process.stdout.readline()).decode().strip()
        engine = OpenAIEngine(url, "fake", first_token_timeout=5, idle_timeout=5)
        assert await said(engine, "Hi") == "From afar."
        await engine.close()
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0


async def test_an_answer_shows_how_many_messages_the_model_saw(upstream: Upstream) -> None:
    engine = OpenAIEngine(upstream.url, "fake", first_token_timeout=5, idle_timeout=5)
    history = [PastTurn("user", "One"), PastTurn("assistant", "Two")]
    assert await said(engine, "Three?", *history) == "I saw 4 messages. You said: Three?"
    await engine.close()


async def said(engine: OpenAIEngine, question: str, *history: PastTurn) -> str:
    events = answer(question, history, engine=engine, library=None, context_tokens=8192, answer_tokens=1024)
    return "".join([event.text async for event in events if isinstance(event, Delta)])
