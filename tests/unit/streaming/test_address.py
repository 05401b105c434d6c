"""Where Redis is, from URLs and from clients."""

import pytest
import redis.asyncio as redis

from streaming.address import Address


@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost:6379/0",
        "redis://example.org:7000/3",
        "redis://:p%40ss@example.org/2",
        "redis://ann:secret@example.org:7001/1",
        "rediss://example.org/5",
        "unix:///tmp/valkey.sock?db=4&password=secret",
    ],
)
def test_a_url_means_what_it_means_to_a_client(url: str) -> None:
    assert Address.of_url(url) == Address.of_client(redis.Redis.from_url(url))


def test_who_connects_is_said_only_when_needed() -> None:
    assert Address.of_url("redis://h").authentication() == []
    assert Address.of_url("redis://:p%40ss@h").authentication() == [("AUTH", "p@ss")]
    assert Address.of_url("redis://ann:secret@h").authentication() == [("AUTH", "ann", "secret")]
