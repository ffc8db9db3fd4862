"""Listening to a sock from a program: its pressures as they come, or a recording of them."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

from sock import MISSING, SITES, block, event_reader
from sock.curves import PRESSURE_MAX_CMMHG

from gradsock.errors import LinkLost, UsageError
from gradsock.link.events import BlockReceived, FitChanged, InfoRead, LinkEvent, Probed, State, StateChanged
from gradsock.link.reach import reach
from gradsock.link.reconnecting import Reconnecting
from gradsock.log import layout
from gradsock.log.context import StreamContext
from gradsock.log.keeping import keep
from gradsock.log.live import LivePressures
from gradsock.log.live_time import LiveTime
from gradsock.log.ranges import Ranges
from gradsock.log.recorder import Recorder
from gradsock.log.recording import Recording
from gradsock.log.recording import open as open_recording

LEAVE_S = 10.0


@dataclass(frozen=True, slots=True)
class Reading:
    """One scan of a sock.

    serial, boot, index    its identity for ever; an index that was left out did not come
    utc_us                 when it was made, UTC in microseconds
    pressure_mmHg          by site (``ankle``, ``calf``, ``knee``); None where nothing could be read
    verdict                the sock's own word at that time, empty before its first
    """

    serial: str
    boot: int
    index: int
    utc_us: int
    pressure_mmHg: dict[str, float | None]
    verdict: str


async def readings(moniker: str, *, logs: Path | None = None) -> AsyncGenerator[Reading, None]:
    """Every scan of the sock that a moniker names, once, as it comes; reconnects by itself, ends with a replay.

    Close it when it is left early (``contextlib.aclosing``). Nothing is kept, and what is lost on the way is not
    fetched: see :func:`record`. Raises MonikerError, LinkError and its kin when the sock cannot be reached at all.
    """
    reader = _Reader()
    async with reach(moniker, logs=logs) as sock, contextlib.aclosing(sock.events()) as events:
        async for event in events:
            for reading in reader.take(event):
                yield reading


async def record(moniker: str, *, for_s: float | None = None, logs: Path | None = None) -> Recording | None:
    """Record a sock for so many seconds from its first data on, fetch what was missed, seal, and open what came of it.

    for_s: None: until a replay ends, or this is cancelled: what came by then is kept all the same. None is returned
    when nothing came. Raises what makes a sock fail, and LogError for a full disk; what was recorded stays. UsageError
    for a time that makes no sense.
    """
    if for_s is not None and not (isinstance(for_s, int | float) and for_s > 0):
        raise UsageError(f"for_s: seconds, more than 0, or None; not {for_s!r}")
    layout.make_folder(logs)
    recorder = Recorder(logs, moniker=moniker)
    try:
        async with reach(moniker, logs=logs) as sock:
            await _recorded(sock, recorder, for_s)
    finally:
        recorder.close()
        await asyncio.to_thread(recorder.seal)
    return None if recorder.path is None else open_recording(recorder.path)


async def _recorded(sock: Reconnecting, recorder: Recorder, for_s: float | None) -> None:
    began = asyncio.Event()

    def note(event: LinkEvent) -> None:
        if isinstance(event, BlockReceived):
            began.set()

    following = asyncio.create_task(keep(sock, note, recorder=recorder, account=recorder.account))
    try:
        if for_s is None:
            await following
            return
        starting = asyncio.create_task(began.wait())
        await asyncio.wait({following, starting}, return_when=asyncio.FIRST_COMPLETED)
        starting.cancel()
        await asyncio.wait({following}, timeout=for_s)
        if not following.done():
            with contextlib.suppress(LinkLost):
                await sock.stop()
            await asyncio.wait({following}, timeout=LEAVE_S)
        if following.done():
            following.result()
    finally:
        following.cancel()
        await asyncio.wait({following})


class _Reader:
    """From what a link tells to readings."""

    def __init__(self) -> None:
        self._context = StreamContext()
        self._pressures = LivePressures(self._context)
        self._time = LiveTime()
        self._told = Ranges()
        self._serial = self._verdict = ""
        self._sites: tuple[str, ...] = SITES

    def take(self, event: LinkEvent) -> list[Reading]:
        """Note one event; the scans that came with it."""
        match event:
            case InfoRead(info, _):
                self._serial, self._sites = info.serial, info.sites
            case Probed(probe, _):
                self._time.take(probe)
            case FitChanged(fit, _, _):
                self._verdict = fit.verdict
            case StateChanged(State.LOST, _, _):
                self._verdict = ""
            case BlockReceived(data, t_utc_us):
                return self._block(data, t_utc_us)
        return []

    def _block(self, data: bytes, came_utc_us: int) -> list[Reading]:
        try:
            if block.kind_of(data) == block.KIND_EVENT:
                self._context.take(event_reader.decode_event(data))
                return []
            samples = block.decode(data)
        except ValueError:
            return []  # damaged on its way: its indices are left out
        if not self._told.add(samples.boot, samples.index, samples.count):
            return []  # a copy: each scan is told once
        ticks_ms = [samples.ticks_ms + at * samples.period_ms for at in range(samples.count)]
        utc_us = self._time.utc_us(samples.boot, ticks_ms, came_utc_us)
        return [
            Reading(self._serial, samples.boot, samples.index + at, utc_us[at], self._mmHg(row), self._verdict)
            for at, row in enumerate(self._pressures.rows_cmmHg(samples))
        ]

    def _mmHg(self, row_cmmHg: list[int]) -> dict[str, float | None]:
        """By site; of several channels at one it is the first."""
        told: dict[str, float | None] = dict.fromkeys(SITES)
        for site, cmmHg in reversed(list(zip(self._sites, row_cmmHg, strict=False))):
            told[site] = None if cmmHg == MISSING or abs(cmmHg) >= PRESSURE_MAX_CMMHG else cmmHg / 100
        return told
