"""The one `Settings` class. Its field names, in capitals, are the names of the environment variables."""

from enum import StrEnum
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit, urlunsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Names = Annotated[tuple[str, ...], NoDecode]
"""Several names in one variable, separated by commas."""

LOOPBACK = ("127.0.0.0/8", "::1/128")


class AuthMode(StrEnum):
    """How a caller is known. `open`: one local user. `proxy`: a name given by a trusted proxy."""

    OPEN = "open"
    PROXY = "proxy"


class Settings(BaseSettings):
    """All settings with their defaults. Durations are seconds, sizes are bytes unless the name says otherwise."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", frozen=True
    )

    # Where things listen and live
    api_host: str = "127.0.0.1"
    api_port: int = Field(8000, ge=0, le=65535)
    flower_port: int = Field(5555, ge=0, le=65535)
    flower_host: str = "127.0.0.1"
    flower_basic_auth: SecretStr | None = Field(None, description="`user:password` that Flower asks for")
    data_dir: Path = Path("./data")
    database_url: str | None = Field(None, description="PostgreSQL with pgvector; embedded when not given")
    redis_url: str | None = Field(None, description="Redis or Valkey; embedded when not given")
    broker_url: str | None = Field(None, description="Celery's Redis database; the one after REDIS_URL's by default")
    database_pool_size: int = Field(10, ge=2, description="connections per process, at most")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    # The line
    max_concurrent_chat_and_research: int = Field(2, ge=1, le=256)
    ingest_concurrency: int = Field(2, ge=1, le=256)
    ingest_takes_slot: bool = Field(False, description="documents wait in the same line, for small machines")
    max_waiting: int | None = Field(None, ge=1)
    max_waiting_per_user: int | None = Field(None, ge=1)
    max_active_per_user: int | None = Field(None, ge=1)
    max_attempts: int = Field(3, ge=1)
    lease_seconds: float = Field(3.0, gt=0.5)
    lease_renewal_seconds: float = Field(1.0, gt=0)

    # The model
    llm_base_url: str | None = Field(None, description="an OpenAI-compatible server; without one, answers are quotes")
    llm_api_key: SecretStr | None = None
    llm_model: str | None = None
    llm_continues: Literal["off", "vllm", "prefill", "prefix"] = Field(
        "off", description="how the server goes on from text that it is given, if it can"
    )
    llm_context_tokens: int = Field(8192, ge=512)
    llm_answer_tokens: int = Field(1024, ge=16, description="kept free for the answer within the context")
    llm_first_token_timeout: float = Field(300.0, gt=0)
    llm_idle_timeout: float = Field(60.0, gt=0)
    embedding_model: str | None = None
    embedding_base_url: str | None = Field(None, description="LLM_BASE_URL when not given")
    searxng_url: str | None = None

    # Streams
    stream_retention: float = Field(86_400, gt=0)
    stream_log_max_bytes: int = Field(4 * 1024 * 1024, ge=16_384)
    stream_ping_seconds: float = Field(15.0, gt=0, le=15)
    max_streams: int = Field(10_000, ge=1, description="open streams of one API process")
    max_streams_per_user: int = Field(1_000, ge=1, description="of one person at one API process; not in open mode")

    # Who is calling, and how much they may send
    auth_mode: AuthMode = AuthMode.OPEN
    allow_open_network: bool = False
    allowed_hosts: Names = ()
    trusted_proxies: Names = LOOPBACK
    admin_users: Names = ()
    max_body_bytes: int = Field(1024 * 1024, ge=1024)
    max_upload_bytes: int = Field(100 * 1024 * 1024, ge=1024)
    max_message_chars: int = Field(32_000, ge=1)
    shutdown_grace_seconds: float = Field(5.0, gt=0)

    # Reading documents, which may be hostile
    ingest_time_limit: float = Field(300.0, gt=0)
    ingest_memory_limit_bytes: int = Field(2 * 1024**3, ge=128 * 1024**2)

    @field_validator("trusted_proxies", "admin_users", "allowed_hosts", mode="before")
    @classmethod
    def _split_names(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(name.strip() for name in value.split(",") if name.strip())
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _check_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ip_network(network, strict=False)
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.llm_base_url and not self.llm_model:
            raise ValueError("LLM_MODEL must name the model when LLM_BASE_URL is set")
        if self.redis_url and self.redis_url.startswith("unix:") and self.broker_url is None:
            raise ValueError("BROKER_URL must be given too when REDIS_URL is a Unix socket")
        if self.lease_renewal_seconds > self.lease_seconds / 2:
            raise ValueError("LEASE_RENEWAL_SECONDS must be at most half of LEASE_SECONDS")
        if self.llm_answer_tokens >= self.llm_context_tokens:
            raise ValueError("LLM_ANSWER_TOKENS must be below LLM_CONTEXT_TOKENS")
        return self

    @cached_property
    def proxy_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """`TRUSTED_PROXIES`, parsed."""
        return tuple(ip_network(name, strict=False) for name in self.trusted_proxies)

    @property
    def kinds_with_slot(self) -> tuple[str, ...]:
        """The kinds of tasks that stand in the waiting line and take a slot."""
        return ("chat", "research", "ingest") if self.ingest_takes_slot else ("chat", "research")

    @property
    def sqlalchemy_url(self) -> str:
        """`DATABASE_URL` for SQLAlchemy with psycopg, whatever scheme it was written with."""
        if self.database_url is None:
            raise ValueError("DATABASE_URL is not set; `make up` sets it for the embedded database")
        scheme, separator, rest = self.database_url.partition("://")
        if scheme in ("postgres", "postgresql"):
            scheme = "postgresql+psycopg"
        return scheme + separator + rest

    @property
    def application_redis_url(self) -> str:
        """The Redis database of logs and channels."""
        if self.redis_url is None:
            raise ValueError("REDIS_URL is not set; `make up` sets it for the embedded server")
        return self.redis_url

    @property
    def celery_broker_url(self) -> str:
        """The Redis database of Celery: `BROKER_URL`, else the one after the application's."""
        if self.broker_url is not None:
            return self.broker_url
        parts = urlsplit(self.application_redis_url)
        number = int(parts.path.lstrip("/") or 0)
        return urlunsplit(parts._replace(path=f"/{number + 1}"))
