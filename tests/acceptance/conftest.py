"""A whole stack and a fake model server, for each test that asks."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from tests.services import Servers, Services
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
    """Starts the stack with some settings, and so many API processes, on the fake model server."""

    @asynccontextmanager
    async def run(*, apis: int = 1, **environment: str) -> AsyncIterator[Stack]:
        model = {"LLM_BASE_URL": upstream.url, "LLM_MODEL": "fake"}
        async with running_stack(services, tmp_path, apis=apis, **{**model, **environment}) as stack:
            yield stack

    return run


@pytest.fixture
async def stack(run_stack: RunStack) -> AsyncIterator[Stack]:
    """The stack with its defaults."""
    async with run_stack() as stack:
        yield stack


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_upstream() -> AsyncIterator[Upstream]:
    """A model server for a whole module, on the module's loop."""
    async with Upstream() as upstream:
        yield upstream


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_stack(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory, shared_upstream: Upstream
) -> AsyncIterator[Stack]:
    """One stack for a whole module: for tests that leave nothing behind that disturbs the others."""
    model = {
        "LLM_BASE_URL": shared_upstream.url,
        "LLM_MODEL": "fake",
        "LLM_FIRST_TOKEN_TIMEOUT": "2",
        "LLM_IDLE_TIMEOUT": "1",
    }
    with servers.own() as services:
        async with running_stack(services, tmp_path_factory.mktemp("stack"), **model) as stack:
            yield stack
