"""A virtual board within a virtual world; what `gradsock.sim.launch.VirtualBoard` is at speed 1."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any, Self

from gradsock.errors import SimError
from gradsock.sim.board import Board
from gradsock.sim.commands import Commands, random_static_address, worn_sock
from gradsock.sim.inside_air import InsideAir
from gradsock.sim.radio import Radio


class InsideBoard:
    """One board on its folder, flashed before: virtual time has no serial port."""

    def __init__(
        self,
        folder: Path,
        *,
        hci: str | None = None,
        leg: str | None = None,
        seed: int = 0,
        events: asyncio.Queue[dict[str, Any]] | None = None,
        drift_ppm: float = 0.0,
    ) -> None:
        """hci: the air it is on; without it, one of its own. events: gets what the board tells by itself."""
        self.folder = folder
        self.bluetooth_address = random_static_address(folder)
        self.events: asyncio.Queue[dict[str, Any]] = events or asyncio.Queue()
        analog = worn_sock(leg, seed) if leg else None
        self.board = Board(folder, analog=analog, seed=seed, told=self.events.put_nowait, drift_ppm=drift_ppm)
        self.ended = False
        self._hci = hci
        self._commands = Commands(self.board)
        self._stack = contextlib.AsyncExitStack()

    @property
    def pid(self) -> int:
        """The process of its interpreter, of this boot."""
        return self.board.pid

    async def __aenter__(self) -> Self:
        try:
            hci = self._hci or (await self._stack.enter_async_context(InsideAir())).hci
            radio = Radio(self.board, hci, self.bluetooth_address)
            await radio.start()
            self._stack.push_async_callback(radio.stop)
            self._stack.push_async_callback(self.board.stop)
            await self.board.start()
            await self.board.up()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """End the board."""
        if not self.ended:
            self.ended = True
            await self._stack.aclose()

    async def command(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Have the board do something (`gradsock.sim.commands`); SimError with its reason when it does not."""
        if self.ended:
            raise SimError("the board has ended: start it again")
        answer = await self._commands.run(json.dumps({"do": do, **arguments}))
        if "error" in answer:
            raise SimError(answer["error"])
        return answer
