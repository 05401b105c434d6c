"""Engines: models that answer, and models that embed.

The SDK takes a good part of a second to import, so it is imported only by those who build an engine.
"""

from typing import TYPE_CHECKING

from llm.engine import Engine, Message, Piece
from settings import Settings

if TYPE_CHECKING:
    from llm.embeddings import Embedder

__all__ = ["Engine", "Message", "Piece", "build_embedder", "build_engine", "load"]


def load(settings: Settings) -> None:
    """Import what an engine needs, where the settings name one: processes that are forked later share it."""
    if settings.llm_base_url is not None:
        import llm.openai_engine  # noqa: F401


def build_engine(settings: Settings) -> Engine | None:
    """The engine that the settings name, or None when they name no model server."""
    if settings.llm_base_url is None or settings.llm_model is None:
        return None
    from llm.openai_engine import OpenAIEngine

    return OpenAIEngine(
        settings.llm_base_url,
        settings.llm_model,
        api_key=_secret(settings),
        continuing=settings.llm_continues,
        first_token_timeout=settings.llm_first_token_timeout,
        idle_timeout=settings.llm_idle_timeout,
    )


def build_embedder(settings: Settings) -> "Embedder | None":
    """The embedder that the settings name, or None when they name no embedding model or no server for it."""
    server = settings.embedding_base_url or settings.llm_base_url
    if server is None or settings.embedding_model is None:
        return None
    from llm.embeddings import Embedder
    from llm.openai_engine import build_client

    secret = _secret(settings)
    return Embedder(
        build_client(server, secret),
        settings.embedding_model,
        server=server,
        secret=secret,
        timeout=settings.llm_first_token_timeout,
    )


def _secret(settings: Settings) -> str:
    return settings.llm_api_key.get_secret_value().strip() if settings.llm_api_key else ""
