"""An air in which things go wrong above the link layer, as they do with real adapters and real walls between.

A link layer repeats what was not heard, so nothing is lost on it; but stacks above it lose notifications, hand them
over twice, late or in another order (bleak #1502: 40 % gone with two ESP32), and a link can end at any moment. Answers
and confirmations are never touched: whoever lost one of those would end the link, which `cut` does.
"""

from __future__ import annotations

import asyncio
import dataclasses
import random
from collections.abc import Callable
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from bumble.core import PhysicalTransport
from gradsock.errors import UsageError
from gradsock.sim.air_controller import AirConnection
from gradsock.sim.air_link import AirLink

if TYPE_CHECKING:
    from bumble import hci
    from bumble.controller import Controller
    from gradsock.sim.air_controller import AirController

_ATT_CHANNEL = b"\x04\x00"
_NOTIFICATION = 0x1B
_CHANNEL_AT, _OPCODE_AT = 2, 4  # in an L2CAP frame: length, channel, then the ATT opcode
_APART_S = 2e-6  # so that what waits keeps its order


@dataclasses.dataclass
class Faults:
    """How often what goes wrong: shares of all notifications, but for `cut` and `cut_after`."""

    lose: float = 0.0
    double: float = 0.0
    delay: float = 0.0
    """Are late by up to `delay_s`, and what follows waits behind them."""
    delay_s: float = 0.3
    swap: float = 0.0
    """Come after the one that follows them."""
    cut: float = 0.0
    """Share of all packets, of whatever kind, after which the link is gone without a word."""
    cut_after: int | None = None
    """So many more packets pass, then the link is gone; once."""

    @classmethod
    def parse(cls, text: str) -> Faults:
        """From `lose=0.1,swap=0.02,cut_after=40`; UsageError for anything else."""
        faults = cls()
        for part in filter(None, text.split(",")):
            name, _, value = part.partition("=")
            if name not in {field.name for field in dataclasses.fields(cls)}:
                known = ", ".join(field.name for field in dataclasses.fields(cls))
                raise UsageError(f"no fault is called '{name}': there are {known}")
            try:
                setattr(faults, name, int(value) if name == "cut_after" else float(value))
            except ValueError:
                raise UsageError(f"'{part}' needs a number, such as lose=0.1") from None
        return faults


@dataclasses.dataclass
class FaultCounts:
    """What did go wrong."""

    packets: int = 0
    lost: int = 0
    doubled: int = 0
    delayed: int = 0
    swapped: int = 0
    cut: int = 0


class _Way:
    """One direction of one connection."""

    def __init__(self) -> None:
        self.free_at_s = 0.0  # nothing passes before
        self.held: Callable[[], None] | None = None  # passes after the next


class FaultyLink(AirLink):
    """The air with faults, drawn from a seed; `faults` may be changed at any time."""

    def __init__(self, faults: Faults | None = None, seed: int = 0) -> None:
        super().__init__()
        self.faults = faults or Faults()
        self.counts = FaultCounts()
        self.away = False
        self._dice = random.Random(seed)
        self._ways: WeakKeyDictionary[AirConnection, _Way] = WeakKeyDictionary()

    # The whole air

    def fade(self) -> None:
        """Nobody hears anybody from now on; the ends of connections notice when their timeout has passed."""
        self.away = True
        for controller in sorted(self.controllers, key=lambda c: c.number):
            for end in tuple(controller.le_connections.values()):
                self._end(end)

    def come_back(self) -> None:
        """Everybody is heard again."""
        self.away = False

    def advertise(self, sender: AirController) -> None:
        """Let everybody else hear one advertisement of `sender`."""
        if not self.away:
            super().advertise(sender)

    # One packet

    def send_acl_data(
        self,
        sender_controller: Controller,
        destination_address: hci.Address,
        transport: PhysicalTransport,
        data: bytes,
    ) -> None:
        """Carry a packet, or not, as the dice fall."""
        end = sender_controller.le_connections.get(destination_address)
        if transport != PhysicalTransport.LE or not isinstance(end, AirConnection):
            return

        def deliver() -> None:
            if end.lane is not None:  # else it would come to a later connection
                super(FaultyLink, self).send_acl_data(sender_controller, destination_address, transport, data)

        self._carry(end, data, deliver)

    def _carry(self, end: AirConnection, data: bytes, deliver: Callable[[], None]) -> None:
        self.counts.packets += 1
        if self._cuts():
            self.counts.cut += 1
            self._end(end)
            return
        way = self._ways.setdefault(end, _Way())
        if not (data[_CHANNEL_AT:_OPCODE_AT] == _ATT_CHANNEL and data[_OPCODE_AT] == _NOTIFICATION):
            self._pass(way, deliver)
            return
        faults = self.faults
        if self._falls(faults.lose):
            self.counts.lost += 1
            return
        if self._falls(faults.delay):
            self.counts.delayed += 1
            now_s = asyncio.get_running_loop().time()
            way.free_at_s = max(now_s, way.free_at_s) + self._dice.uniform(0, faults.delay_s)
        if way.held is None and self._falls(faults.swap):
            self.counts.swapped += 1
            way.held = deliver
            return
        self._pass(way, deliver)
        if self._falls(faults.double):
            self.counts.doubled += 1
            self._pass(way, deliver)

    def _pass(self, way: _Way, deliver: Callable[[], None]) -> None:
        held, way.held = way.held, None
        for carried in (deliver, held):
            if carried is not None:
                self._deliver(way, carried)

    def _deliver(self, way: _Way, deliver: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        if way.free_at_s >= loop.time():
            way.free_at_s += _APART_S
            loop.call_at(way.free_at_s, deliver)
        else:
            deliver()

    def _falls(self, share: float) -> bool:
        return share > 0 and self._dice.random() < share

    def _cuts(self) -> bool:
        faults = self.faults
        if faults.cut_after is not None:
            faults.cut_after -= 1
            if faults.cut_after < 0:
                faults.cut_after = None
                return True
        return self._falls(faults.cut)

    def _end(self, end: AirConnection) -> None:
        """The connection is gone; each side misses the other when its supervision timeout has passed."""
        lane = end.lane
        if lane is None:
            return
        lane.close()
        loop = asyncio.get_running_loop()
        for one in lane.ends:
            self._ways.pop(one, None)
            loop.call_later(lane.timeout_s, one.controller.miss, one)
