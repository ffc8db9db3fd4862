"""Virtual boards for tests: in this process, with whatever world a test wants at their inputs."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from gradsock.sim.board import Board
from gradsock.sim.launch import VirtualAir, VirtualBoard

from tests.e2e.sock_bench import flashed, sock

HANG_S = 30.0  # no test waits for a time; this only ends one that hangs


class Serial:
    """A program at the serial port of a board, speaking the raw REPL as mpremote does."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    async def until(self, end: bytes) -> bytes:
        """What comes until and with `end`."""
        return await asyncio.wait_for(self._reader.readuntil(end), HANG_S)

    async def raw(self) -> None:
        """Interrupt what runs and get the raw REPL's prompt."""
        self.send(b"\r\x03\r\x01")
        await self.until(b"raw REPL; CTRL-B to exit\r\n>")

    async def run(self, source: str) -> tuple[str, str]:
        """What the source printed, and its traceback."""
        self.send(source.encode() + b"\x04")
        await self.until(b"OK")
        out = (await self.until(b"\x04"))[:-1]
        error = (await self.until(b"\x04"))[:-1]
        await self.until(b">")
        return out.decode().replace("\r\n", "\n"), error.decode().replace("\r\n", "\n")

    async def value(self, source: str) -> str:
        """What the source printed; it may not fail."""
        out, error = await self.run(source)
        assert not error, error
        return out.strip()


class Bench:
    """A board on the bench, with a program at its serial port."""

    def __init__(self, board: Board, told: asyncio.Queue[dict[str, Any]]) -> None:
        self.board = board
        self.told = told
        self.serial = Serial(board.repl.port.number)

    async def event(self, name: str) -> dict[str, Any]:
        """The next event of that name."""
        while True:
            event = await asyncio.wait_for(self.told.get(), HANG_S)
            if event["event"] == name:
                return event


MakeBench = Callable[..., Awaitable[Bench]]


@pytest.fixture
async def make_bench(tmp_path: Path) -> AsyncIterator[MakeBench]:
    """Makes boards that run in this process: `await make_bench(folder=..., analog=...)`."""
    made = contextlib.AsyncExitStack()
    numbers = itertools.count(1)

    async def make(folder: Path | None = None, **options: Any) -> Bench:
        told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        board = Board(folder or tmp_path / f"board-{next(numbers)}", told=told.put_nowait, **options)
        made.push_async_callback(board.stop)
        await board.start()
        bench = Bench(board, told)
        await bench.serial.open()
        made.push_async_callback(bench.serial.close)
        return bench

    async with made:
        yield make


@pytest.fixture
async def bench(make_bench: MakeBench) -> Bench:
    """A fresh board at the prompt of its raw REPL."""
    made = await make_bench()
    await made.serial.raw()
    return made


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a board that carries the firmware and lets everybody in."""
    return flashed(tmp_path_factory)


@pytest.fixture
async def air() -> AsyncIterator[VirtualAir]:
    """An air of its own process."""
    async with VirtualAir() as made:
        yield made


@pytest.fixture
async def board(image: Path, tmp_path: Path, air: VirtualAir) -> AsyncIterator[VirtualBoard]:
    """A running sock on that air."""
    async with sock(image, tmp_path / "board", air) as made:
        yield made
