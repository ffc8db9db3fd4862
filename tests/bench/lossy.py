"""A world in which everything fails that may: a virtual sock, a radio that is away at times and loses what it carries,
a host that is killed and comes back, a power that is cut. All in virtual time, and what really happened beside it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
from gradsock.errors import GradsockError
from gradsock.link import BlockReceived, InfoRead, LinkEvent
from gradsock.link.ble import BleLink
from gradsock.link.bumble import backend
from gradsock.link.events import BlockFetched
from gradsock.link.radio import Backend
from gradsock.link.reach import follow
from gradsock.link.reconnecting import Reconnecting
from gradsock.log.keeping import recorded
from gradsock.log.recorder import Recorder
from gradsock.sim.air_faults import Faults, FaultyLink
from gradsock.sim.inside import InsideBoard
from gradsock.sim.inside_air import InsideAir
from numpy.typing import NDArray
from sock.decoder import KIND_SAMPLES, kind_of, parse

CONVERSION = np.dtype([("t_us", "<u8"), ("address", "u1"), ("mux", "u1"), ("counts", "<i2"), ("config", "<u2")])
SCAN = (4, 5, 6, 7)  # inputs 0 to 3 against ground


class World:
    """A worn virtual sock and its air, ``air.faults`` being what the radio does; hosts come and go.

    folder: holds the flashed board. drift_ppm: how much the sock's clock is fast.
    """

    def __init__(
        self, folder: Path, logs: Path, *, scenario: str = "demo", seed: int = 1, drift_ppm: float = 0.0
    ) -> None:
        self.folder, self.logs = folder, logs
        self.air = FaultyLink(Faults(), seed)
        self._drift_ppm = drift_ppm
        self.name = ""  # of the sock, once it is known
        self._scenario, self._seed = scenario, seed
        self._inside = InsideAir(self.air)
        self.board: InsideBoard

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[World]:
        async with (
            self._inside as air,
            InsideBoard(
                self.folder, hci=air.hci, leg=self._scenario, seed=self._seed, drift_ppm=self._drift_ppm
            ) as self.board,
        ):
            yield self

    def link(self) -> BleLink:
        """A link over this world's radio."""
        scanner, client = backend(self._inside.hci)
        return BleLink(self.name, backend=Backend(scanner, client), remembered=False)

    async def outage(self, seconds: float) -> None:
        """The radio is away for so long."""
        self.air.fade()
        await asyncio.sleep(seconds)
        self.air.come_back()

    def host(self) -> Host:
        """A recording host, not yet started."""
        return Host(self)


class Host:
    """One run of `gradsock record`, without its screen."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.recorder = Recorder(world.logs, moniker="ble:")
        self.live_at_s: list[float] = []  # loop time of each live block
        self.arrived: list[tuple[int, int, int]] = []  # boot, ticks_ms of a block's last sample, UTC (us) of arrival
        self.fetched_bytes = self.fetched_entries = self.fetched_samples = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Record from now on."""
        self._task = asyncio.create_task(self._record())

    async def _record(self) -> None:
        sock = Reconnecting(self._world.link)
        keeping = recorded(sock, self.recorder, [self._note])
        while True:
            with contextlib.suppress(GradsockError):  # the sock is off: a person would start it again
                async with keeping.beside():
                    await follow(sock, self.recorder.take, keeping.take, self._note)
            sock = Reconnecting(self._world.link)
            keeping = recorded(sock, self.recorder, [self._note])

    def _note(self, event: LinkEvent) -> None:
        if isinstance(event, InfoRead):
            self._world.name = event.info.name
        if isinstance(event, BlockReceived):
            self.live_at_s.append(asyncio.get_running_loop().time())
            if kind_of(event.data) == KIND_SAMPLES:
                head = parse(event.data)[0]
                last_ms = head.ticks_ms + (head.count - 1) * head.period_ms
                self.arrived.append((head.boot, last_ms, event.t_utc_us))
        if isinstance(event, BlockFetched):
            self.fetched_bytes += len(event.data)
            self.fetched_entries += 1
            if kind_of(event.data) == KIND_SAMPLES:
                self.fetched_samples += parse(event.data)[0].count

    async def _end(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def stop(self) -> None:
        """As ctrl-C ends it."""
        await self._end()
        self.recorder.close()
        self.recorder.seal()

    async def kill(self) -> None:
        """As `kill -9` does: what was written is written, nothing is closed. Its link is gone as well."""
        await self._end()
        writer = self.recorder._writer
        if writer is not None:
            os.close(writer._file)
            writer._closed = True


def true_scans(folder: Path) -> tuple[NDArray[np.int64], NDArray[np.int16]]:
    """When (us) each whole scan began that the board's converter made, and its counts at the three sites."""
    found, starts = _scans(folder)
    counts = np.stack([found["counts"][starts + site] for site in range(3)], axis=1)
    return found["t_us"][starts].astype(np.int64), counts


def true_middles_us(folder: Path) -> NDArray[np.int64]:
    """The middle of each whole scan, which is what the sock dates a sample with."""
    found, starts = _scans(folder)
    return (found["t_us"][starts].astype(np.int64) + found["t_us"][starts + len(SCAN) - 1].astype(np.int64)) // 2


def _scans(folder: Path) -> tuple[NDArray[np.void], NDArray[np.intp]]:
    """All conversions, and at which of them a whole scan begins."""
    found = np.fromfile(folder / "conversions.bin", CONVERSION)
    mux = found["mux"]
    last = len(mux) - len(SCAN) + 1
    starts = np.flatnonzero(np.all([mux[at : last + at] == wanted for at, wanted in enumerate(SCAN)], axis=0))
    return found, starts
