"""A fake OpenAI-compatible model server that can be told to misbehave, and that counts."""

from tests.upstream.behaviour import Behaviour
from tests.upstream.log import Exchange
from tests.upstream.server import Upstream

__all__ = ["Behaviour", "Exchange", "Upstream"]
