"""Asking the model for a text, or for the rest of one."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from assistant.context import estimate_tokens, room_for_answer
from errors import ModelBadResponse, ModelRefused
from llm.engine import Engine, Message, Piece

LEAST_REST = 64
"""Tokens that the rest of a text gets, however long its beginning is."""


async def ask(
    engine: Engine,
    messages: Sequence[Message],
    partial: str = "",
    *,
    context_tokens: int,
    answer_tokens: int,
    model: str | None = None,
) -> AsyncGenerator[Piece, None]:
    """The model's whole text, piece by piece.

    Args:
        engine: the model.
        messages: what it is asked.
        partial: how an earlier text began. If the engine can continue, the text begins with it, in one piece, as soon
            as the model goes on; if the server then refuses, or the model writes no text, a new text is asked for.
        context_tokens: what the model can hold.
        answer_tokens: how much of it is kept free for the text.
        model: another model than the engine's own.

    Raises:
        ModelError: the model server did not give a text.
    """
    if partial and engine.continues:
        begun = False
        limit = max(LEAST_REST, answer_tokens - estimate_tokens(partial))
        try:
            asked = [*messages, Message("assistant", partial)]
            room = room_for_answer(asked, context_tokens, limit)
            async with aclosing(engine.stream(asked, model=model, max_tokens=room)) as rest:
                async for piece in rest:
                    if piece.channel == "text" and not begun:
                        begun = True
                        yield Piece(partial)
                    yield piece
        except (ModelRefused, ModelBadResponse):
            if begun:
                raise
        else:
            if not begun:
                yield Piece(partial)
            return
    room = room_for_answer(messages, context_tokens, answer_tokens)
    async with aclosing(engine.stream(messages, model=model, max_tokens=room)) as pieces:
        async for piece in pieces:
            yield piece
