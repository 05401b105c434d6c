"""Real servers for every test that asks for them, and a database of its own for each."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from db import Database
from settings import Settings
from tests.services import Servers, Services, running_servers

for _name in ("DATABASE_URL", "REDIS_URL", "BROKER_URL", "LLM_BASE_URL", "LLM_MODEL", "LLM_API_KEY"):
    os.environ.pop(_name, None)
os.environ["REDIS_URL"] = "redis://127.0.0.1:1/0"  # importing tasks.app needs one; nobody may use it


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """PostgreSQL and Valkey, for the whole run."""
    with running_servers() as servers:
        yield servers


@pytest.fixture
def services(servers: Servers) -> Iterator[Services]:
    """A fresh, migrated database and an empty pair of Redis databases."""
    with servers.own() as services:
        yield services


MakeSettings = Callable[..., Settings]


@pytest.fixture
def make_settings(services: Services) -> MakeSettings:
    """Settings that use the test's own services, with some changes."""

    def make(**changes: Any) -> Settings:
        given = {name.lower(): value for name, value in services.environment.items()}
        return Settings(_env_file=None, **{**given, "database_pool_size": 5, **changes})  # type: ignore[call-arg]

    return make


@pytest.fixture
async def database(make_settings: MakeSettings) -> AsyncIterator[Database]:
    """The test's own database."""
    database = Database(make_settings())
    yield database
    await database.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright's synchronous interface keeps the main thread's event loop to itself."""
    items.sort(key=lambda item: "tests/browser" in item.nodeid)
