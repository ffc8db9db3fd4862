"""How far a share of the time can be trusted: seconds that follow each other are not independent of each other.

The share of seconds in which the pressure fell gets Wilson's interval (J. Am. Stat. Assoc. 22, 1927) with the number of
seconds divided by their integrated autocorrelation time, summed over the initial positive sequence of pairs (Geyer,
Statistical Science 7, 1992). It says how well the recording tells of days like this one; what a sensor reads wrong all
day it cannot know.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Z_95 = 1.959964
SMOOTHED_S = 30
"""The levels that are compared are means over so long: no two seconds nearer than that tell two things."""


@dataclass(frozen=True)
class Share:
    """A share of judged seconds with its 95 % interval, and of how many independent seconds it is worth."""

    fraction: float
    low: float
    high: float
    judged_s: int
    independent: float

    def as_dict(self) -> dict[str, float | int]:
        """For JSON."""
        return {
            "fraction": round(self.fraction, 3),
            "low": round(self.low, 3),
            "high": round(self.high, 3),
            "judged_s": self.judged_s,
            "independent": round(self.independent, 1),
        }


def share_of(seconds: NDArray[np.bool_]) -> Share | None:
    """Of judged seconds (n,) the share that are true; None of none."""
    count = len(seconds)
    if not count:
        return None
    fraction = float(seconds.mean())
    independent = max(1.0, count / max(SMOOTHED_S, autocorrelation_s(seconds)))
    low, high = wilson(fraction, independent)
    return Share(fraction, low, high, count, independent)


def wilson(fraction: float, count: float) -> tuple[float, float]:
    """The 95 % interval of a share seen in so many independent trials."""
    z2 = Z_95 * Z_95
    middle = (fraction + z2 / (2 * count)) / (1 + z2 / count)
    half = Z_95 * sqrt(fraction * (1 - fraction) / count + z2 / (4 * count * count)) / (1 + z2 / count)
    return max(0.0, middle - half), min(1.0, middle + half)


def autocorrelation_s(seconds: NDArray[np.bool_]) -> float:
    """Integrated autocorrelation time in seconds, 1 for independent ones; of what never changes it is 1, too."""
    deviation = seconds - seconds.mean()
    count = len(deviation)
    variance = float(deviation @ deviation)
    if variance == 0:
        return 1.0
    spectrum = np.fft.rfft(deviation, 2 * count)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2)[:count] / variance
    pairs = correlation[: count // 2 * 2].reshape(-1, 2).sum(axis=1)
    ends = np.flatnonzero(pairs <= 0)
    return max(1.0, float(2 * pairs[: ends[0] if len(ends) else len(pairs)].sum() - 1))
