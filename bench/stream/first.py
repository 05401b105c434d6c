"""From submitting a message to the first piece of its answer: the whole stack, beside a direct call of the model."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from bench.stream.children import Child, free_port, running, speaking
from bench.stream.numbers import Asked, percentile
from bench.stream.relays import Gradio
from tests.services import Services
from tests.stack import running_stack

TIMES = 20
BEHAVIOUR = '{"answer": "word", "tokens": 8, "rate": 100}'
MODEL = "direct, raw socket"
ENGINE = "direct, openai SDK"
OURS = "Sluice, whole stack"
GRADIO = "Gradio"


@dataclass(slots=True)
class FirstToken:
    """Who is asked, and what they answered."""

    reader: Child
    whom: dict[str, dict[str, Any]]
    times: dict[str, list[list[float]]] = field(default_factory=dict)

    async def one_round(self) -> None:
        """Ask each a number of times, in small turns so that all see the same machine."""
        spent: dict[str, list[float]] = {name: [] for name in self.whom}
        for _ in range(TIMES // 5):
            for name, request in self.whom.items():
                spent[name] += await self.reader.ask({"op": "ask", "times": 5, **request})
        for name, values in spent.items():
            self.times.setdefault(name, []).append(values)

    def results(self) -> dict[str, list[Asked]]:
        """Each round's figures."""
        return {
            name: [Asked(percentile(values, 0.5), percentile(values, 0.9)) for values in rounds]
            for name, rounds in self.times.items()
        }


@asynccontextmanager
async def first_token(services: Services, reader: Child) -> AsyncIterator[FirstToken]:
    """The model server, the stack and Gradio while the block runs; each was asked once before."""
    async with AsyncExitStack() as stack:
        port = free_port()
        argv = [*speaking("tests.upstream"), "--port", str(port), "--behave", BEHAVIOUR]
        await stack.enter_async_context(running("upstream", argv, port=port))
        url = f"http://127.0.0.1:{port}/v1"
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="sluice-bench-")))
        whole = running_stack(services, folder, LLM_BASE_URL=url, LLM_MODEL="fake", LOG_LEVEL="WARNING")
        ours = await stack.enter_async_context(whole)
        gradio = Gradio(services, url)
        await gradio.start(stack)
        our_port = urlsplit(str(ours.http.base_url)).port
        whom: dict[str, dict[str, Any]] = {
            MODEL: {"whom": "model", "port": port},
            ENGINE: {"whom": "engine", "port": port},
            OURS: {"whom": "ours", "port": our_port},
            GRADIO: {"whom": "gradio", "port": gradio.port, "function": "chat"},
        }
        for request in whom.values():
            await reader.ask({"op": "ask", "times": 3, **request})
        yield FirstToken(reader, whom)
