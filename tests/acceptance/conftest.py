"""A whole stack and a fake model server, for each test that asks."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from tests.services import Services
from tests.stack import Stack, running_stack
from tests.upstream import Upstream

RunStack = Callable[..., AbstractAsyncContextManager[Stack]]


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    """A model server that answers 20 words at 20 a second, unless told otherwise."""
    async with Upstream() as upstream:
        upstream.behave(tokens=20, rate=20)
        yield upstream


@pytest.fixture
def run_stack(services: Services, tmp_path: Path, upstream: Upstream) -> RunStack:
    """Starts the stack with some settings, on the fake model server."""

    @asynccontextmanager
    async def run(**environment: str) -> AsyncIterator[Stack]:
        model = {"LLM_BASE_URL": upstream.url, "LLM_MODEL": "fake"}
        async with running_stack(services, tmp_path, **{**model, **environment}) as stack:
            yield stack

    return run


@pytest.fixture
async def stack(run_stack: RunStack) -> AsyncIterator[Stack]:
    """The stack with its defaults."""
    async with run_stack() as stack:
        yield stack
