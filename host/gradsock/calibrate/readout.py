"""Where the readings of a calibration come from: a sock over the air, a virtual one, or a converter on the bench."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from sock import MISSING, block, event_reader, warmth
from sock import event as event_kinds

from gradsock.errors import CalibrateError, UsageError
from gradsock.link import BlockReceived, Link, LinkEvent, StateChanged
from gradsock.link import moniker as monikers
from gradsock.link.events import SockInfo, State
from gradsock.link.reach import Tell, silent

VIRTUAL_DEGC = 23.0
"""A virtual bottle is as warm as a bench."""
SILENCE_S = 20.0
"""No reading for so long: something is wrong that waiting does not mend."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One scan: counts over (reference - counts) per channel, None where it cannot be read; the loop's time."""

    at_s: float
    ratios: tuple[float | None, ...]


class Readout(Protocol):
    """Readings of the channels of one sock, and what is known of it."""

    sites: tuple[str, ...]
    serial: str
    side: str
    name: str
    degC: float | None
    """How warm its sensors are, where that is known."""
    thermistor_degC: float | None
    """The same, as a thermistor beside them tells it now; None without one."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    async def next(self) -> Reading:
        """The next scan; CalibrateError or LinkError when none comes."""
        ...

    async def press(self, mmHg: float) -> bool:
        """Press with so much, where something other than a person can; False where a person has to."""
        ...


def ratio_of(counts: int, reference_counts: int) -> float | None:
    """Conductance times the divider's resistor; None for what cannot be read, or lies at a rail."""
    if counts == MISSING or reference_counts <= 0 or counts >= reference_counts:
        return None
    return counts / (reference_counts - counts)


class SockReadout:
    """A sock that streams; lost connections are made again, and a pause is no reading."""

    def __init__(self, moniker: str, *, tell: Tell = silent) -> None:
        """UsageError for a recording, which nobody can press."""
        self._named = monikers.parse(moniker)
        if isinstance(self._named, monikers.Replay):
            raise UsageError(f"{moniker} is a recording: a calibration needs a sock, ble:NAME, or --bench")
        self._moniker, self._tell = moniker, tell
        self._stack = contextlib.AsyncExitStack()
        self._events: AsyncGenerator[LinkEvent, None] | None = None
        self._waiting: list[Reading] = []
        self._virtual: object = None
        self.sites: tuple[str, ...] = ()
        self.serial = self.side = self.name = self.board = ""
        self._calibration = ""
        self.degC: float | None = None
        self.thermistor_degC: float | None = None
        self._warmth_parts = event_reader.ContextParts()
        self.port: str | None = None
        """The cable of a virtual sock."""

    async def __aenter__(self) -> Self:
        try:
            link = await self._reach()
            self._events = link.events()
            self._stack.push_async_callback(self._events.aclose)
            await self._first()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def next(self) -> Reading:
        """See :class:`Readout`."""
        while not self._waiting:
            await self._take()
        return self._waiting.pop(0)

    async def press(self, mmHg: float) -> bool:
        """A virtual sock lies under a virtual cuff."""
        from gradsock.link.sim import VirtualSock

        if not isinstance(self._virtual, VirtualSock) or self._virtual.board is None:
            return False
        await self._virtual.board.command("press", mmHg=mmHg)
        return True

    async def until_calibration(self, id: str) -> None:
        """Wait until the sock says that it uses this calibration; its readings meanwhile are forgotten."""
        while self._calibration != id:
            self._waiting.clear()
            await self._take()

    async def _reach(self) -> Link:
        from gradsock.link.reconnecting import Reconnecting

        if isinstance(self._named, monikers.Sim):
            from gradsock.link.sim import VirtualSock

            virtual = await self._stack.enter_async_context(VirtualSock(self._named.scenario, tell=self._tell))
            self._virtual = virtual
            self.degC = VIRTUAL_DEGC
            virtual.keep()  # with the calibration that it may get
            self.port = virtual.board.serial_url if virtual.board else None
            return await self._stack.enter_async_context(Reconnecting(virtual.link))
        from gradsock.link.ble import BleLink

        name = self._named.name if isinstance(self._named, monikers.Ble) else ""
        return await self._stack.enter_async_context(Reconnecting(lambda: BleLink(name, moniker=self._moniker)))

    async def _first(self) -> None:
        """Wait for the first scan, which comes after the sock has said what it is."""
        while not self._waiting:
            await self._take()

    async def _take(self) -> None:
        assert self._events is not None
        try:
            async with asyncio.timeout(SILENCE_S if self.serial else None):
                event = await anext(self._events)
        except TimeoutError:
            raise CalibrateError(
                f"{self._moniker} sends no readings: look with gradsock live {self._moniker}"
            ) from None
        except StopAsyncIteration:
            raise CalibrateError(f"{self._moniker} has ended its readings: start again") from None
        if isinstance(event, StateChanged) and event.state is not State.CONNECTED:
            self._tell(event.text)
        elif isinstance(event, BlockReceived):
            self._take_block(event.data)
        elif hasattr(event, "info"):
            self._take_info(event.info)

    def _take_info(self, info: SockInfo) -> None:
        self.sites, self.serial, self.side, self.name = info.sites, info.serial, info.side, info.name
        self.board = str(info.raw.get("board", ""))
        self._calibration = str(info.raw.get("calibration") or "")

    def _take_block(self, data: bytes) -> None:
        try:
            if block.kind_of(data) != block.KIND_SAMPLES:
                self._take_event(event_reader.decode_event(data))
                return
            samples = block.decode(data)
        except ValueError:
            return  # damaged on its way: the next one comes in a moment
        now_s = asyncio.get_running_loop().time()
        first_s = now_s - (len(samples.samples) - 1) * samples.period_ms / 1000
        for number, row in enumerate(samples.samples):
            ratios = tuple(ratio_of(counts, samples.reference_counts) for counts in row)
            self._waiting.append(Reading(first_s + number * samples.period_ms / 1000, ratios))

    def _take_event(self, happened: event_reader.Event) -> None:
        if happened.kind == event_kinds.WARMTH and (whole := self._warmth_parts.add(happened.payload)) is not None:
            self.thermistor_degC = self.degC = warmth.unpack(whole)[1] / 100
