"""Engines and embedders as the settings say."""

from llm import build_embedder, build_engine
from settings import Settings


def settings(**values: object) -> Settings:
    return Settings(_env_file=None, **values)  # type: ignore[arg-type]


def test_without_a_server_there_is_no_engine() -> None:
    assert build_engine(settings()) is None
    assert build_embedder(settings(embedding_model="e")) is None


async def test_with_a_server_there_is_one() -> None:
    chosen = settings(llm_base_url="http://127.0.0.1:9/v1", llm_model="m", llm_api_key="k", embedding_model="e")
    engine, embedder = build_engine(chosen), build_embedder(chosen)
    assert engine is not None
    assert embedder is not None
    assert (engine.model, engine.continues, embedder.model) == ("m", False, "e")
    assert build_embedder(settings(llm_base_url="http://x/v1", llm_model="m")) is None
    await engine.close()
    await embedder.close()


async def test_whether_it_continues_is_a_setting() -> None:
    engine = build_engine(settings(llm_base_url="http://127.0.0.1:9/v1", llm_model="m", llm_continues="vllm"))
    assert engine is not None
    assert engine.continues is True
    await engine.close()
