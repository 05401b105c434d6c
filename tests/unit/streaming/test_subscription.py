"""What one subscriber holds for a client that is slow: so many batches and bytes, and then nothing but a gap."""

import pytest

from streaming.subscription import QUEUE_BATCHES, QUEUE_BYTES, Batch, Clock, Subscription


def _batch(size: int = 1) -> Batch:
    return Batch(b"1 1 -", b"x" * size)


@pytest.mark.parametrize(("size", "most"), [(1, QUEUE_BATCHES), (QUEUE_BYTES // 4, 4), (QUEUE_BYTES // 4 + 1, 3)])
def test_a_queue_that_is_full_is_dropped_for_a_gap(size: int, most: int) -> None:
    subscription = Subscription("channel", Clock())
    for _ in range(2):
        for _ in range(most):
            subscription.put(_batch(size))
        assert not subscription.gap
        subscription.put(_batch(size))
        assert subscription.gap
        assert subscription.take() == ([], None)
        subscription.gap = False


def test_what_was_taken_makes_room() -> None:
    subscription = Subscription("channel", Clock())
    for _ in range(3):
        subscription.put(_batch(QUEUE_BYTES))
        assert len(subscription.take()[0]) == 1
    assert not subscription.gap


def test_one_batch_may_be_larger_than_a_queue() -> None:
    subscription = Subscription("channel", Clock())
    subscription.put(_batch(2 * QUEUE_BYTES))
    assert not subscription.gap
    assert len(subscription.take()[0]) == 1
