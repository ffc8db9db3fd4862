"""From the sock's ticks to UTC, per boot, by the probes that its hosts made.

Arrival times are never used: a radio delays as it likes. A probe says more than when it was made: the question cannot
have come before it was asked, nor the answer before it was given. Each probe is a lower and an upper bound
(`gradsock.log.bounds`), and what lies between all of them is the time. A straggler widens its own and spoils nothing.

Both crystals wander with temperature, so a line that a whole day contradicts is bent where it has to be. A host's clock
that jumps (set right, or waking up) splits its probes; the whole boot is told by the clock as it went last, since jumps
mostly correct.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradsock.link.events import Probe
from gradsock.log.bounds import Bounds, bounds_of
from gradsock.log.clock_course import ClockCourse, clock_course_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNDATED = -(1 << 63)
"""UTC of a sample in a boot that no host ever probed; as ``datetime64[us]`` it is NaT."""

TICK_US = 1000  # the sock's clock counts whole milliseconds


@dataclass(frozen=True, slots=True)
class Jump:
    """The host's clock was set by so much, after the boot's ticks said so many ms and before the next probe."""

    after_ticks_ms: int
    by_us: int


@dataclass(frozen=True, slots=True)
class TimeLine:
    """UTC of one boot: ``at_utc_us + since * (1 + drift)``, since in us from ``at_ticks_ms``, bent at ``bends``.

    bends                 (ticks_ms, us to add there), straight between them; empty for a straight line
    uncertainty_us        the line as it is drawn cannot lie higher or lower by more without contradicting a probe
    drift_uncertainty     standard deviation of the drift: how fast time gets worse away from ``middle_ticks_ms``
    last_ticks_ms         of the last probe
    """

    at_ticks_ms: int
    at_utc_us: int
    drift: float
    probes: int
    best_round_trip_us: int
    uncertainty_us: int = 0
    drift_uncertainty: float = 0.0
    middle_ticks_ms: int = 0
    last_ticks_ms: int = 0
    bends: tuple[tuple[int, int], ...] = ()
    jumps: tuple[Jump, ...] = ()

    def utc_us(self, ticks_ms: "NDArray[np.int64]") -> "NDArray[np.int64]":
        """UTC in microseconds of an array of ticks, shape kept."""
        since_us = (ticks_ms - self.at_ticks_ms) * 1000
        correction_us = since_us * self.drift
        if self.bends:
            at_ms, by_us = zip(*self.bends, strict=True)
            correction_us = correction_us + np.interp(ticks_ms, at_ms, by_us)
        utc_us: NDArray[np.int64] = self.at_utc_us + since_us + np.rint(correction_us).astype(np.int64)
        return utc_us

    def off_by_at_most_us(self, ticks_ms: int) -> int:
        """How good the time is at a moment: what the probes leave open, and two standard deviations of the drift."""
        return self.uncertainty_us + round(2000 * abs(ticks_ms - self.middle_ticks_ms) * self.drift_uncertainty)


def fit(probes: Iterable[Probe]) -> dict[int, TimeLine]:
    """A line per boot that was probed."""
    by_boot: dict[int, list[Probe]] = {}
    for probe in probes:
        if probe.round_trip_us >= 0:
            by_boot.setdefault(probe.boot, []).append(probe)
    return {boot: _line(of_boot) for boot, of_boot in by_boot.items()}


def _line(probes: list[Probe]) -> TimeLine:
    bounds = bounds_of(probes)
    course = clock_course_of(bounds)
    return TimeLine(
        at_ticks_ms=bounds.origin_ticks_ms,
        at_utc_us=bounds.origin_utc_us + round(course.offsets_us[-1]),
        drift=course.drift,
        probes=len(probes),
        best_round_trip_us=min(probe.round_trip_us for probe in probes),
        uncertainty_us=_slack_us(bounds, course) + TICK_US,
        drift_uncertainty=course.drift_uncertainty,
        middle_ticks_ms=bounds.origin_ticks_ms + round(course.middle_us / 1000),
        last_ticks_ms=bounds.origin_ticks_ms + round(bounds.since_us[-1] / 1000),
        bends=tuple((bounds.origin_ticks_ms + round(at / 1000), round(by)) for at, by in course.bends),
        jumps=_jumps(bounds, course),
    )


def _slack_us(bounds: Bounds, course: ClockCourse) -> int:
    """How far the line could be moved up or down before a probe of the clock as it went last contradicts it."""
    last = bounds.part == bounds.part[-1]
    line = course.at(bounds.since_us, bounds.part)
    below, above = (line - bounds.low_us)[last], (bounds.high_us - line)[last]
    return round(max(abs(float(below.min())), abs(float(above.min()))))


def _jumps(bounds: Bounds, course: ClockCourse) -> tuple[Jump, ...]:
    before = np.flatnonzero(np.diff(bounds.part))
    return tuple(
        Jump(
            bounds.origin_ticks_ms + round(bounds.since_us[at] / 1000),
            round(course.offsets_us[bounds.part[at + 1]] - course.offsets_us[bounds.part[at]]),
        )
        for at in before.tolist()
    )
