"""How a worker's pool grows to a limit that was raised."""

from types import SimpleNamespace

import pytest

from tasks.node import grow_pool


class Pool:
    """As Celery's, which notes how many processes there should be, and starts them when it is maintained."""

    def __init__(self, processes: int) -> None:
        self.num_processes = self.started = processes

    def grow(self, n: int) -> None:
        self.num_processes += n

    def maintain_pool(self) -> None:
        self.started = self.num_processes


class Consumer:
    """What Celery hands to a command, around the pool."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.controller = SimpleNamespace(autoscaler=None)
        self.prefetched: list[int] = []

    def _update_prefetch_count(self, n: int) -> None:
        self.prefetched.append(n)


def test_the_pool_grows_to_the_limit_at_once_and_only_once() -> None:
    pool = Pool(2)
    consumer = Consumer(pool)
    for _ in range(2):
        assert "ok" in grow_pool(SimpleNamespace(consumer=consumer), limit=5)
        assert (pool.num_processes, pool.started, consumer.prefetched) == (5, 5, [3])


@pytest.mark.parametrize("limit", [0, 1, 2])
def test_a_pool_that_is_large_enough_stays_as_it_is(limit: int) -> None:
    pool = Pool(2)
    consumer = Consumer(pool)
    assert "ok" in grow_pool(SimpleNamespace(consumer=consumer), limit=limit)
    assert (pool.num_processes, pool.started, consumer.prefetched) == (2, 2, [])
