"""Embedder against the fake server."""

import pytest

from errors import ModelBadResponse, ModelRefused, ModelTimeout, ModelUnreachable
from llm.embeddings import BATCH_TEXTS, Embedder
from llm.openai_engine import build_client
from tests.upstream import Upstream


def build(url: str, timeout: float = 5.0) -> Embedder:
    return Embedder(build_client(url, "k"), "fake-embedding", server=url, secret="k", timeout=timeout)


async def test_vectors_come_in_the_order_of_the_texts_over_several_batches(upstream: Upstream) -> None:
    embedder = build(upstream.url)
    texts = [f"text number {n}" for n in range(BATCH_TEXTS * 2 + 3)]
    vectors = await embedder.embed(texts)
    assert len(vectors) == len(texts)
    assert [len(batch) for batch in upstream.embedded] == [BATCH_TEXTS, BATCH_TEXTS, 3]
    assert vectors[70] == (await embedder.embed([texts[70]]))[0]
    assert embedder.dimensions == 8
    await embedder.close()


async def test_nothing_to_embed_asks_nobody(upstream: Upstream) -> None:
    assert await build(upstream.url).embed([]) == []
    assert upstream.embedded == []


async def test_other_dimensions_than_before_are_refused(upstream: Upstream) -> None:
    embedder = build(upstream.url)
    await embedder.embed(["one"])
    upstream.behave(dimensions=9)
    with pytest.raises(ModelBadResponse, match="9 dimensions where it gave 8"):
        await embedder.embed(["two"])


@pytest.mark.parametrize("nonsense", ["html", "empty", "no_choices", "broken_json"])
async def test_nonsense_is_a_bad_response(upstream: Upstream, nonsense: str) -> None:
    upstream.behave(nonsense=nonsense)
    with pytest.raises(ModelBadResponse):
        await build(upstream.url).embed(["one"])


async def test_refusal_silence_and_absence(upstream: Upstream) -> None:
    upstream.behave(status=401, error="bad key")
    with pytest.raises(ModelRefused, match=r"HTTP 401.*bad key"):
        await build(upstream.url).embed(["one"])
    upstream.behave(delay=600)
    with pytest.raises(ModelTimeout):
        await build(upstream.url, timeout=0.2).embed(["one"])
    with pytest.raises(ModelUnreachable):
        await build("http://127.0.0.1:9/v1").embed(["one"])
