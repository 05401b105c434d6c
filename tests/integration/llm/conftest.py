"""A fake model server and an engine that asks it."""

from collections.abc import AsyncIterator

import pytest

from llm.openai_engine import OpenAIEngine
from tests.integration.llm.asking import build
from tests.upstream import Upstream


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with Upstream() as server:
        yield server


@pytest.fixture
async def engine(upstream: Upstream) -> AsyncIterator[OpenAIEngine]:
    engine = build(upstream.url)
    yield engine
    await engine.close()
