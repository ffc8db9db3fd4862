"""Staying with a sock: connect, and connect again whenever the link is lost, until somebody leaves.

A link is one connection and ends with it. What to do after each way of failing is one table.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from gradsock import clock
from gradsock.errors import (
    GradsockError,
    LinkError,
    LinkLost,
    NoRadio,
    SimError,
    SockNotFound,
    SockRefused,
    WrongSock,
)
from gradsock.link import Link
from gradsock.link.events import BlockReceived, InfoRead, LinkEvent, Probe, Probed, SockInfo, State, StateChanged
from gradsock.link.records import Records

PROBES_AT_FIRST = 16
PROBE_EVERY_AT_FIRST_S = 0.2
PROBE_EVERY_S = 10.0
BATTERY_EVERY_PROBES = 6  # once a minute
PROBE_SPREAD_S = 0.1  # longer than a connection interval: probes in step with it would all wait as long


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to do after a failure: how long to wait before each further try (the last holds on), and what to tell.

    ``first_tries`` is how often a first connection is tried before giving up; no waits at all: never try again.
    """

    waits_s: tuple[float, ...]
    advice: str
    first_tries: int = 1


REMEDIES: tuple[tuple[type[GradsockError], Remedy], ...] = (
    (NoRadio, Remedy((2.0, 5.0, 10.0), "switch Bluetooth on")),
    (SockNotFound, Remedy((0.2, 0.5, 1.0, 2.0), "come closer, or is it off, or does another host have it?")),
    (LinkLost, Remedy((0.1, 0.3, 1.0, 2.0), "come closer; it goes on by itself", first_tries=3)),
    (SockRefused, Remedy((), "")),
    (WrongSock, Remedy((), "")),
    (SimError, Remedy((), "")),
    (LinkError, Remedy((0.5, 1.0, 2.0, 5.0), "if it stays so, switch Bluetooth off and on", first_tries=3)),
)
"""The first row whose class fits."""


def remedy_for(error: GradsockError) -> Remedy:
    """What to do after a failure."""
    return next((remedy for kind, remedy in REMEDIES if isinstance(error, kind)), Remedy((), ""))


