"""What the board process asks of its interpreter and waits for: what a handler returns, the heap, the end of a job."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any, Protocol

from gradsock.errors import SimError


class Asked(Protocol):
    """An interpreter, as far as it is asked."""

    def post(self, kind: str, args: list[Any], data: bytes = b"", number: int = 0) -> None:
        """Send it an event; `number` is what its answer will carry."""


class Asking:
    """Numbers what is asked, and finds out who waits for an answer."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[int | None]] = {}
        self._jobs: dict[int, asyncio.Future[int] | None] = {}  # None: the REPL hears of its end

    async def ask(self, whom: Asked, kind: str, args: list[Any], data: bytes, timeout_s: float) -> int | None:
        """Send an event and wait for what its handler returns; None when there is none, or none in time."""
        number = next(self._numbers)
        answer: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        whom.post(kind, args, data, number)
        try:
            return await asyncio.wait_for(answer, timeout_s)
        except (TimeoutError, asyncio.CancelledError):
            if (task := asyncio.current_task()) and task.cancelling():
                raise
            return None
        finally:
            self._answers.pop(number, None)

    async def heap(self, whom: Asked, timeout_s: float) -> int:
        """Bytes in use after a collection, as soon as its program waits; SimError when it does not."""
        waiting: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        number = next(self._numbers)
        self._jobs[number] = waiting
        whom.post("heap", [], b"", number)
        try:
            return await asyncio.wait_for(waiting, timeout_s)
        except TimeoutError:
            raise SimError("the board is busy: its heap is measured when its program waits") from None

    def job(self, whom: Asked, kind: str, name: str, data: bytes) -> None:
        """Have it run something for the REPL."""
        number = next(self._numbers)
        self._jobs[number] = None
        whom.post("job", [kind, name], data, number)

    def answered(self, number: int, value: int | None) -> None:
        """A handler has returned."""
        answer = self._answers.get(number)
        if answer and not answer.done():
            answer.set_result(value)

    def ended(self, number: int, status: int) -> bool:
        """A job is over, or the heap is measured: True when it is the REPL that waited for it."""
        if number not in self._jobs:
            return False
        waiting = self._jobs.pop(number)
        if waiting is not None and not waiting.done():
            waiting.set_result(status)
        return waiting is None

    def forget(self) -> None:
        """The interpreter is gone: nobody gets an answer any more."""
        for waiting in [*self._answers.values(), *self._jobs.values()]:
            if waiting and not waiting.done():
                waiting.cancel()
        self._answers.clear()
        self._jobs.clear()
