"""Questions that are asked at the same time share a call, and no answer is older than its question."""

import asyncio
from collections.abc import Sequence

import pytest

from streaming.together import Together


class Library:
    """Answers when it is let."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.gate = asyncio.Event()
        self.error: Exception | None = None

    async def ask(self, questions: Sequence[int]) -> dict[int, int]:
        self.calls.append(list(questions))
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return {question: 10 * question for question in questions}


async def _soon() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_comes_meanwhile_shares_the_next_call() -> None:
    library = Library()
    together: Together[int, int] = Together(library.ask, most=3)
    first = asyncio.create_task(together(1))
    await _soon()
    others = [asyncio.create_task(together(n)) for n in (1, 2, 2, 3, 4)]
    await _soon()
    library.gate.set()
    assert await first == 10
    assert await asyncio.gather(*others) == [10, 20, 20, 30, 40]
    assert library.calls == [[1], [1, 2, 3], [4]]
    assert await together(5) == 50


async def test_an_error_reaches_all_who_asked_and_nobody_after_them() -> None:
    library = Library()
    library.error = LookupError("gone")
    library.gate.set()
    together: Together[int, int] = Together(library.ask, most=3)
    answers = await asyncio.gather(together(1), together(2), return_exceptions=True)
    assert all(isinstance(answer, LookupError) for answer in answers)
    library.error = None
    assert await together(1) == 10


async def test_one_who_leaves_takes_the_answer_from_nobody() -> None:
    library = Library()
    together: Together[int, int] = Together(library.ask, most=3)
    leaving, staying = asyncio.create_task(together(1)), asyncio.create_task(together(1))
    await _soon()
    leaving.cancel()
    await _soon()
    library.gate.set()
    assert await staying == 10
    with pytest.raises(asyncio.CancelledError):
        await leaving