class Reconnecting:
    """A sock that is reached anew as often as it takes; itself a :class:`gradsock.link.Link`.

    ``open_link`` makes a fresh, unconnected link each time it is called. After every connection the stream begins with
    StateChanged(CONNECTED) and InfoRead, live blocks are asked for, and clocks are exchanged. ``events()`` ends when
    the link has nothing more to tell (a replay), and raises when trying again makes no sense.
    """

    def __init__(
        self,
        open_link: Callable[[], Link],
        *,
        probing: bool = True,
        live: bool = True,
        changing: Callable[[], None] = lambda: None,
    ) -> None:
        """live: ask for live blocks; else only what somebody asks for comes, and the probes.

        changing: to be called before settings of the sock change.
        """
        self._open_link = open_link
        self._probing = probing
        self._live = live
        self._link: Link | None = None
        self._serial = ""
        self._info: SockInfo | None = None
        self._protection = "none"
        self._waiting_first: Link | None = open_link()
        self.moniker = self._waiting_first.moniker
        self.reconnects = 0
        self._name_at_loss = ""
        self.changing = changing
        self.renamed = ""
        """The name that the sock was given meanwhile: under it it is looked for after its restart."""

    def take_name(self) -> str:
        """The name of the sock that was lost a moment ago, once; empty else. So one need not look who else is near."""
        name, self._name_at_loss = self._name_at_loss, ""
        return name

    @property
    def info(self) -> SockInfo:
        """What the sock said of itself last; LinkError before the first connection."""
        if self._info is None:
            raise LinkError(f"{self.moniker} is not connected yet")
        return self._info

    @property
    def protection(self) -> str:
        """How the sock guards its data."""
        return self._protection

    async def __aenter__(self) -> Self:
        """Nothing happens yet: connecting belongs to ``events()``, which tells how it goes."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The link is left when its events are no longer read."""

    async def start(self) -> None:
        """Done after each connection by itself."""

    async def stop(self) -> None:
        """Ask for no more live blocks, and end; LinkLost when there is no connection to end."""
        await self.present.stop()

    async def control(self, opcode: int, payload: bytes = b"") -> bytes:
        """Tell the sock something over the present connection; LinkLost when there is none."""
        return await self.present.control(opcode, payload)

    async def probe(self) -> Probe:
        """Exchange clocks once over the present connection."""
        return await self.present.probe()

    async def battery(self) -> int | None:
        """Read how full the battery is; done now and then by itself. LinkLost when there is no connection."""
        return await self.present.battery()

    @property
    def records(self) -> Records:
        """What the sock kept, over the present connection; LinkLost when there is none."""
        return self.present.records

    @property
    def present(self) -> Link:
        """The connection that stands; LinkLost when there is none."""
        if self._link is None:
            raise LinkLost(f"{self.moniker} is not connected at the moment")
        return self._link

    def events(self) -> AsyncGenerator[LinkEvent, None]:
        """What happens, across all connections."""
        return self._events()

    async def _events(self) -> AsyncGenerator[LinkEvent, None]:
        tries = 0
        while True:
            yield StateChanged(State.CONNECTING, f"looking for {self.moniker}", clock.utc_us())
            try:
                async with contextlib.aclosing(self._one_connection()) as events:
                    async for event in events:
                        if isinstance(event, BlockReceived | Probed):
                            tries = 0  # it works again: a later failure starts from the shortest wait
                        yield event
                return
            except GradsockError as error:
                tries += 1
                remedy = remedy_for(error)
                if not remedy.waits_s or (self._info is None and tries >= remedy.first_tries):
                    raise
                yield StateChanged(State.LOST, f"{error}; {remedy.advice}", clock.utc_us())
                await asyncio.sleep(remedy.waits_s[min(tries, len(remedy.waits_s)) - 1])
                self.reconnects += self._info is not None

    async def _one_connection(self) -> AsyncGenerator[LinkEvent, None]:
        link, self._waiting_first = self._waiting_first or self._open_link(), None
        async with link:
            self._accept(link)
            self._link = link
            try:
                yield StateChanged(State.CONNECTED, f"connected to {link.info.label}", clock.utc_us())
                yield InfoRead(link.info, clock.utc_us())
                if self._live:
                    await link.start()
                async with self._probed(link):
                    async for event in link.events():
                        yield event
            finally:
                self._link = None
                self._name_at_loss = link.info.name

    @contextlib.asynccontextmanager
    async def _probed(self, link: Link) -> AsyncGenerator[None, None]:
        """Clocks are exchanged now and then while the block runs."""
        prober = asyncio.create_task(_probe_now_and_then(link)) if self._probing else None
        try:
            yield
        finally:
            if prober is not None:
                prober.cancel()
                await asyncio.wait([prober])
                if not prober.cancelled() and (fault := prober.exception()) is not None:
                    raise fault

    def _accept(self, link: Link) -> None:
        if self._serial and link.info.serial != self._serial:
            raise WrongSock(
                f"sock {link.info.serial} answers where {self._serial} did before; say which you mean: ble:NAME"
            )
        self._serial, self._info, self._protection = link.info.serial, link.info, link.protection


async def _probe_now_and_then(link: Link) -> None:
    """Exchange clocks often at first, to know the time soon, then seldom, and look at the battery now and then.

    A link that fails is told by its events.
    """
    made = 0
    with contextlib.suppress(LinkError):
        while True:
            await link.probe()
            if made == 0 or (made >= PROBES_AT_FIRST and made % BATTERY_EVERY_PROBES == 0):
                with contextlib.suppress(LinkError):  # a lost link is told by the next probe
                    await link.battery()
            made += 1
            await asyncio.sleep(pause_s(made, random.random()))


def pause_s(made: int, chance: float) -> float:
    """How long to wait after so many probes; chance: even in 0..1."""
    return (PROBE_EVERY_AT_FIRST_S if made < PROBES_AT_FIRST else PROBE_EVERY_S) + chance * PROBE_SPREAD_S
