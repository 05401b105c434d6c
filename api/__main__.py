"""Runs the API: `python -m api`. The address is `API_HOST` and `API_PORT`, so that what is checked is what listens."""

import logging
import sys

import uvicorn
from pydantic import ValidationError

from api.identity import refuse_unsafe_start
from settings import Settings


def main() -> None:
    """Serve until told to stop.

    uvicorn must not rewrite the peer's address from `X-Forwarded-For`: whether a proxy is trusted depends on it.
    It must not write its own access lines either: they hold what people search for.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, each['loc'])).upper()}: {each['msg']}" for each in error.errors())
        sys.exit(f"Sluice does not start: {problems}")
    refuse_unsafe_start(settings)
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    uvicorn.run(
        "api.main:create_app",
        factory=True,
        host=settings.api_host,
        port=settings.api_port,
        proxy_headers=False,
        access_log=False,
        server_header=False,
        log_config=None,
        timeout_graceful_shutdown=int(settings.shutdown_grace_seconds) + 5,
    )


if __name__ == "__main__":
    main()
