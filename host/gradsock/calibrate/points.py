"""What a guided calibration collects: a reference pressure, what the sensor read, and when.

The points of one sensor, in their order, are its whole load history: from the reading of one point to the arrival at
the next the pressure goes straight from one to the other. So a fit can tell what the sensor remembers (creep,
hysteresis) from what it feels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from gradsock.errors import CalibrateError

PHASES = ("condition", "up", "down", "loop", "hold", "rest")
"""What a point was for. Those of conditioning only tell what the sensor has been through; they are not fitted."""


@dataclass(frozen=True, slots=True)
class Point:
    """One reading of one sensor."""

    phase: str
    reference_mmHg: float
    ratio: float
    """Counts over (reference - counts): the sensor's conductance times the divider's resistor."""
    at_s: float
    """When it was read, from the start of the calibration."""
    hold_s: float
    """For how long the pressure had been there by then."""
    degC: float | None = None
    """How warm the sensor was, where a thermistor beside it told."""

    def rounded(self) -> "Point":
        """With as many digits as mean something, which is how an artefact keeps it."""
        return Point(
            self.phase,
            round(self.reference_mmHg, 2),
            round(self.ratio, 6),
            round(self.at_s, 1),
            round(self.hold_s, 1),
            self.degC,
        )

    def as_dict(self) -> dict[str, Any]:
        """For the artefact."""
        return asdict(self)

    @classmethod
    def from_dict(cls, read: object) -> "Point":
        """A point of an artefact; CalibrateError when it is none."""
        if not isinstance(read, Mapping) or read.get("phase") not in PHASES:
            raise CalibrateError(f"a point of a calibration has a phase: {', '.join(PHASES)}")
        try:
            mmHg, ratio, at_s, hold_s = (float(read[key]) for key in ("reference_mmHg", "ratio", "at_s", "hold_s"))
            degC = None if read.get("degC") is None else float(read["degC"])
        except (KeyError, TypeError, ValueError):
            raise CalibrateError("a point of a calibration has reference_mmHg, ratio, at_s and hold_s") from None
        if not all(abs(number) < 1e6 for number in (mmHg, ratio, at_s, hold_s, degC or 0.0)):
            raise CalibrateError("a point of a calibration holds a number that cannot be")
        return cls(str(read["phase"]), mmHg, ratio, at_s, hold_s, degC)


def fitted(points: Sequence[Point]) -> list[Point]:
    """The points that a curve has to go through."""
    return [point for point in points if point.phase != "condition"]


LEVELS_MIN = 5
HIGHEST_MIN_MMHG = 40.0
SAME_LEVEL_MMHG = 2.5
"""Readings closer than this belong to one level: a gauge is read to 1 or 2 mmHg."""


def check(points: Sequence[Point], site: str) -> None:
    """Refuse what no curve can be made of; CalibrateError says what is wrong and what to do."""
    for earlier, later in pairwise(points):
        if later.at_s <= earlier.at_s or later.hold_s < 0 or later.hold_s > later.at_s:
            raise CalibrateError(f"{site}: the points are not in the order of time: calibrate this sensor again")
    branches = {phase: [point for point in points if point.phase == phase] for phase in ("up", "down")}
    _check_branch(branches["up"], site, "up")
    _check_branch(branches["up"][-1:] + branches["down"], site, "down")  # the top is on both ways
    if not any(point.reference_mmHg < SAME_LEVEL_MMHG for point in fitted(points)):
        raise CalibrateError(f"{site}: there is no reading without pressure: begin with the cuff open")


def _check_branch(branch: Sequence[Point], site: str, phase: str) -> None:
    levels = sorted(branch, key=lambda point: point.reference_mmHg)
    distinct = 1 + sum(b.reference_mmHg - a.reference_mmHg >= SAME_LEVEL_MMHG for a, b in pairwise(levels))
    if len(levels) < LEVELS_MIN or distinct < LEVELS_MIN:
        raise CalibrateError(
            f"{site}: too few points on the way {phase} ({len(levels)}): at least {LEVELS_MIN} levels from 0 to 60 mmHg"
        )
    if levels[-1].reference_mmHg < HIGHEST_MIN_MMHG:
        raise CalibrateError(
            f"{site}: the highest pressure on the way {phase} is {levels[-1].reference_mmHg:.0f} mmHg:"
            f" go up to 60, at least to {HIGHEST_MIN_MMHG:.0f}"
        )
    for low, high in pairwise(levels):
        if high.reference_mmHg - low.reference_mmHg >= SAME_LEVEL_MMHG and high.ratio <= low.ratio:
            raise CalibrateError(
                f"{site}: it does not read more at {high.reference_mmHg:.0f} mmHg than at {low.reference_mmHg:.0f}"
                f" on the way {phase}: is it under the air bladder, and is its wire whole?"
            )
