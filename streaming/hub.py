"""The fan-out of one process: one pub/sub connection in, any number of subscribers out.

A batch of frames is one bytes object, shared by all its subscribers. A slow subscriber has a bounded queue; when
it overflows, the queue is dropped and the subscriber reads the log at its own pace.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from streaming.pubsub import PubSub
from streaming.subscription import Batch, Clock, Subscription


class Hub:
    """Subscribers by channel, over one `PubSub`."""

    def __init__(self, url: str) -> None:
        self._subscribers: dict[str, set[Subscription]] = {}
        self._pubsub = PubSub(url, self._deliver, self._mark_gap)
        self._clock = Clock()
        self.closing = False

    async def start(self) -> None:
        """Connect to Redis."""
        await self._pubsub.start()

    async def stop(self) -> None:
        """Tell every subscriber that this process goes away, and disconnect."""
        self.close_all()
        await self._pubsub.stop()
        self._clock.stop()

    def close_all(self) -> None:
        """Tell every subscriber, present and future, that this process goes away."""
        self.closing = True
        for subscription in self.subscriptions():
            subscription.close()
        self._pubsub.release()

    @contextmanager
    def subscription(self, channel: str) -> Iterator[Subscription]:
        """A subscription for the length of a block; await `ready` before reading the log."""
        subscription = self.open(channel)
        try:
            yield subscription
        finally:
            self.close(subscription)

    def open(self, channel: str) -> Subscription:
        """A subscription that is to be closed by hand."""
        subscription = Subscription(channel, self._clock)
        subscription.closing = self.closing
        if channel not in self._subscribers:
            self._subscribers[channel] = set()
        self._subscribers[channel].add(subscription)
        return subscription

    def close(self, subscription: Subscription) -> None:
        """End a subscription."""
        others = self._subscribers[subscription.channel]
        others.discard(subscription)
        if not others:
            del self._subscribers[subscription.channel]
            self._pubsub.unsubscribe(subscription.channel)

    async def ready(self, channel: str) -> None:
        """Wait until the server confirmed that this process listens to a channel."""
        await self._pubsub.subscribe(channel)

    def subscriptions(self) -> list[Subscription]:
        """All subscriptions now."""
        return [each for others in self._subscribers.values() for each in others]

    def on(self, channel: str) -> frozenset[Subscription]:
        """The subscriptions of one channel now."""
        return frozenset(self._subscribers.get(channel, ()))

    def channels(self) -> list[str]:
        """The channels that have subscribers now."""
        return list(self._subscribers)

    def drop_connection(self) -> None:
        """Cut the connection to Redis as a network failure would; it is made anew."""
        self._pubsub.drop()

    def _deliver(self, channel: str, payload: bytes) -> None:
        subscribers = self._subscribers.get(channel)
        if subscribers:
            head, _, body = payload.partition(b"\n")
            batch = Batch(head, body)
            for subscription in subscribers:
                subscription.put(batch)

    def _mark_gap(self, channel: str) -> None:
        for subscription in self.on(channel):
            subscription.mark_gap()
