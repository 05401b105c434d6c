"""The error tree. Below `api/` errors are facts with a stable code, not HTTP statuses."""

from errors.errors import (
    Conflict,
    DocumentError,
    Fenced,
    InvalidInput,
    LineFull,
    ModelBadResponse,
    ModelCut,
    ModelError,
    ModelRefused,
    ModelTimeout,
    ModelUnreachable,
    NotFound,
    SluiceError,
    TooLarge,
    Unavailable,
)

__all__ = [
    "Conflict",
    "DocumentError",
    "Fenced",
    "InvalidInput",
    "LineFull",
    "ModelBadResponse",
    "ModelCut",
    "ModelError",
    "ModelRefused",
    "ModelTimeout",
    "ModelUnreachable",
    "NotFound",
    "SluiceError",
    "TooLarge",
    "Unavailable",
]
