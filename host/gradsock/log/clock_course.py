"""How the host's clock went beside the sock's: an offset, a drift, and bends where a straight line does not do.

Probes that are neighbours in time are gathered, some eight at least: of their bounds the highest lower and the lowest
upper one leave a narrow gap, in whose middle the truth lies as likely above as below. A line through the middles is
fitted by least squares, each as heavy as its gap is narrow. Its drift is held by what crystals are known to do, so that
two minutes of probes do not invent a slope and twelve hours are not kept from one.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradsock.log.bounds import Bounds

    Floats = NDArray[np.float64]

GATHERED = 8  # probes at least in a gap
GAPS_MAX = 96
DRIFT_USUAL = 20e-6  # standard deviation of what two crystals part by: each is sold as within some 20 ppm
FLOOR_US = 300.0  # a gap is no better than the ticks of a millisecond that bound it (1000 / sqrt(12) us)
ROUNDS = 4  # within a gap the drift is taken off, which needs the drift; a few rounds settle that
PIECES = (1, 2, 4, 8, 16, 32)
BENT = 1.5  # middles that lie off by so many of their own deviations (RMS) are not of a straight line


@dataclass(frozen=True)
class ClockCourse:
    """Host less sock: ``offsets_us[part] + drift * since_us`` and what ``bends`` add.

    middle_us  the moment that is known best, where offset and drift have nothing to do with each other
    bends      (since_us, us to add), straight between, level beyond; empty where a line does
    """

    offsets_us: "Floats"
    drift: float
    drift_uncertainty: float
    middle_us: float
    bends: tuple[tuple[float, float], ...]

    def at(self, since_us: "Floats", part: "NDArray[np.int64]") -> "Floats":
        """Host less sock in us at moments of the sock's clock."""
        value = self.offsets_us[part] + self.drift * since_us
        if self.bends:
            at_us, by_us = zip(*self.bends, strict=True)
            value = value + np.interp(since_us, at_us, by_us)
        return np.asarray(value)


@dataclass(frozen=True)
class _Gaps:
    """Middles of gaps: when, where, how sure, and of which part."""

    since_us: "Floats"
    middle_us: "Floats"
    deviation_us: "Floats"
    part: "NDArray[np.int64]"


def clock_course_of(bounds: "Bounds") -> ClockCourse:
    """The course through the bounds of one boot: as straight as they allow."""
    course = _through(_each_probe(bounds))
    for _ in range(ROUNDS):
        course = _through(_gaps(bounds, course))
    best, smallest = course, np.inf
    for pieces in PIECES:
        gaps = _gaps(bounds, course)
        if len(gaps.since_us) < 2 * pieces:
            break
        if pieces > 1:
            for _ in range(ROUNDS):
                course = _bent(gaps, pieces)
                gaps = _gaps(bounds, course)
        off = np.sqrt(np.mean(((gaps.middle_us - course.at(gaps.since_us, gaps.part)) / gaps.deviation_us) ** 2))
        if off < smallest:
            best, smallest = course, off
        if off < BENT:
            break
    return best


def _each_probe(bounds: "Bounds") -> _Gaps:
    """Every probe by itself, where nothing is known of the drift yet."""
    width = bounds.high_us - bounds.low_us
    return _Gaps(bounds.since_us, (bounds.low_us + bounds.high_us) / 2, _deviation_us(width), bounds.part)


def _deviation_us(width_us: "Floats") -> "Floats":
    """Of a value that lies evenly anywhere in a gap."""
    return np.asarray(np.hypot(np.maximum(width_us, 0.0) / np.sqrt(12), FLOOR_US))


def _gaps(bounds: "Bounds", course: ClockCourse) -> _Gaps:
    """What neighbouring probes leave open together, told as a course of its own at the probes that bind."""
    rows = []
    for number in range(int(bounds.part[-1]) + 1):
        of_part = np.flatnonzero(bounds.part == number)
        count = max(1, min(GAPS_MAX, len(of_part) // GATHERED))
        rows += [(number, group) for group in np.array_split(of_part, count)]
    line = course.at(bounds.since_us, bounds.part)
    above, below = bounds.high_us - line, bounds.low_us - line
    low = np.array([group[np.argmax(below[group])] for _, group in rows])
    high = np.array([group[np.argmin(above[group])] for _, group in rows])
    since = (bounds.since_us[low] + bounds.since_us[high]) / 2
    part = np.array([number for number, _ in rows], np.int64)
    middle = course.at(since, part) + (above[high] + below[low]) / 2
    return _Gaps(since, middle, _deviation_us(above[high] - below[low]), part)


def _through(gaps: _Gaps) -> ClockCourse:
    """The straight course: least squares over the offsets of all parts and one drift, which is held."""
    parts = int(gaps.part[-1]) + 1
    weight = 1 / gaps.deviation_us
    design = np.zeros((len(gaps.since_us) + 1, parts + 1))
    design[np.arange(len(gaps.since_us)), gaps.part] = weight
    design[:-1, parts] = gaps.since_us * weight
    design[-1, parts] = 1 / DRIFT_USUAL
    # The drift is 1e-6 of a column that is 1e10 long: scaled, so that the solution keeps its digits.
    scale = np.maximum(np.abs(design).max(axis=0), 1e-30)
    wanted = np.append(gaps.middle_us * weight, 0.0)
    found = np.linalg.lstsq(design / scale, wanted, rcond=None)[0] / scale
    inverse = np.linalg.pinv((design / scale).T @ (design / scale))
    deviation = float(np.sqrt(inverse[parts, parts]) / scale[parts])
    middle_us = float(np.average(gaps.since_us, weights=weight**2))
    return ClockCourse(found[:parts], float(found[parts]), deviation, middle_us, ())


def _bent(gaps: _Gaps, pieces: int) -> ClockCourse:
    """The straight course and what bends it, at the ends and between pieces that hold as many gaps each."""
    straight = _through(gaps)
    knots = np.unique(np.quantile(gaps.since_us, np.linspace(0, 1, pieces + 1)))
    left_us = gaps.middle_us - straight.at(gaps.since_us, gaps.part)
    hats = np.array([np.interp(gaps.since_us, knots, row) for row in np.eye(len(knots))]).T
    weight = (1 / gaps.deviation_us)[:, None]
    by_us = np.linalg.lstsq(hats * weight, left_us * weight[:, 0], rcond=None)[0]
    return ClockCourse(
        straight.offsets_us,
        straight.drift,
        straight.drift_uncertainty,
        straight.middle_us,
        tuple(zip(knots.tolist(), by_us.tolist(), strict=True)),
    )
