"""Plain Celery, set up with care: a task that reads a model's answer to its end, and nothing around it."""

import os
import time

import httpx2
from celery import Celery

QUEUE = "plain"

_client: httpx2.Client | None = None


def build_app(broker_url: str) -> Celery:
    """The application for a broker; opens no connection."""
    app = Celery("plain", broker=broker_url)
    app.conf.update(
        task_default_queue=QUEUE,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        worker_prefetch_multiplier=1,
        broker_connection_retry_on_startup=True,
        worker_hijack_root_logger=False,
    )
    return app


app = build_app(os.environ.get("PLAIN_BROKER_URL", ""))


@app.task(name="answer")  # type: ignore[untyped-decorator]
def answer(message: str) -> int:
    """Ask the model; the number of lines of its answer."""
    global _client
    began = time.monotonic()
    _client = _client or httpx2.Client(timeout=None)
    body = {"model": "bench", "stream": True, "messages": [{"role": "user", "content": message}]}
    url = os.environ["PLAIN_MODEL_URL"] + "/chat/completions"
    with _client.stream("POST", url, json=body, headers={"X-Began": repr(began)}) as response:
        return sum(1 for _ in response.iter_lines())
