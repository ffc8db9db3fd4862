"""How a sock is reached: by radio, as a virtual sock, or from a recording. Nothing above it knows which."""

from collections.abc import AsyncGenerator
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from gradsock.link import moniker as monikers
from gradsock.link.events import (
    BatteryRead,
    BlockDoubled,
    BlockReceived,
    FitChanged,
    FitNow,
    InfoRead,
    LinkEvent,
    Probe,
    Probed,
    SockInfo,
    State,
    StateChanged,
)
from gradsock.link.records import Records

__all__ = [
    "BatteryRead",
    "BlockDoubled",
    "BlockReceived",
    "FitChanged",
    "FitNow",
    "InfoRead",
    "Link",
    "LinkEvent",
    "Probe",
    "Probed",
    "Records",
    "SockInfo",
    "State",
    "StateChanged",
    "open_link",
]


class Link(Protocol):
    """One connection to one sock.

    Entering connects (LinkError says why not); leaving stops and disconnects. ``events()`` ends when there is nothing
    more to come, and raises LinkLost when the connection or the data stopped.
    """

    moniker: str

    @property
    def info(self) -> SockInfo:
        """What the sock says of itself, as read on connecting."""
        ...

    @property
    def protection(self) -> str:
        """How the sock guards its data: ``none`` or ``bonded``."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def events(self) -> AsyncGenerator[LinkEvent, None]:
        """What happens on this link, in order; for one reader, who closes it (``contextlib.aclosing``)."""
        ...

    async def start(self) -> None:
        """Ask for live blocks."""
        ...

    async def stop(self) -> None:
        """Ask for no more live blocks; ``events()`` ends when what has come by then is read."""
        ...

    async def control(self, opcode: int, payload: bytes = b"") -> bytes:
        """Tell the sock something (``sock.protocol``) and return its answer's payload; SockRefused when it says no."""
        ...

    async def probe(self) -> Probe:
        """Exchange clocks once; the probe also appears among the events."""
        ...

    async def battery(self) -> int | None:
        """Read how full the battery is, in percent, None where the board cannot tell; also among the events."""
        ...

    @property
    def records(self) -> Records:
        """What the sock kept in its journal. What is fetched comes to who asked for it, not among the events."""
        ...


def open_link(moniker: str, *, logs: Path | None = None) -> Link:
    """The link that a moniker names, not yet connected: ``async with open_link("ble:sock-a1b2") as link: ...``.

    Raises MonikerError when it names none, LogError when a recording to be replayed is not there. ``logs`` is where
    recordings lie (default: see ``gradsock.log.place.folder``).
    """
    named = monikers.parse(moniker)
    if isinstance(named, monikers.Ble):
        from gradsock.link.ble import BleLink

        return BleLink(named.name)
    if isinstance(named, monikers.Sim):
        from gradsock.link.sim import SimLink

        return SimLink(named.scenario)
    from gradsock.link.replay import open_replay

    return open_replay(named.what, speed=named.speed, logs=logs)
