"""The body of a long answer, sent outside of everything that stood around its request."""

from typing import Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

AFTERWARDS = "sluice.afterwards"
"""Where in the scope a response leaves what is still to be sent."""


class Body(Protocol):
    """What is still to be sent after a head."""

    async def run(self, receive: Receive, send: Send) -> None:
        """Send it to its end, or until the client leaves."""
        ...

    def give_up(self) -> None:
        """It will not be sent."""
        ...


class Afterwards:
    """Stands around the whole application, and runs the body that a response left after all layers have returned.

    A stream stays open for hours, and each layer around it would keep its frames, wrappers and the request in memory
    for as long, and handle each of its pieces. They see the head, as of any other answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, then send what is left to send."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        left: list[Body] = []
        try:
            await self.app({**scope, AFTERWARDS: left}, receive, send)
        except BaseException:
            for body in left:
                body.give_up()
            raise
        if left:
            await left.pop().run(receive, send)
