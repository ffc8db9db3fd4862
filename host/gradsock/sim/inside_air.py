"""An air in the same virtual world, for hosts and boards of this process: `inside:N` (`gradsock.hci`).

Its packets go from hand to hand, in order and without a socket between, so that a virtual world has come to rest when
its event loop has.
"""

from __future__ import annotations

import asyncio
import itertools
from typing import Self

from bumble.transport.common import BaseSource, Transport
from gradsock.hci import INSIDE, offer, withdraw
from gradsock.sim.air_controller import AirController
from gradsock.sim.air_link import AirLink
from gradsock.sim.conductor import conductor


class InsideAir:
    """An air within a virtual world; what `gradsock.sim.launch.VirtualAir` is at speed 1."""

    ended = False

    def __init__(self, link: AirLink | None = None) -> None:
        self.link = link or AirLink()
        self.hci = ""
        self._count = itertools.count(1)
        self._plugs: list[_Plug] = []

    @property
    def address(self) -> str:
        """What a board takes."""
        return self.hci

    async def __aenter__(self) -> Self:
        world = conductor()
        assert world is not None, "an air inside a process belongs to virtual time: use run_virtual"
        self.hci = f"{INSIDE}{next(world.air_numbers)}"
        offer(self.hci, self.plug)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """End the air: every host loses its controller."""
        withdraw(self.hci)
        for plug in tuple(self._plugs):
            plug.abort()

    def plug(self) -> Transport:
        """A controller of one's own on this air."""
        plug = _Plug(self, next(self._count))
        self._plugs.append(plug)
        return Transport(plug.to_host, plug.to_controller)

    def unplug(self, plug: _Plug) -> None:
        """It is gone."""
        if plug in self._plugs:
            self._plugs.remove(plug)


class _Plug:
    """One HCI connection and its controller."""

    def __init__(self, air: InsideAir, number: int) -> None:
        self._air = air
        self.open = True
        self.to_host = _ToHost(self)
        self.to_controller = _ToController(self)
        self.controller = AirController(number, self.to_controller, self.to_host, air.link)

    def abort(self) -> None:
        """The plug is pulled, on whichever side."""
        if not self.open:
            return
        self.open = False
        self._air.unplug(self)
        self._air.link.vanish(self.controller)
        asyncio.get_running_loop().call_soon(self.to_host.on_transport_lost)


class _ToHost(BaseSource):
    """A host's source: the controller writes into it, and has waited its turn already."""

    def __init__(self, plug: _Plug) -> None:
        super().__init__()
        self._plug = plug

    def on_packet(self, packet: bytes) -> None:
        """One HCI packet."""
        if self._plug.open and self.sink is not None:
            self.sink.on_packet(packet)

    def close(self) -> None:
        """The host leaves."""
        self._plug.abort()


class _ToController(BaseSource):
    """A host's sink, and the controller's source."""

    def __init__(self, plug: _Plug) -> None:
        super().__init__()
        self.transport = plug  # what is aborted when a board loses its power
        self._loop = asyncio.get_running_loop()

    def on_packet(self, packet: bytes) -> None:
        """One HCI packet."""
        self._loop.call_soon(self._deliver, packet)

    def _deliver(self, packet: bytes) -> None:
        if self.transport.open and self.sink is not None:
            self.sink.on_packet(packet)

    def close(self) -> None:
        """The host leaves."""
        self.transport.abort()
