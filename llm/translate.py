"""From what the SDK, the HTTP client and the server say to the errors that Sluice knows."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx2
import openai

from errors import ModelBadResponse, ModelCut, ModelError, ModelRefused, ModelTimeout, ModelUnreachable
from llm.mending import mended

WORDS_LIMIT = 300
"""Characters kept of what a server says."""

KEYS = re.compile(r"\b(?:sk|gsk|hf|key)[-_][\w-]{8,}|(?<=Bearer )\S+")

CONNECTING = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.LocalProtocolError,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.InvalidURL,
)


@contextmanager
def translated(*, server: str, secret: str) -> Iterator[None]:
    """Turn every foreign error of the block into a `ModelError`.

    Args:
        server: the model server's address, for the sentence.
        secret: the API key, which no sentence may hold.
    """
    try:
        yield
    except openai.APIStatusError as error:
        raise refused(error.body, status=error.status_code, secret=secret) from error
    except openai.APIConnectionError as error:
        raise _lost(error.__cause__, server) from error
    except openai.APIError as error:
        raise refused(error.body or error.message, secret=secret) from error
    except (httpx2.TransportError, httpx2.InvalidURL) as error:
        raise _lost(error, server) from error
    except httpx2.TooManyRedirects as error:
        raise ModelBadResponse(f"The model server at {server} only redirects.") from error
    except (httpx2.DecodingError, UnicodeError, ValueError) as error:
        raise ModelBadResponse(f"The model server at {server} sent something that cannot be read.") from error


def _lost(cause: BaseException | None, server: str) -> ModelError:
    if isinstance(cause, CONNECTING):
        return ModelUnreachable(f"The model server at {server} cannot be reached.")
    if isinstance(cause, httpx2.TimeoutException):
        return ModelTimeout(f"The model server at {server} did not answer in time.")
    return ModelCut("The connection to the model server was lost before the answer was complete.")


def refused(body: object, *, status: int | None = None, secret: str) -> ModelRefused:
    """The error for what a server refused, in its own words where it gave any."""
    said = words(body, secret)
    what = "The model server refused the request" + (f" (HTTP {status})" if status else "")
    return ModelRefused(f"{what}: {said}" if said else f"{what}.")


def words(body: object, secret: str) -> str:
    """What a server says in an error body: one line, shortened and mended, without the API key and without HTML."""
    if isinstance(body, Mapping):
        for name in ("message", "detail", "error", "msg"):
            if body.get(name):
                return words(body[name], secret)
        return ""
    if isinstance(body, list):
        return words(body[0], secret) if body else ""
    said = mended(" ".join(str(body or "").split()))
    if said.startswith("<"):
        return ""
    if len(secret) > 3:
        said = said.replace(secret, "…")
    said = KEYS.sub("…", said)
    return said if len(said) <= WORDS_LIMIT else said[: WORDS_LIMIT - 1] + "…"
