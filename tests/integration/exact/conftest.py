"""Two API processes for a whole module: for tests that leave nothing behind that disturbs the others."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.integration.exact.cluster import Cluster, running_cluster
from tests.services import Servers


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cluster(servers: Servers) -> AsyncIterator[Cluster]:
    """Two API processes on the module's loop."""
    with servers.own() as services:
        async with running_cluster(services) as cluster:
            yield cluster
