"""The real application over real services, with nothing faked but the publisher of wake-ups."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI

from api.clients import open_clients
from api.main import create_app
from scheduling.work import Wakeup
from settings import Settings

BASE_URL = "http://127.0.0.1:8000"


class CollectingPublisher:
    """Keeps the ids it was told to publish."""

    def __init__(self) -> None:
        self.published: list[UUID] = []

    async def publish(self, wakeups: Sequence[Wakeup]) -> None:
        self.published += [wakeup.task_id for wakeup in wakeups]

    async def pending(self, queue: str) -> set[UUID] | None:
        return set(self.published)


@pytest.fixture
def publisher() -> CollectingPublisher:
    return CollectingPublisher()


Serve = Callable[..., AbstractAsyncContextManager[httpx2.AsyncClient]]


@pytest.fixture
async def serve(make_settings: Callable[..., Settings], publisher: CollectingPublisher) -> Serve:
    """Opens the application with some settings and gives a client of it."""

    @asynccontextmanager
    async def opened(*, peer: str = "127.0.0.1", **changes: Any) -> AsyncIterator[httpx2.AsyncClient]:
        app = create_app(make_settings(**changes), clients=partial(open_clients, publisher=publisher))
        async with app.router.lifespan_context(app):
            await _until_started(app)
            transport = httpx2.ASGITransport(app=app, client=(peer, 40000))
            async with httpx2.AsyncClient(transport=transport, base_url=BASE_URL) as client:
                client.app = app  # type: ignore[attr-defined]
                yield client

    return opened


@pytest.fixture
async def client(serve: Serve) -> AsyncIterator[httpx2.AsyncClient]:
    """The default: `AUTH_MODE=open`."""
    async with serve() as opened:
        yield opened


@pytest.fixture
async def proxied(serve: Serve) -> AsyncIterator[httpx2.AsyncClient]:
    """`AUTH_MODE=proxy`, with `root` as an admin; the client speaks as a trusted proxy."""
    async with serve(auth_mode="proxy", admin_users="root") as opened:
        yield opened


async def _until_started(app: FastAPI) -> None:
    async with asyncio.timeout(20):
        await app.state.clients.started.wait()
