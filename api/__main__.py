"""Runs the API: `python -m api`. The address is `API_HOST` and `API_PORT`, so that what is checked is what listens."""

import logging
import sys
from contextlib import suppress
from socket import socket

import uvicorn
from fastapi import FastAPI

from api.clients import Clients
from api.main import create_app, read_settings
from api.middleware import Afterwards

CLOSING_MARGIN_SECONDS = 2
STARTUP_FAILURE = 3


class Server(uvicorn.Server):
    """uvicorn, which lets the streams say goodbye before it closes their connections."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Stop serving."""
        clients: Clients = self._app.state.clients
        clients.streams.close()
        await super().shutdown(sockets)


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
    app = create_app(settings)
    config = uvicorn.Config(
        Afterwards(app),
        host=settings.api_host,
        port=settings.api_port,
        proxy_headers=False,
        access_log=False,
        server_header=False,
        ws="none",
        log_config=None,
        timeout_graceful_shutdown=int(settings.shutdown_grace_seconds) + CLOSING_MARGIN_SECONDS,
    )
    server = Server(config, app)
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(STARTUP_FAILURE)


if __name__ == "__main__":
    main()
