"""The REPL that a virtual board speaks on its serial port.

The friendly REPL is MicroPython's own; the raw one (which programs use: ctrl-A, ctrl-B, ctrl-C, ctrl-D, raw paste) is
spoken here, as in MicroPython's shared/runtime/pyexec.c.
"""

from __future__ import annotations

from typing import Protocol

from gradsock.sim.serial_port import SerialPort

CTRL_A, CTRL_B, CTRL_C, CTRL_D, CTRL_E = 1, 2, 3, 4, 5

_RAW_BANNER = b"raw REPL; CTRL-B to exit\r\n"
_PASTE_WINDOW = 512  # bytes that may be on their way before the board asks for more
_TYPED_AHEAD = 4096  # what a board would keep of characters typed while it is busy

EXIT, FAILED = 2, 3  # how a job in the interpreter ended, boards/sim/_start.py


class Interpreter(Protocol):
    """What the REPL asks of the board. Each job is answered by one call of `Repl.done`."""

    def job(self, kind: str, name: str, data: bytes) -> None:
        """Has the interpreter run something: "file" (boot.py, main.py), "raw" source, "chars" typed, the "banner"."""

    def interrupt(self) -> None:
        """Ctrl-C."""

    def soft_reset(self) -> None:
        """Ends the interpreter and starts a fresh one, which calls `Repl.booted`."""


class Repl:
    """The state behind the serial port: what runs, what was typed, raw or friendly."""

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter
        self.port = SerialPort(self.typed)
        self._raw = False
        self._line = bytearray()  # of the raw REPL
        self._paste: bytearray | None = None
        self._typed = bytearray()  # not looked at yet
        self._job: str | None = "boot"  # what runs

    def powered(self) -> None:
        """A hard reset: the REPL is friendly again, and what was typed before is lost."""
        self._raw = False
        self._typed.clear()
        self.stopped()

    def stopped(self) -> None:
        """The interpreter is gone; until `booted` nothing is read."""
        self._line.clear()
        self._paste = None
        self._job = "boot"

    def interrupted(self) -> None:
        """What ran was ended by force after a ctrl-C."""
        mark = b"\x04" if self._job == "raw" else b""
        self.port.write(mark + b"Traceback (most recent call last):\r\nKeyboardInterrupt: \r\n" + mark)
        self.stopped()

    def booted(self, run_main: bool = True) -> None:
        """A fresh interpreter is up. `run_main` False: straight to the REPL, neither boot.py nor main.py is run."""
        if run_main:
            self._run("boot.py", "file", "boot.py")
        else:
            self._prompt()

    def done(self, status: int, error: bytes) -> None:
        """The job that ran has ended."""
        job, self._job = self._job, None
        if job == "raw":
            self.port.write(b"\x04" + error.replace(b"\n", b"\r\n") + b"\x04")
        if status == EXIT:
            self._soft_reset()
        elif job == "boot.py" and status != FAILED and not self._raw:
            self._run("main.py", "file", "main.py")
        elif job in ("boot.py", "main.py"):
            self._prompt()
        else:
            if job == "raw":
                self.port.write(b">")
            self._read()

    def typed(self, data: bytes) -> None:
        """Characters from the serial port."""
        if self._job is not None:  # busy: ctrl-C is heard at once, the rest waits
            if CTRL_C in data:
                self._interpreter.interrupt()
                data = data.replace(bytes([CTRL_C]), b"")
            data = data[: max(0, _TYPED_AHEAD - len(self._typed))]
        self._typed += data
        self._read()

    def _run(self, job: str, kind: str, name: str = "", data: bytes = b"") -> None:
        self._job = job
        self._interpreter.job(kind, name, data)

    def _prompt(self) -> None:
        if self._raw:
            self._job = None
            self.port.write(_RAW_BANNER + b">")
            self._read()
        else:
            self._run("banner", "banner")

    def _soft_reset(self) -> None:
        self.stopped()
        self.port.write(b"MPY: soft reboot\r\n")
        self._interpreter.soft_reset()

    def _read(self) -> None:
        while self._typed and self._job is None:
            if self._paste is not None:
                self._read_paste()
            elif self._raw:
                self._read_raw(self._typed.pop(0))
            elif self._typed[0] == CTRL_A:
                del self._typed[0]
                self._raw = True
                self._prompt()
            else:
                typed, mark, after = self._typed.partition(bytes([CTRL_A]))
                self._typed = bytearray(mark + after)
                self._run("chars", "chars", data=bytes(typed))

    def _read_raw(self, c: int) -> None:
        line = self._line
        if c == CTRL_A:
            if line == b"\x05A":
                line.clear()
                self._paste = bytearray()
                self.port.write(b"R\x01" + _PASTE_WINDOW.to_bytes(2, "little") + b"\x01")
            else:
                line.clear()
                self.port.write(_RAW_BANNER + b">")
        elif c == CTRL_B:
            line.clear()
            self._raw = False
            self.port.write(b"\r\n")
            self._prompt()
        elif c == CTRL_C:
            line.clear()
        elif c == CTRL_D:
            self.port.write(b"OK")
            source = bytes(line)
            line.clear()
            if source:
                self._run("raw", "raw", data=source)
            else:
                self.port.write(b"\r\n")
                self._soft_reset()
        else:
            line.append(c)

    def _read_paste(self) -> None:
        assert self._paste is not None
        data = bytes(self._typed)
        self._typed.clear()
        end = min((i for i in (data.find(b"\x03"), data.find(b"\x04")) if i >= 0), default=-1)
        taken = data if end < 0 else data[:end]
        windows = (len(self._paste) + len(taken)) // _PASTE_WINDOW - len(self._paste) // _PASTE_WINDOW
        self._paste += taken
        if windows:
            self.port.write(b"\x01" * windows)
        if end < 0:
            return
        self._typed += data[end + 1 :]
        source, self._paste = bytes(self._paste), None
        self.port.write(b"\x04")
        if data[end] == CTRL_D:
            self._run("raw", "raw", data=source)
        else:
            self.port.write(b"\x04\x04>")
