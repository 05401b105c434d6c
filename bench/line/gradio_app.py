"""A Gradio application as its guides have it: a function that streams a model's answer, behind Gradio's own queue.

Runs in the peers' environment: `python bench/line/gradio_app.py PORT MODEL_URL`.
"""

import json
import sys
import time
from collections.abc import AsyncIterator

import gradio
import httpx


def build(model_url: str) -> gradio.Blocks:
    """The application; `answer` is its only function, number 0."""
    client = httpx.AsyncClient(timeout=None)

    async def answer(message: str) -> AsyncIterator[str]:
        headers = {"X-Began": repr(time.monotonic())}
        body = {"model": "bench", "stream": True, "messages": [{"role": "user", "content": message}]}
        text = ""
        async with client.stream("POST", f"{model_url}/chat/completions", json=body, headers=headers) as response:
            async for line in response.aiter_lines():
                if line.startswith("data: {"):
                    text += json.loads(line[6:])["choices"][0]["delta"].get("content", "")
                    yield text

    with gradio.Blocks() as application:
        message = gradio.Textbox()
        output = gradio.Textbox()
        gradio.Button().click(answer, message, output, api_name="answer")
    return application


def main() -> None:
    """Serve until told to stop; prints a line when everything is up, its own look at itself included."""
    port, model_url = int(sys.argv[1]), sys.argv[2]
    application = build(model_url)
    application.queue(default_concurrency_limit=2)
    application.launch(server_name="127.0.0.1", server_port=port, quiet=True, ssr_mode=False, prevent_thread_lock=True)
    print("up", flush=True)
    application.block_thread()


if __name__ == "__main__":
    main()
