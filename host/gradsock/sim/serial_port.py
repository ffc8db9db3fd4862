"""The serial port of a virtual board: a TCP socket (`socket://`, as pyserial calls it) and a pseudo-terminal.

Two plugs of the same port: programs take the socket, which crosses machines and containers; `mpremote repl` and
terminal programs, which want a device, take the terminal.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import tty
from collections.abc import Callable

_KEPT_BYTES = 1 << 20  # for a program that reads slowly
_TERMINAL_KEPT_BYTES = 1 << 16
_READ_BYTES = 4096

Received = Callable[[bytes], None]


class SerialPort:
    """Both plugs. What no program reads is lost, as on a serial line."""

    def __init__(self, received: Received) -> None:
        self._socket = _Socket(received)
        self._terminal = _Terminal(received)

    @property
    def number(self) -> int:
        """The TCP port."""
        return self._socket.number

    @property
    def url(self) -> str:
        """What `mpremote connect` and pyserial take."""
        return f"socket://127.0.0.1:{self._socket.number}"

    @property
    def terminal(self) -> str:
        """The device for `mpremote repl` and terminal programs."""
        return self._terminal.path

    async def open(self, number: int = 0) -> None:
        """Listens on the loopback; 0 takes a free port. Raises OSError when the port is in use."""
        await self._socket.open(number)
        self._terminal.open()

    async def close(self) -> None:
        """Lets go of the port."""
        await self._socket.close()
        self._terminal.close()

    def write(self, data: bytes) -> None:
        """Sends to whoever listens."""
        self._socket.write(data)
        self._terminal.write(data)


class _Socket:
    """A TCP port that, like a serial device, one program at a time can open; the others are refused."""

    def __init__(self, received: Received) -> None:
        self._received = received
        self._server: asyncio.Server | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._serving: asyncio.Task[None] | None = None
        self._closed = False
        self.number = 0

    async def open(self, number: int) -> None:
        server = await asyncio.start_server(self._connected, "127.0.0.1", number)
        if self._closed:  # meanwhile
            server.close()
            return
        self._server = server
        self.number = server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        self._closed = True
        if self._server:
            self._server.close()
        if self._writer:
            await _hang_up(self._writer)
        if self._serving:  # it may be opening again: what it opens it closes
            await asyncio.wait({self._serving})

    def write(self, data: bytes) -> None:
        if self._writer and self._writer.transport.get_write_buffer_size() < _KEPT_BYTES:
            self._writer.write(data)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._writer or not self._server:
            writer.transport.abort()
            return
        self._writer, self._serving = writer, asyncio.current_task()
        self._server.close()  # who comes now is refused, as by a device that is open
        self._server = None
        try:
            while data := await reader.read(_READ_BYTES):
                _acknowledge(writer)
                self._received(data)
        except ConnectionError:
            pass
        finally:
            self._writer = None
            await _hang_up(writer)
            if not self._closed:
                await self.open(self.number)


async def _hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


def _acknowledge(writer: asyncio.StreamWriter) -> None:
    """Tells the sender at once that its bytes have come: pyserial waits for that (Nagle), and TCP takes its time."""
    if quick := getattr(socket, "TCP_QUICKACK", None):
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, quick, 1)


class _Terminal:
    """A pseudo-terminal; this process keeps both ends open, so that programs may come and go."""

    def __init__(self, received: Received) -> None:
        self._received = received
        self._ours = self._theirs = -1
        self._unsent = bytearray()
        self.path = ""

    def open(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self.path = os.ttyname(self._theirs)
        self._loop.add_reader(self._ours, self._readable)

    def close(self) -> None:
        if self._ours >= 0:
            self._loop.remove_reader(self._ours)
            self._loop.remove_writer(self._ours)
            os.close(self._ours)
            os.close(self._theirs)
            self._ours = self._theirs = -1

    def write(self, data: bytes) -> None:
        if self._ours < 0:
            return
        if len(self._unsent) + len(data) > _TERMINAL_KEPT_BYTES:
            self._unsent.clear()  # nobody reads
        self._unsent += data
        self._writable()

    def _writable(self) -> None:
        with contextlib.suppress(BlockingIOError):
            del self._unsent[: os.write(self._ours, self._unsent)]
        if self._unsent:
            self._loop.add_writer(self._ours, self._writable)
        else:
            self._loop.remove_writer(self._ours)

    def _readable(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._received(os.read(self._ours, _READ_BYTES))
