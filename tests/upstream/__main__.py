"""`python -m tests.upstream --port 8099 --behave '{"tokens": 50, "rate": 25}'`: the server as a process."""

import argparse
import asyncio
import json
import signal

from tests.upstream import Behaviour, Upstream


async def serve(host: str, port: int, behaviour: Behaviour) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with Upstream(behaviour, host=host, port=port) as upstream:
        print(upstream.url, flush=True)
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.upstream", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one; the address is printed first")
    parser.add_argument("--behave", type=json.loads, default={}, help="fields of Behaviour as JSON")
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.host, arguments.port, Behaviour().changed(arguments.behave)))


if __name__ == "__main__":
    main()
