"""A process beside the one that serves, which reads whole recordings: live traces never wait for that."""

import asyncio
import contextlib
import itertools
import sys
from pathlib import Path

import msgspec

from gradsock.errors import LogError
from gradsock.view.web.digest import Done, Order

NOW, SOON, SOMETIME = 0, 1, 2
"""Somebody waits for it; somebody will want it; perhaps."""

Job = tuple[int, int, Order, "asyncio.Future[None]"]


class Maker:
    """Has things made, one after the other; what somebody waits for first, what is asked for twice once."""

    def __init__(self) -> None:
        self._jobs: asyncio.PriorityQueue[Job] = asyncio.PriorityQueue()
        self._wanted: dict[tuple[str, str, str | None], asyncio.Future[None]] = {}
        self._numbers = itertools.count()
        self._working: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None

    async def make(self, what: str, path: Path, folder: Path, prescription: str | None = None, *, when: int) -> None:
        """Return when it is made; LogError says why it cannot be."""
        await asyncio.shield(self.ask(what, path, folder, prescription, when=when))

    def ask(
        self, what: str, path: Path, folder: Path, prescription: str | None = None, *, when: int
    ) -> "asyncio.Future[None]":
        """The same, without waiting."""
        key = (what, str(folder), prescription)
        wanted = self._wanted.get(key)
        if wanted is None:
            wanted = self._wanted[key] = asyncio.get_running_loop().create_future()
            wanted.add_done_callback(lambda _: self._wanted.pop(key, None))
            wanted.add_done_callback(lambda done: done.cancelled() or done.exception())  # perhaps nobody waits
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        order = Order(what, str(path), str(folder), prescription)
        self._jobs.put_nowait((when, next(self._numbers), order, wanted))
        return wanted

    async def close(self) -> None:
        """End it, whatever it does."""
        if self._working is not None:
            self._working.cancel()
            await asyncio.gather(self._working, return_exceptions=True)
        for wanted in list(self._wanted.values()):
            wanted.cancel()

    async def _work(self) -> None:
        try:
            while True:
                _, _, order, wanted = await self._jobs.get()
                if wanted.done():
                    continue  # asked for again with more haste
                error = await self._make(order)
                if wanted.done():
                    continue
                if error:
                    wanted.set_exception(LogError(error))
                else:
                    wanted.set_result(None)
        finally:
            await self._end()

    async def _make(self, order: Order) -> str:
        process = self._process = self._process or await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "gradsock.view.web.digest"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdin is not None and process.stdout is not None
        with contextlib.suppress(ConnectionError):
            process.stdin.write(msgspec.json.encode(order) + b"\n")
            await process.stdin.drain()
        line = await process.stdout.readline()
        try:
            return msgspec.json.decode(line, type=Done).error
        except msgspec.DecodeError:
            await self._end()
            return f"reading {Path(order.path).stem} failed: look at it with gradsock logs verify"

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
