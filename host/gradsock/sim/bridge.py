"""The board process's side of its interpreter: one Node process per boot, blocking calls from it, events to it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import struct
import subprocess
import threading
from collections.abc import Awaitable, Callable
from typing import IO, Any

_log = logging.getLogger(__name__)

_HEADER = struct.Struct("<III")  # length of the JSON, length of the data, 1 when an answer is expected
_ANSWER = struct.Struct("<II")
_EIO = 5
_END_S = 5.0

Answer = tuple[object, bytes]
Call = Callable[[str, list[Any], bytes], Answer | Awaitable[Answer] | None]
Tell = Callable[[str, list[Any], bytes], None]


class Bridge:
    """One running interpreter.

    `call` serves its blocking calls, on a thread of this object; when it returns None, the interpreter waits for ever.
    `tell` gets in the event loop and in order what the interpreter only says, the signals of its watching thread
    ("watchdog", "stuck") and at last "ended".
    """

    def __init__(self, command: list[str], config: dict[str, Any], errors: IO[bytes], call: Call, tell: Tell) -> None:
        self._call = call
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._events: list[tuple[str, int, list[Any], bytes]] = []
        self._alive = True
        request_read, request_write = os.pipe()
        answer_read, answer_write = os.pipe()
        self._requests, self._answers = request_read, answer_write
        try:
            config = {**config, "request_fd": request_write, "answer_fd": answer_read}
            self._process = subprocess.Popen(
                [*command, json.dumps(config)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                pass_fds=(request_write, answer_read),
                bufsize=0,
            )
        except BaseException:
            os.close(request_read)
            os.close(answer_write)
            raise
        finally:
            os.close(request_write)
            os.close(answer_read)
        assert self._process.stdin is not None and self._process.stdout is not None
        self._bell, self._signals = self._process.stdin, self._process.stdout
        self._loop.add_reader(self._signals.fileno(), self._signalled)
        self._thread = threading.Thread(target=self._serve, name="interpreter calls", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        """The interpreter's process."""
        return self._process.pid

    def post(self, kind: str, args: list[Any], data: bytes = b"", number: int = 0) -> None:
        """Queues an event and rings; any thread may. `number` is what an answer will carry, 0 for none."""
        with self._lock:
            self._events.append((kind, number, args, bytes(data)))
        self._ring(b"e")

    def interrupt(self) -> None:
        """Ctrl-C."""
        self._ring(b"c")

    def _ring(self, byte: bytes) -> None:
        with contextlib.suppress(BrokenPipeError, ValueError):  # it has ended; "ended" is on its way
            self._bell.write(byte)

    async def end(self) -> None:
        """Ends the interpreter at once, wherever it is, as a power cut does."""
        self._alive = False
        self._process.kill()
        self._loop.remove_reader(self._signals.fileno())
        await asyncio.to_thread(self._process.wait, _END_S)
        await asyncio.to_thread(self._thread.join, _END_S)
        self._bell.close()
        self._signals.close()
        os.close(self._answers)

    def _signalled(self) -> None:
        signals = os.read(self._signals.fileno(), 64)
        if not signals:
            self._loop.remove_reader(self._signals.fileno())
        for signal in signals:
            self._say("watchdog" if signal == ord("w") else "stuck", [], b"")

    def _say(self, name: str, args: list[Any], data: bytes) -> None:
        if self._alive:
            self._tell(name, args, data)

    def _serve(self) -> None:
        try:
            while (header := self._read(_HEADER.size)) is not None:
                text_length, data_length, answered = _HEADER.unpack(header)
                body = self._read(text_length + data_length)
                if body is None:
                    break
                name, args = json.loads(body[:text_length])
                data = body[text_length:]
                if answered:
                    self._answer(name, args, data)
                else:
                    self._loop.call_soon_threadsafe(self._say, name, args, data)
        except (BrokenPipeError, RuntimeError):
            pass  # the interpreter was ended under our hands, or the event loop is closed
        finally:
            os.close(self._requests)
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._say, "ended", [], b"")

    def _read(self, size: int) -> bytes | None:
        """Exactly `size` bytes, or None at the end of the pipe."""
        data = os.read(self._requests, size)
        while 0 < len(data) < size:
            more = os.read(self._requests, size - len(data))
            if not more:
                return None
            data += more
        return data if len(data) == size else None

    def _answer(self, name: str, args: list[Any], data: bytes) -> None:
        errno, result, out = 0, None, b""
        try:
            answered = self._take_events() if name == "events" else self._call(name, args, data)
            if answered is None:
                return
            assert isinstance(answered, tuple)  # only in virtual time is an answer awaited
            result, out = answered
        except OSError as error:
            errno = error.errno or _EIO
        except Exception:
            _log.exception("the board's call %s%s failed", name, args)
            errno = _EIO
        text = json.dumps([errno, result]).encode()
        answer = _ANSWER.pack(len(text), len(out)) + text + out
        while answer:
            answer = answer[os.write(self._answers, answer) :]

    def _take_events(self) -> tuple[object, bytes]:
        with self._lock:
            events, self._events = self._events, []
        listed = [[kind, number, args, len(data)] for kind, number, args, data in events]
        return listed, b"".join(data for *_, data in events)
