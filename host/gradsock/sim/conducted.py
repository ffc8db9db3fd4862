"""An interpreter in virtual time: the same Node process as `gradsock.sim.bridge` starts, run by the conductor.

There are no threads: while the interpreter runs, this process waits for what it asks; while it rests, the world goes
on. Every message carries the virtual time of its sender, every answer the horizon up to which the interpreter may go
on by itself (`boards/sim/virtual-clock.mjs`).
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import select
import struct
import subprocess
from collections.abc import Awaitable, Callable
from typing import IO, Any

from gradsock.sim.bridge import Call, Tell
from gradsock.sim.conductor import Conductor

_log = logging.getLogger(__name__)

_HEADER = struct.Struct("<III")  # length of the JSON, length of the data, 1 when an answer is expected
_ANSWER = struct.Struct("<II")
_EIO = 5
_PIPE_BYTES = 1 << 16
_HANG_MS = 60_000  # of real time: a program that calls nothing at all
_INSIDE = ("fs", "adc", "random")  # calls that nobody else in the world can notice

_Answer = tuple[int, object, bytes]


class ConductedBridge:
    """One running interpreter; what it offers is what `bridge.Bridge` does.

    `call` may also return an awaitable; until that is done the interpreter stands still. `cost_us()` is how long the
    calls since it was last asked keep a real board busy.
    """

    def __init__(
        self,
        conductor: Conductor,
        command: list[str],
        config: dict[str, Any],
        errors: IO[bytes],
        call: Call,
        tell: Tell,
    ) -> None:
        self._conductor = conductor
        self._call = call
        self._tell = tell
        self.cost_us: Callable[[], int] = lambda: 0
        self._events: list[tuple[str, int, list[Any], bytes]] = []
        self._rung = 0
        self._alive = True
        self._armed = False
        self._answer: _Answer | None = None  # due at wake_us
        self._wakeable = False
        self._horizon_us = 0
        self._kept = b""
        self._waiting: asyncio.Task[None] | None = None
        requests, theirs = os.pipe()
        answers, ours = os.pipe()
        self._requests, self._answers = requests, ours
        config = {**config, "request_fd": theirs, "answer_fd": answers, "virtual_us": conductor.utc_us()}
        try:
            self._process = subprocess.Popen(
                [*command, json.dumps(config)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                pass_fds=(theirs, answers),
            )
        except BaseException:
            os.close(requests)
            os.close(ours)
            raise
        finally:
            os.close(theirs)
            os.close(answers)
        self._poll = select.poll()
        self._poll.register(requests, select.POLLIN)
        self.wake_us: int | None = conductor.now_us
        conductor.join(self)

    @property
    def pid(self) -> int:
        """The interpreter's process."""
        return self._process.pid

    def post(self, kind: str, args: list[Any], data: bytes = b"", number: int = 0) -> None:
        """Queues an event and wakes the interpreter if it waits. `number` is what an answer will carry, 0 for none."""
        self._events.append((kind, number, args, bytes(data)))
        self._rung += 1
        if self._wakeable:
            self.wake_us = self._conductor.now_us

    def interrupt(self) -> None:
        """Ctrl-C; nobody sits at a keyboard in virtual time."""

    async def end(self) -> None:
        """Ends the interpreter at once, as a power cut does."""
        self._leave()
        if self._waiting is not None:
            self._waiting.cancel()
        self._process.kill()
        self._process.wait()
        assert self._process.stdin is not None
        self._process.stdin.close()
        os.close(self._requests)
        os.close(self._answers)

    def _leave(self) -> None:
        self._alive = False
        self.wake_us = None
        self._conductor.leave(self)

    # What the conductor does

    def go(self, horizon_us: int) -> None:
        """Answers what was asked, and serves the interpreter until it rests again."""
        self.wake_us = None
        self._wakeable = False
        self._horizon_us = horizon_us
        answer, self._answer = self._answer, None
        if answer is not None and not self._send(answer):
            return
        while self._alive and self._serve():
            pass

    def _serve(self) -> bool:
        """Takes one message; whether the interpreter goes on after it."""
        header = self._read(_HEADER.size)
        if header is None:
            self._ended()
            return False
        text_length, data_length, answered = _HEADER.unpack(header)
        body = self._read(text_length + data_length)
        if body is None:
            self._ended()
            return False
        name, args, utc_us = json.loads(body[:text_length])
        self._conductor.reach(utc_us - self._conductor.start_utc_us)
        data = body[text_length:]
        if answered:
            return self._asked(name, args, data)
        if name == "armed":
            self._armed = True
        else:
            self._tell(name, args, data)
        return self._alive

    def _asked(self, name: str, args: list[Any], data: bytes) -> bool:
        if name == "park":
            self._rest((0, None, b""), None if args[0] is None else args[0] - self._conductor.start_utc_us)
            self._wakeable = args[1]
            if self._wakeable and self._events:
                self.wake_us = self._conductor.now_us
            return False
        if name == "events":
            return self._send(self._take_events())
        try:
            answer = self._call(name, args, data)
        except OSError as error:
            return self._done(name, (error.errno or _EIO, None, b""))
        except Exception:
            _log.exception("the board's call %s%s failed", name, args)
            return self._done(name, (_EIO, None, b""))
        if answer is None:
            return False  # the power is gone: it stands still until it is ended
        if isinstance(answer, Awaitable):
            self._waiting = asyncio.get_running_loop().create_task(self._wait(name, args, answer))
            return False
        return self._done(name, (0, *answer))

    async def _wait(self, name: str, args: list[Any], answer: Awaitable[tuple[object, bytes]]) -> None:
        try:
            result = await answer
        except OSError as error:
            self._rest((error.errno or _EIO, None, b""))
        except Exception:
            _log.exception("the board's call %s%s failed", name, args)
            self._rest((_EIO, None, b""))
        else:
            self._rest((0, *result))

    def _done(self, name: str, answer: _Answer) -> bool:
        """The call is answered when its time has passed, and after the world has looked at what it did."""
        until_us = self._conductor.now_us + self.cost_us()
        if name.partition(".")[0] in _INSIDE and until_us <= self._horizon_us:
            self._conductor.reach(until_us)
            return self._send(answer)
        self._rest(answer, until_us)
        return False

    def _rest(self, answer: _Answer, until_us: int | None = -1) -> None:
        """The interpreter waits for its answer, which it gets at that time (None: when something happens; now)."""
        if self._alive:
            self._answer = answer
            self.wake_us = self._conductor.now_us if until_us == -1 else until_us

    # Messages

    def _send(self, answer: _Answer) -> bool:
        errno, result, out = answer
        start_us = self._conductor.start_utc_us
        text = json.dumps(
            [errno, result, start_us + self._conductor.now_us, start_us + self._horizon_us, self._rung]
        ).encode()
        message = _ANSWER.pack(len(text), len(out)) + text + out
        try:
            while message:
                message = message[os.write(self._answers, message) :]
        except BrokenPipeError:
            self._ended()
        return self._alive

    def _read(self, size: int) -> bytes | None:
        """Exactly `size` bytes; None when the interpreter has ended."""
        while len(self._kept) < size:
            if not self._poll.poll(_HANG_MS):
                self._hangs()
                return None
            more = os.read(self._requests, _PIPE_BYTES)
            if not more:
                return None
            self._kept += more
        data, self._kept = self._kept[:size], self._kept[size:]
        return data

    def _hangs(self) -> None:
        """A program that calls nothing and never ends: what its watchdog is for."""
        self._leave()
        self._tell("watchdog" if self._armed else "stuck", [], b"")

    def _ended(self) -> None:
        if self._alive:
            self._leave()
            self._tell("ended", [], b"")

    def _take_events(self) -> _Answer:
        events, self._events = self._events, []
        listed = [[kind, number, args, len(data)] for kind, number, args, data in events]
        return 0, listed, b"".join(data for *_, data in events)
