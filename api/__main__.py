"""Runs the API: `python -m api`. The address is `API_HOST` and `API_PORT`, so that what is checked is what listens."""

import logging
import sys

import uvicorn

from api.main import create_app, read_settings

CLOSING_MARGIN_SECONDS = 2


def main() -> None:
    """Serve until told to stop.

    uvicorn must not rewrite the peer's address from `X-Forwarded-For`: whether a proxy is trusted depends on it.
    It must not write its own access lines either: they hold what people search for.
    """
    settings = read_settings()
    logging.basicConfig(
        level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)
    uvicorn.run(
        create_app(settings),
        host=settings.api_host,
        port=settings.api_port,
        proxy_headers=False,
        access_log=False,
        server_header=False,
        ws="none",
        log_config=None,
        timeout_graceful_shutdown=int(settings.shutdown_grace_seconds) + CLOSING_MARGIN_SECONDS,
    )


if __name__ == "__main__":
    main()
