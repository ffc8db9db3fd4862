"""A sock in the hands of its owner: one connection to ask it, tell it something and change its settings.

A sock that accepts a change of its settings restarts at once, so that it never runs on half of one; the connection is
then made anew, to the same sock, and what it says afterwards is compared with what was wanted.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sock import protocol

from gradsock.errors import LinkError, LinkLost, NoRadio, SockRefused, UsageError
from gradsock.link import moniker as monikers
from gradsock.link import owning
from gradsock.link.ble import BleLink
from gradsock.link.events import FitNow, Probe, SockInfo
from gradsock.link.reach import Tell, silent

BACK_WITHIN_S = 60.0  # a restarted sock is back in seconds; a virtual one on a busy machine takes longer
BACK_PAUSE_S = 0.5
FIT_PAUSES_S = (0.0, 0.5, 1.0, 2.0)  # a sock that has just started has no verdict yet, and then one a second

_LEAVE_NOTHING = (protocol.PROBE, protocol.IDENTIFY, protocol.OWNERS)

MakeLink = Callable[[str], BleLink]
"""A fresh link to the sock that advertises itself under a name."""


@dataclass(frozen=True)
class Vitals:
    """How a sock is at the moment."""

    fit: FitNow | None  # None: it has not judged yet
    battery_percent: int | None  # None: its board cannot tell
    rssi_dBm: int | None
    mtu: int


class OwnedSock:
    """One connection, made again after each change. Use :func:`own`."""

    def __init__(
        self,
        make_link: MakeLink,
        name: str,
        *,
        changing: Callable[[], None] = lambda: None,
        wiping: Callable[[], None] = lambda: None,
    ) -> None:
        """changing: called before anything is changed that stays. wiping: called when all of it is to be forgotten."""
        self._wiping = wiping
        self._make_link = make_link
        self._changing = changing
        self._name = name
        self._link: BleLink | None = None

    @property
    def info(self) -> SockInfo:
        """What the sock says of itself."""
        return self._connected.info

    @property
    def protection(self) -> str:
        """How it guards its data: ``none`` or ``bonded``."""
        return self._connected.protection

    @property
    def _connected(self) -> BleLink:
        if self._link is None:
            raise LinkError("the sock is not connected")
        return self._link

    async def connect(self) -> None:
        """Connect; LinkError says why not."""
        link = self._make_link(self._name)
        await link.__aenter__()
        self._link = link

    async def disconnect(self) -> None:
        """End the connection, if there is one."""
        link, self._link = self._link, None
        if link is not None:
            await link.__aexit__(None, None, None)

    async def tell(self, opcode: int, payload: bytes = b"") -> bytes:
        """Write to Control; the answer's payload. SockRefused when the sock says no."""
        if opcode == protocol.WIPE:
            self._wiping()
        elif opcode not in _LEAVE_NOTHING:
            self._changing()
        return await self._connected.control(opcode, payload)

    async def probe(self) -> Probe:
        """Exchange clocks once."""
        return await self._connected.probe()

    async def vitals(self) -> Vitals:
        """Verdict, battery, signal and MTU."""
        link = self._connected
        battery_percent = await link.battery()
        fit = None
        for pause_s in FIT_PAUSES_S:
            await asyncio.sleep(pause_s)
            with contextlib.suppress(ValueError):
                fit = FitNow.parse(await link.read(protocol.FIT_UUID))
                break
        return Vitals(fit, battery_percent, link.rssi_dBm, await link.mtu())

    async def settings(self) -> dict[str, Any]:
        """All settings in force; WrongSock for a firmware that does not tell them."""
        return await owning.settings_of(self._connected)

    async def owners(self) -> list[str]:
        """Addresses of those who have paired, in the sock's order."""
        return await owning.owners_of(self._connected)

    async def change(self, patch: Mapping[str, object]) -> dict[str, Any]:
        """Change settings, all of the patch or nothing; the settings then in force.

        UsageError when the patch makes no sense, SockRefused when the sock says no, LinkError when it does not come
        back from its restart.
        """
        wanted, data = await owning.checked(self._connected, patch)
        self._changing()
        try:
            name = await owning.write(self._connected, data)
            if not name:
                return wanted
        except LinkLost:  # the answer went astray: whether it took the change shows when it is back
            name = str(patch.get("name", self.info.name))
        await self._follow_restart(name)
        after = await self.settings()
        different = [key for key in wanted if after.get(key) != wanted[key]]
        if different:
            raise SockRefused(f"the sock restarted without the change of {', '.join(different)}: try again")
        return after

    async def _follow_restart(self, name: str) -> None:
        serial, boot = self.info.serial, self.info.boot
        await self.disconnect()
        self._name = name
        loop = asyncio.get_running_loop()
        until = loop.time() + BACK_WITHIN_S
        failure: LinkError | None = None
        while loop.time() <= until or not failure:
            try:
                await self.connect()
                if self.info.serial == serial and self.info.boot > boot:
                    return
                await self.disconnect()
                failure = LinkError("the sock has not restarted, so nothing was changed: try again")
            except (NoRadio, SockRefused):
                raise
            except LinkError:  # it is on its way down, or up: even what it says of itself may not stand yet
                failure = LinkError("the sock is not back yet from its change: look with gradsock scan")
            await asyncio.sleep(BACK_PAUSE_S)
        raise failure


@contextlib.asynccontextmanager
async def own(moniker: str, *, tell: Tell = silent) -> AsyncGenerator[OwnedSock, None]:
    """The sock that a moniker names, connected. UsageError for a recording; LinkError and SimError say why not.

    A virtual sock keeps what it is told, for the next one of its scenario; one that is wiped is a new one after that.
    """
    named = monikers.parse(moniker)
    async with contextlib.AsyncExitStack() as stack:
        if isinstance(named, monikers.Ble):
            owned = OwnedSock(BleLink, named.name)
        elif isinstance(named, monikers.Sim):
            from gradsock.link.sim import VirtualSock

            virtual = await stack.enter_async_context(VirtualSock(named.scenario, tell=tell))
            owned = OwnedSock(virtual.link_to, "", changing=virtual.keep, wiping=virtual.renew)
        else:
            raise UsageError(f"{moniker} is a recording, which cannot be asked or told anything: ble:NAME")
        stack.push_async_callback(owned.disconnect)
        await owned.connect()
        yield owned
