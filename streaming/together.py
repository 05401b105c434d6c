"""Questions that are asked while an answer is on its way go out together with the next one."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from itertools import islice
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Together(Generic[K, V]):
    """Answers many questions with few calls: one is on its way at a time, and who waits meanwhile shares the next.

    Nobody gets an answer to a call that was sent before they asked.

    Args:
        ask: answers several different questions at once; what it raises, all of them raise.
        most: questions in one call.
    """

    def __init__(self, ask: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]], *, most: int) -> None:
        self._ask = ask
        self._most = most
        self._waiting: dict[K, asyncio.Future[V]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def __call__(self, question: K) -> V:
        """The answer to one question."""
        answer = self._waiting.get(question)
        if answer is None:
            answer = self._waiting[question] = asyncio.get_running_loop().create_future()
            if self._asking is None or self._asking.done():
                self._asking = asyncio.create_task(self._ask_all())
        return await asyncio.shield(answer)

    async def _ask_all(self) -> None:
        while self._waiting:
            questions = list(islice(self._waiting, self._most))
            asked = {question: self._waiting.pop(question) for question in questions}
            try:
                found = await self._ask(questions)
            except Exception as error:  # noqa: BLE001 - whoever asked is told
                for answer in asked.values():
                    answer.set_exception(error)
                    answer.exception()  # all who asked may have left
            else:
                for question, answer in asked.items():
                    answer.set_result(found[question])
            finally:
                for answer in asked.values():
                    answer.cancel()
