"""What stands of an earlier attempt's text when a later one goes on from there."""

from collections.abc import AsyncGenerator, AsyncIterator, Collection
from contextlib import aclosing

from streaming.events import Answer, Citation, Delta, Reset

LEAST = 16
"""Characters; less than these are sooner written anew."""

GOES_ON = "The worker was lost or restarted; the answer goes on."
BEGINS_ANEW = "The worker was lost or restarted; the answer begins anew."
NOT_CONTINUED = "The model did not go on from the text so far; the answer begins anew."


def worth_keeping(text: str) -> str:
    """The part of `text` that a model can go on from, or nothing.

    Space at its end is left to the model: servers and chat templates trim it, and tokens begin with the space before
    a word, so with it there would be one too many at the seam.
    """
    kept = text.rstrip()
    return kept if len(kept) >= LEAST else ""


async def beyond(
    answer: AsyncIterator[Answer], kept: str, cited: Collection[int]
) -> AsyncGenerator[Answer | Reset, None]:
    """Of a whole answer, what comes after `kept`, which clients have already, with the citations numbered `cited`.

    When the answer turns out not to begin with `kept`, a reset to nothing comes first, and then all of it.
    """
    left = kept
    held: list[Citation] = []
    async with aclosing(answer) as events:  # type: ignore[type-var]
        async for event in events:
            if isinstance(event, Citation):
                held.append(event)
                if event.n not in cited:
                    yield event
            elif not (left and isinstance(event, Delta) and event.channel == "text"):
                yield event
            elif left.startswith(event.text):
                left = left.removeprefix(event.text)
            elif event.text.startswith(left):
                yield Delta(text=event.text.removeprefix(left))
                left = ""
            else:
                for each in _anew(kept.removesuffix(left) + event.text, held):
                    yield each
                left, cited = "", ()
    if left:
        for each in _anew(kept.removesuffix(left), held):
            yield each


def _anew(text: str, citations: list[Citation]) -> list[Answer | Reset]:
    deltas = [Delta(text=text)] if text else []
    return [Reset(keep=0, reason=NOT_CONTINUED), *deltas, *citations]
