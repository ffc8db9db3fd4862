"""A recording, or a CSV of pressures, as if it happened now."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from sock import protocol

from gradsock import clock, jsontext
from gradsock.errors import LinkError, LogError, SockRefused
from gradsock.link.events import (
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
from gradsock.log.frames import Kind, Record


class ReplayLink:
    """Plays records in their own rhythm, ``speed`` times as fast; see :class:`gradsock.link.Link`.

    Blocks arrive with the time at which they are played; the probes keep the times at which they were made, so that the
    samples keep theirs.
    """

    def __init__(self, moniker: str, records: Iterable[Record], *, speed: float = 1.0) -> None:
        self.moniker = moniker
        self._records = records
        self._speed = speed
        self._stopped = asyncio.Event()
        self._info: SockInfo | None = None

    @property
    def info(self) -> SockInfo:
        """What the sock said of itself when it was recorded."""
        if self._info is None:
            raise LinkError(f"{self.moniker} is not opened")
        return self._info

    @property
    def protection(self) -> str:
        """A file guards nothing."""
        return "none"

    async def __aenter__(self) -> Self:
        first = next((record for record in self._records if record.kind == Kind.INFO), None)
        if first is None:
            raise LogError(f"{self.moniker} holds nothing that can be played: it does not say of which sock it is")
        self._info = SockInfo.parse(first.payload)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()

    def events(self) -> AsyncGenerator[LinkEvent, None]:
        """What was recorded; ends where the recording does."""
        return self._events()

    async def _events(self) -> AsyncGenerator[LinkEvent, None]:
        loop = asyncio.get_running_loop()
        began_s, first_utc_us = loop.time(), None
        for record in self._records:
            if record.kind not in _PLAYED:
                continue
            first_utc_us = record.t_utc_us if first_utc_us is None else first_utc_us
            due_s = began_s + max(0, record.t_utc_us - first_utc_us) / 1e6 / self._speed
            if due_s > loop.time():
                await self._sleep_until(due_s)
            if self._stopped.is_set():
                return
            event = _event(record)
            if isinstance(event, InfoRead):
                self._info = event.info
            if event is not None:
                yield event
        yield StateChanged(State.ENDED, "the recording is at its end", clock.utc_us())

    async def _sleep_until(self, due_s: float) -> None:
        try:
            async with asyncio.timeout_at(due_s):
                await self._stopped.wait()
        except TimeoutError:
            pass

    async def start(self) -> None:
        """Nothing to ask for: a recording begins by itself."""

    async def stop(self) -> None:
        """End before the recording does."""
        self._stopped.set()

    async def control(self, opcode: int, payload: bytes = b"") -> bytes:  # noqa: ARG002 - the interface of a link
        """A recording cannot be told anything: SockRefused."""
        raise SockRefused(f"{self.moniker} is a recording: it cannot be told anything", protocol.NOT_SUPPORTED)

    async def probe(self) -> Probe:
        """A recording keeps the probes it has: SockRefused."""
        raise SockRefused(f"{self.moniker} is a recording: it has no clock to ask", protocol.NOT_SUPPORTED)

    async def battery(self) -> int | None:
        """A recording has no battery: SockRefused."""
        raise SockRefused(f"{self.moniker} is a recording: it has no battery to read", protocol.NOT_SUPPORTED)

    @property
    def records(self) -> Records:
        """A recording has given all that it has: SockRefused."""
        raise SockRefused(f"{self.moniker} is a recording: it keeps nothing back", protocol.NOT_SUPPORTED)


_PLAYED = (Kind.INFO, Kind.BLOCK, Kind.EVENT, Kind.FIT, Kind.PROBE)


def _event(record: Record) -> LinkEvent | None:
    """What a record was when it was received; None where it makes no sense."""
    now_us = clock.utc_us()
    try:
        match record.kind:
            case Kind.INFO:
                return InfoRead(SockInfo.parse(record.payload), now_us)
            case Kind.BLOCK | Kind.EVENT:
                return BlockReceived(record.payload, now_us)
            case Kind.FIT:
                return FitChanged(FitNow.parse(record.payload), record.payload, now_us)
            case Kind.PROBE:
                return Probed(Probe(**jsontext.loads(record.payload)), now_us)
    except (ValueError, TypeError, LinkError):
        return None
    return None


def open_replay(what: str, *, speed: float = 1.0, logs: Path | None = None) -> ReplayLink:
    """The replay of a recording (id or file) or of a CSV file; LogError or AnalysisError when it cannot be read."""
    moniker = f"replay:{what}"
    if what.lower().endswith(".csv"):
        from gradsock.link.csv_replay import records_of_csv

        return ReplayLink(moniker, records_of_csv(Path(what).expanduser()), speed=speed)
    from gradsock.log import layout
    from gradsock.log.playing import Played

    return ReplayLink(moniker, Played(layout.find(what, logs)), speed=speed)
