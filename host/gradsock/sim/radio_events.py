"""Events of the virtual board's radio, delivered one after the other to the interrupt handler on the board."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Protocol

from gradsock.sim.bridge import Call

CENTRAL_CONNECT = 1
CENTRAL_DISCONNECT = 2
GATTS_WRITE = 3
GATTS_READ_REQUEST = 4
GATTS_INDICATE_DONE = 20
MTU_EXCHANGED = 21
CONNECTION_UPDATE = 27
ENCRYPTION_UPDATE = 28
GET_SECRET = 29
SET_SECRET = 30
PASSKEY_ACTION = 31

KIND = "ble"
# An ATT transaction is given up after 30 s (Core Vol 3, Part F, 3.3.3): no peer waits longer for a handler.
ANSWER_TIMEOUT_S = 30.0


class BoardPort(Protocol):
    """What the radio needs of the board it sits on (see `gradsock.sim.board`)."""

    def register(self, prefix: str, call: Call) -> None:
        """Serve the interpreter's blocking calls named `prefix...`; `call` runs on a thread of its own.

        On a board in virtual time (`conducted`) it runs in the event loop, and may return an awaitable.
        """

    async def ask(self, kind: str, args: list[object], data: bytes, timeout_s: float) -> int | None:
        """Run the interpreter's handler for `kind` and return its answer; None when there is none in time."""

    def on_boot(self, hook: Callable[[], None]) -> None:
        """Call `hook` whenever the interpreter is about to start anew."""


class Events:
    """Delivers events in their order: the next one only when the handler has returned from the one before."""

    def __init__(self, board: BoardPort) -> None:
        self._board = board
        self._queue: asyncio.Queue[tuple[list[object], bytes, asyncio.Future[int | None]]] = asyncio.Queue()
        self._pump: asyncio.Task[None] | None = None
        self._running = False

    def start(self) -> None:
        """Begin to deliver."""
        self._running = True
        self._pump = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End; what was not delivered is answered with None."""
        self._running = False  # a cancellation that meets an answer is lost (asyncio.wait_for before Python 3.12)
        if self._pump is not None:
            self._pump.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._pump
            self._pump = None
        self.drop()

    def drop(self) -> None:
        """Forget what has not been delivered: the interpreter it was meant for is gone."""
        while not self._queue.empty():
            *_, answer = self._queue.get_nowait()
            if not answer.done():
                answer.set_result(None)

    def put(self, event: int, *numbers: int, data: bytes = b"") -> asyncio.Future[int | None]:
        """Queue an event; the future is done with the handler's answer when the handler has returned."""
        answer: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait(([event, *numbers], data, answer))
        return answer

    async def _run(self) -> None:
        while self._running:
            args, data, answer = await self._queue.get()
            try:
                result = await self._board.ask(KIND, args, data, ANSWER_TIMEOUT_S)
            except asyncio.CancelledError:
                answer.cancel()
                raise
            except Exception:  # the board went away in the middle: as if there were no handler
                result = None
            if not answer.done():
                answer.set_result(result)
