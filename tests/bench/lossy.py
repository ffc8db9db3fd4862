"""A world in which everything fails that may: a virtual sock, a radio that is away at times and loses what it carries,
a host that is killed and comes back, a power that is cut. All in virtual time, and what really happened beside it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
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
from gradsock.log.keeping import Keeping
from gradsock.log.recorder import Recorder
from gradsock.sim.air_controller import AirController
from gradsock.sim.air_link import AirLink
from gradsock.sim.hci import InsideAir
from gradsock.sim.inside import InsideBoard
from numpy.typing import NDArray
from sock.decoder import KIND_SAMPLES, kind_of, parse

CONVERSION = np.dtype([("t_us", "<u8"), ("address", "u1"), ("mux", "u1"), ("counts", "<i2"), ("config", "<u2")])
SCAN = (4, 5, 6, 7)  # inputs 0 to 3 against ground


@dataclass
class Radio:
    """What the host's radio does above its link layer, as bad adapters do: shares of notifications lost and doubled."""

    lost: float = 0.0
    doubled: float = 0.0
    random: random.Random = field(default_factory=lambda: random.Random(1))

    def through(self, deliver: Callable[..., None]) -> Callable[..., None]:
        """The same callback behind this radio."""

        def delivered(*arguments: object) -> None:
            if self.random.random() < self.lost:
                return
            deliver(*arguments)
            if self.random.random() < self.doubled:
                deliver(*arguments)

        return delivered


class FadingAir(AirLink):
    """An air that carries nothing while it is ``away``."""

    away = False

    def advertise(self, sender: AirController) -> None:
        if not self.away:
            super().advertise(sender)

    def fade(self) -> None:
        """Nothing is heard from now on; both ends notice when their supervision timeout has passed."""
        self.away = True
        loop = asyncio.get_running_loop()
        for controller in tuple(self.controllers):
            for end in tuple(controller.le_connections.values()):
                if (lane := end.lane) is not None:
                    ends = lane.ends
                    lane.close()
                    for one in ends:
                        loop.call_later(lane.timeout_s, one.controller.miss, one)

    def come_back(self) -> None:
        """Everything is heard again."""
        self.away = False


class World:
    """A worn virtual sock and its air; hosts come and go. ``folder`` holds the flashed board."""

    def __init__(self, folder: Path, logs: Path, *, scenario: str = "demo", seed: int = 1) -> None:
        self.folder, self.logs = folder, logs
        self.radio = Radio(random=random.Random(seed))
        self.air = FadingAir()
        self.name = ""  # of the sock, once it is known
        self._scenario, self._seed = scenario, seed
        self._inside = InsideAir(self.air)
        self.board: InsideBoard

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[World]:
        async with (
            self._inside as air,
            InsideBoard(self.folder, hci=air.hci, leg=self._scenario, seed=self._seed) as self.board,
        ):
            yield self

    def link(self) -> BleLink:
        """A link over this world's radio."""
        scanner, client = backend(self._inside.hci)
        link = BleLink(self.name, backend=Backend(scanner, client), remembered=False)
        link._on_live = self.radio.through(link._on_live)  # type: ignore[method-assign]
        link._on_journal = self.radio.through(link._on_journal)  # type: ignore[method-assign]
        return link

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
        self.fetched_bytes = self.fetched_entries = self.fetched_samples = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Record from now on."""
        self._task = asyncio.create_task(self._record())

    async def _record(self) -> None:
        sock = Reconnecting(self._world.link)
        keeping = Keeping(sock, self.recorder, [self._note])
        while True:
            with contextlib.suppress(GradsockError):  # the sock is off: a person would start it again
                async with keeping.beside():
                    await follow(sock, self.recorder.take, keeping.take, self._note)
            sock = Reconnecting(self._world.link)
            keeping = Keeping(sock, self.recorder, [self._note])

    def _note(self, event: LinkEvent) -> None:
        if isinstance(event, InfoRead):
            self._world.name = event.info.name
        if isinstance(event, BlockReceived):
            self.live_at_s.append(asyncio.get_running_loop().time())
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
    """Time (us) of each whole scan that the board's converter made, and its counts at the three sites."""
    found = np.fromfile(folder / "conversions.bin", CONVERSION)
    mux = found["mux"]
    starts = np.flatnonzero(np.all([mux[at : len(mux) - 3 + at] == wanted for at, wanted in enumerate(SCAN)], axis=0))
    counts = np.stack([found["counts"][starts + site] for site in range(3)], axis=1)
    return found["t_us"][starts].astype(np.int64), counts
