"""Going through a plan: pressing, waiting, reading. Who presses and who is told is up to the caller."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev

from gradsock.calibrate.plan import READ_S, Plan, Step
from gradsock.calibrate.points import Point
from gradsock.calibrate.readout import Readout
from gradsock.calibrate.reference import Gauge
from gradsock.errors import CalibrateError

STEADY_SHARE = 0.01
"""Steady: the means of two readings that follow one another differ by less than this share of what was read so far."""
SHOW_EVERY_S = 0.2
PATIENCE = 2.0
"""A reading that does not become steady is taken all the same after so many times the hold."""


@dataclass(frozen=True)
class Live:
    """What a person sees while waiting, per sensor over the time of a reading: mean ratio, noise; steady or not."""

    sites: tuple[str, ...]
    ratios: tuple[float | None, ...]
    noise: tuple[float, ...]
    steady: bool
    left_s: float
    """Until the reading; 0 while the pressure is not there yet."""


Arrive = Callable[[Step, float], Awaitable[float]]
"""Asked to bring the pressure to a step, which the gauge shows as the number; returns what the gauge shows then."""
Show = Callable[[Live], None]
Keep = Callable[[Step, dict[int, list[Point]]], None]
"""Given a step that was read, and all points per channel so far."""


class Procedure:
    """One run through a plan with the sensors of some channels under the cuff together."""

    def __init__(
        self, readout: Readout, channels: Sequence[int], gauge: Gauge, arrive: Arrive, show: Show, keep: Keep
    ) -> None:
        self._readout = readout
        self._channels = tuple(channels)
        self._gauge = gauge
        self._arrive = arrive
        self._show = show
        self._keep = keep
        self._recent: deque[tuple[float, tuple[float | None, ...]]] = deque()
        self._read_s = READ_S
        self._shown_s = float("-inf")
        self._span = 0.0
        self.unsteady: list[Step] = []
        """Steps whose reading was still moving when it was taken."""

    async def run(
        self, plan: Plan, steps: Iterable[Step], points: dict[int, list[Point]], pause_s: float = 0.0
    ) -> dict[int, list[Point]]:
        """All points per channel, those read before first. CalibrateError when a sensor cannot be read at all.

        steps: those of the plan, or what is left of them; pause_s: for how long nothing has pressed since `points`.
        """
        self._read_s = plan.read_s
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        free_from_s: float | None = None
        if before := points[self._channels[0]]:
            free_from_s = began_s - pause_s
            began_s = free_from_s - before[-1].at_s
            self._span = max(point.ratio for known in points.values() for point in known)
        reference, arrived_s = 0.0, began_s
        for step in steps:
            if not step.same_hold:
                reference = await self._press(step)
                arrived_s = loop.time()
            await self._hold(step, arrived_s)
            now_s, degC = loop.time(), self._readout.thermistor_degC
            since_s = now_s - (arrived_s if free_from_s is None else free_from_s)
            for channel, ratio in zip(self._channels, self._means(), strict=True):
                points[channel].append(Point(step.phase, reference, ratio, now_s - began_s, since_s, degC))
            free_from_s = None  # nothing pressed through the pause, nor in the first step after it
            self._keep(step, points)
        return points

    async def _press(self, step: Step) -> float:
        """Bring the pressure there; the true one. The readings go on meanwhile, so that they can be seen."""
        arriving = asyncio.ensure_future(self._arrive(step, self._gauge.shown_mmHg(step.mmHg)))
        try:
            while not arriving.done():
                await self._read(0.0)
        finally:
            arriving.cancel()
        self._recent.clear()  # what was read on the way there
        return self._gauge.true_mmHg(await arriving)

    async def _hold(self, step: Step, arrived_s: float) -> None:
        loop = asyncio.get_running_loop()
        due_s = arrived_s + step.hold_s
        await self._read(due_s - loop.time())
        while (left_s := due_s - loop.time()) > 0:
            await self._read(left_s)
        if step.phase in ("condition", "hold"):
            return  # what counts there is the time
        patient_s = loop.time() + (PATIENCE - 1.0) * step.hold_s
        while not self._steady():
            if loop.time() > patient_s:
                self.unsteady.append(step)
                return
            await self._read(0.0)

    async def _read(self, left_s: float) -> None:
        reading = await self._readout.next()
        self._recent.append((reading.at_s, tuple(reading.ratios[channel] for channel in self._channels)))
        while self._recent[0][0] < reading.at_s - 2 * self._read_s:
            self._recent.popleft()
        if reading.at_s - self._shown_s >= SHOW_EVERY_S:
            self._shown_s = reading.at_s
            sites = tuple(self._readout.sites[channel] for channel in self._channels)
            ratios = tuple(fmean(values) if values else None for values in self._window())
            self._show(Live(sites, ratios, self._noise(), self._steady(), left_s))

    def _window(self, earlier: bool = False) -> list[list[float]]:
        """Per channel what was read in the last reading's time, or in the one before."""
        if not self._recent:
            return [[] for _ in self._channels]
        end_s = self._recent[-1][0] - (self._read_s if earlier else 0.0)
        rows = [row for at_s, row in self._recent if end_s - self._read_s < at_s <= end_s]
        return [[row[i] for row in rows if row[i] is not None] for i in range(len(self._channels))]  # type: ignore[misc]

    def _means(self) -> list[float]:
        """CalibrateError for a sensor that could not be read."""
        means = []
        for channel, values in zip(self._channels, self._window(), strict=True):
            if not values:
                raise CalibrateError(
                    f"the sensor at the {self._readout.sites[channel]} cannot be read: check its wire, then start again"
                )
            means.append(fmean(values))
        self._span = max(self._span, *means)
        return means

    def _noise(self) -> tuple[float, ...]:
        return tuple(pstdev(values) if len(values) > 1 else 0.0 for values in self._window())

    def _steady(self) -> bool:
        if not self._recent or self._recent[-1][0] - self._recent[0][0] < 1.5 * self._read_s:
            return False
        now, before = self._window(), self._window(earlier=True)
        for last, first in zip(now, before, strict=True):
            if not last or not first:
                return False
            noise = pstdev(last) / len(last) ** 0.5 + pstdev(first) / len(first) ** 0.5
            if abs(fmean(last) - fmean(first)) > STEADY_SHARE * max(self._span, fmean(last)) + 3 * noise:
                return False
        return True
