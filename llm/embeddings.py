"""Turning texts into vectors, by an OpenAI-compatible server.

Whoever searches imports this module; the SDK is imported only once something is embedded.
"""

import asyncio
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from errors import ModelBadResponse, ModelTimeout

if TYPE_CHECKING:
    from openai import AsyncOpenAI

BATCH_TEXTS = 64
BATCH_CHARACTERS = 100_000
"""One request holds at most so many texts and about so many characters."""


class Embedder:
    """Embeds texts with one model; every vector it ever gives has the same number of dimensions.

    Args:
        client: see `llm.openai_engine.build_client`.
        model: the embedding model's name.
        server: the server's address, for error sentences.
        secret: the API key, which no error may hold.
        timeout: seconds for one batch.
    """

    def __init__(self, client: "AsyncOpenAI", model: str, *, server: str, secret: str, timeout: float) -> None:
        self.model = model
        self.dimensions: int | None = None
        self._client = client
        self._server = server
        self._secret = secret
        self._timeout = timeout

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector per text, in their order.

        Raises:
            ModelError: as an engine does; `ModelBadResponse` also for vectors of differing length.
        """
        vectors: list[list[float]] = []
        for batch in _batches(texts):
            vectors += await self._embed_batch(batch)
        return vectors

    async def close(self) -> None:
        """Close the client."""
        await self._client.close()

    async def _embed_batch(self, batch: list[str]) -> list[list[float]]:
        from llm.translate import translated

        try:
            with translated(server=self._server, secret=self._secret):
                async with asyncio.timeout(self._timeout):
                    # Not every server knows the SDK's default, base64.
                    answer: object = await self._client.embeddings.create(
                        model=self.model, input=batch, encoding_format="float"
                    )
        except TimeoutError as error:
            raise ModelTimeout(f"The embedding model did not answer within {self._timeout:g} seconds.") from error
        vectors = _vectors(answer, len(batch))
        for vector in vectors:
            self.dimensions = self.dimensions or len(vector)
            if len(vector) != self.dimensions:
                raise ModelBadResponse(
                    f"The embedding model gave {len(vector)} dimensions where it gave {self.dimensions} before."
                )
        return vectors


def _batches(texts: Sequence[str]) -> list[list[str]]:
    batches: list[list[str]] = []
    size = 0
    for text in texts:
        if not batches or len(batches[-1]) == BATCH_TEXTS or size + len(text) > BATCH_CHARACTERS:
            batches.append([])
            size = 0
        # Servers refuse an empty text, and with it its whole batch.
        batches[-1].append(text or " ")
        size += len(text)
    return batches


def _vectors(answer: object, count: int) -> list[list[float]]:
    try:
        items = list(answer.data)  # type: ignore[attr-defined]
        items.sort(key=lambda item: int(item.index))
        vectors = [[float(number) for number in item.embedding] for item in items]
    except (AttributeError, TypeError, ValueError) as error:
        raise ModelBadResponse("The embedding model's answer holds no vectors.") from error
    if len(vectors) != count:
        raise ModelBadResponse(f"The embedding model gave {len(vectors)} vectors for {count} texts.")
    if not all(vector and all(map(math.isfinite, vector)) for vector in vectors):
        raise ModelBadResponse("The embedding model gave a vector that is empty or not made of numbers.")
    return vectors
