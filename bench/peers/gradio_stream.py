"""Gradio as the program that makes and sends the events: `.venv-peers/bin/python gradio_stream.py PORT UPSTREAM`.

`talk` yields stamped words at a rate; `chat` yields what a model server answers.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator

import gradio as gr
import httpx2
import orjson

client = httpx2.AsyncClient(timeout=None, limits=httpx2.Limits(max_keepalive_connections=0))


async def talk(rate: float, phase: float, until: str) -> AsyncIterator[str]:
    """Stamped words up to a moment."""
    period = 1e9 / rate
    due = (time.monotonic_ns() // period + 1 + phase) * period
    number = 0
    while due < int(until):
        await asyncio.sleep(max(0.0, (due - time.monotonic_ns()) / 1e9))
        yield f" word @{time.monotonic_ns()}.{number}@"
        number += 1
        due += period


async def chat(question: str) -> AsyncIterator[str]:
    """The model's answer as it grows."""
    body = {"model": "fake", "stream": True, "messages": [{"role": "user", "content": question}]}
    said = ""
    async with client.stream("POST", f"{sys.argv[2]}/chat/completions", json=body) as response:
        async for line in response.aiter_lines():
            if not line.startswith("data: {"):
                continue
            piece = orjson.loads(line[6:])["choices"][0]["delta"].get("content")
            if piece:
                said += piece
                yield said


with gr.Blocks() as demo:
    gr.api(talk, api_name="talk", concurrency_limit=None, stream_every=0)
    gr.api(chat, api_name="chat", concurrency_limit=2, stream_every=0)

if __name__ == "__main__":
    demo.launch(
        server_name="127.0.0.1",
        server_port=int(sys.argv[1]),
        quiet=True,
        footer_links=[],
        ssr_mode=False,
        max_threads=200,
    )
