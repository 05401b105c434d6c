"""What happens around every request. Pure ASGI, so that streams and disconnects pass through untouched."""

from api.middleware.afterwards import Afterwards
from api.middleware.body_limit import BodyLimit
from api.middleware.boundary import ErrorBoundary
from api.middleware.guard import Guard
from api.middleware.headers import SecurityHeaders

__all__ = ["Afterwards", "BodyLimit", "ErrorBoundary", "Guard", "SecurityHeaders"]
