"""Errors that Sluice itself knows. Foreign errors are translated into these once, at the edge."""


class SluiceError(Exception):
    """A fact that went wrong.

    `code` is stable and meant for programs; `message` is one sentence meant for people.
    """

    code = "internal_error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class NotFound(SluiceError):
    """It does not exist, or it is not the caller's: the two are never told apart."""

    code = "not_found"


class InvalidInput(SluiceError):
    """What was sent cannot be taken as it is."""

    code = "invalid_input"


class TooLarge(SluiceError):
    """What was sent is larger than a limit of the settings."""

    code = "too_large"


class Conflict(SluiceError):
    """The thing is no longer in a state that allows this."""

    code = "conflict"


class LineFull(SluiceError):
    """`MAX_WAITING` or `MAX_WAITING_PER_USER` is reached. `retry_after` is in seconds."""

    code = "line_full"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(SluiceError):
    """The database or Redis cannot be reached now."""

    code = "unavailable"


class Fenced(SluiceError):
    """This attempt no longer owns its task; whatever it still wants to write must not be written."""

    code = "fenced"


class DocumentError(SluiceError):
    """A document cannot be read. Codes: `unsupported_type`, `not_readable`, `no_text`, `too_slow`, `too_big`."""

    code = "not_readable"


class ModelError(SluiceError):
    """The model server did not give an answer."""

    code = "model_error"


class ModelUnreachable(ModelError):
    """No connection could be made."""

    code = "model_unreachable"


class ModelTimeout(ModelError):
    """The first token, or the next one, did not come in time."""

    code = "model_timeout"


class ModelCut(ModelError):
    """The connection ended before the answer did."""

    code = "model_cut"


class ModelBadResponse(ModelError):
    """What came is not what the protocol says."""

    code = "model_bad_response"


class ModelRefused(ModelError):
    """The server answered with an error: bad key, unknown model, rate limit, too long a context."""

    code = "model_refused"
