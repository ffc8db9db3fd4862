"""The clock of the simulated world, for everything that runs in Python."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """What every part of the simulation asks for the time and waits with, and nothing else."""

    def now_s(self) -> float:
        """Seconds since 1970 (UTC); never steps back."""

    async def sleep(self, seconds: float) -> None:
        """Lets `seconds` pass."""


class WallClock:
    """Speed 1: the machine's clock."""

    def __init__(self) -> None:
        self._origin_s = time.time() - time.monotonic()

    def now_s(self) -> float:
        """Seconds since 1970 (UTC); never steps back."""
        return self._origin_s + time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Lets `seconds` pass."""
        await asyncio.sleep(seconds)


class LoopClock:
    """The clock of the event loop, which began at an instant: virtual time."""

    def __init__(self, start_utc_us: int) -> None:
        self._start_s = start_utc_us / 1e6

    def now_s(self) -> float:
        """Seconds since 1970 (UTC); never steps back."""
        return self._start_s + asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Lets `seconds` pass."""
        await asyncio.sleep(seconds)
