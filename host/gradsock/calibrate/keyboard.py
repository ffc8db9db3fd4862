"""Typed answers while other things go on: a thread reads a line when one is asked for, whoever asked awaits it."""

import asyncio
import contextlib
import os
import sys
import textwrap
import threading
from typing import TextIO

from gradsock.errors import GradsockError

YES, NO = ("y", "yes"), ("n", "no")
WIDTH = 100
"""Of what is written where nobody's terminal says how wide it is."""


class Keyboard:
    """Asks on a terminal, or a pipe that types. What was not asked for is left to whoever reads next."""

    def __init__(self, reads: TextIO | None = None, writes: TextIO | None = None) -> None:
        self._reads = reads or sys.stdin
        self._writes = writes or sys.stdout
        self._reading: asyncio.Future[str] | None = None
        self._live = False  # an unfinished line stands on the terminal

    @property
    def alive(self) -> bool:
        """Whether somebody sees a line that changes."""
        return self._writes.isatty()

    def say(self, text: str = "") -> None:
        """One line, or several; those that are too wide go on in the next, indented as they are."""
        self._say(text, "\n")

    def show(self, text: str) -> None:
        """A line that takes the place of the one shown before; only where it can be seen changing."""
        if self.alive:
            self._live = True
            self._write("\r\x1b[K" + text[: self._width() - 1])

    async def ask(self, question: str, default: str = "") -> str:
        """What is typed behind it, without spaces around; an empty answer is the default. GradsockError at the end."""
        self._say(f"{question} [{default}]" if default else question, " ")
        line = await self._line()
        if not self._reads.isatty():
            self._write(line.rstrip("\n") + "\n")  # so that what a pipe typed can be read afterwards
        return line.strip() or default

    async def confirm(self, question: str, default: bool = True) -> bool:
        """Yes or no; asked again until it is one of them."""
        while True:
            answer = (await self.ask(f"{question} ({'Y/n' if default else 'y/N'})")).lower()
            if answer in YES or (not answer and default):
                return True
            if answer in NO or not answer:
                return False
            self.say("Please answer y or n.")

    async def number(self, question: str, default: float, low: float, high: float, unit: str) -> float:
        """A number between two limits; asked again until it is one."""
        while True:
            answer = await self.ask(f"{question}, in {unit}?", f"{default:g}")
            try:
                value = float(answer.replace(",", "."))
            except ValueError:
                value = low - 1
            if low <= value <= high:
                return value
            self.say(f"Please type a number from {low:g} to {high:g}.")

    async def one_of(self, question: str, choices: tuple[str, ...], default: str) -> str:
        """One of the choices, or an unambiguous beginning of one."""
        while True:
            answer = (await self.ask(f"{question} ({', '.join(choices)})", default)).lower()
            fitting = [choice for choice in choices if choice.startswith(answer)]
            if len(fitting) == 1 or answer in choices:
                return answer if answer in choices else fitting[0]
            self.say(f"Please type one of {', '.join(choices)}.")

    async def _line(self) -> str:
        if self._reading is None:
            self._reading = self._read()
        line = await asyncio.shield(self._reading)
        self._reading = None
        if not line:
            self._write("\n")
            raise GradsockError("nobody answers: call this again in a terminal; levels that were read are kept")
        return line

    def _read(self) -> "asyncio.Future[str]":
        """One line, read by a thread that does not keep the program from ending."""
        loop = asyncio.get_running_loop()
        line: asyncio.Future[str] = loop.create_future()

        def done(text: str) -> None:
            if not line.done():
                line.set_result(text)

        def read() -> None:
            text = self._reads.readline()
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any longer
                loop.call_soon_threadsafe(done, text)

        threading.Thread(target=read, name="keyboard", daemon=True).start()
        return line

    def _say(self, text: str, end: str) -> None:
        whole = "\n".join(_wrapped(line, self._width()) for line in text.split("\n"))
        self._write(("\r\x1b[K" if self._live else "") + whole + end)
        self._live = False

    def _write(self, text: str) -> None:
        self._writes.write(text)
        self._writes.flush()

    def _width(self) -> int:
        """Columns of the terminal; WIDTH where it is none, or does not say."""
        try:
            return os.get_terminal_size(self._writes.fileno()).columns or WIDTH
        except (OSError, ValueError):
            return WIDTH


def _wrapped(line: str, width: int) -> str:
    if len(line) <= width:
        return line
    indent = len(line) - len(line.lstrip(" -"))
    return textwrap.fill(line, width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False)
