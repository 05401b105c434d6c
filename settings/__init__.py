"""Every setting of the product, read once from the environment or `.env`."""

from settings.settings import AuthMode, Settings

__all__ = ["AuthMode", "Settings"]
