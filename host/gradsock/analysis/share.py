"""A share of time, and how well it is known: seconds that follow each other say nearly the same.

The number of independent seconds is n / tau, tau being the integrated autocorrelation time with Sokal's self-consistent
window (A. Sokal, Monte Carlo Methods in Statistical Mechanics, 1997: summed up to the first lag beyond 5 tau); the
interval is Wilson's (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927) with that number in the place of n. Each second is
judged by a mean over 30 s, so tau is never taken to be shorter, even where nothing changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sock.fit import SETTLED_S

WINDOW = 5.0
Z_95 = 1.959964
"""Two-sided 95 % of a normal distribution."""


@dataclass(frozen=True)
class Share:
    """A share of the judged seconds, with its 95 % interval."""

    fraction: float
    low: float
    high: float
    judged_s: int
    independent: float
    """How many independent seconds these are worth."""
    settled_s: int = 0
    """How many seconds the sock had settled; fewer are judged where but one site could be told."""
    without_s: Mapping[str, int] = field(default_factory=dict)
    """Per site how many of the judged seconds were judged by the other sites alone; none that are 0."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "fraction": round(self.fraction, 3),
            "low": round(self.low, 3),
            "high": round(self.high, 3),
            "confidence": 0.95,
            "judged_s": self.judged_s,
            "settled_s": self.settled_s,
            "without_s": dict(self.without_s),
            "independent": round(self.independent, 1),
            "method": "Wilson interval, n over the integrated autocorrelation time (Sokal)",
        }


def share_of(
    flags: list[NDArray[np.bool_]], settled_s: int | None = None, without_s: Mapping[str, int] | None = None
) -> Share | None:
    """flags: one per second, a list of stretches without a gap between their seconds. None when there are none.

    settled_s, without_s: see `Share`; default: all that was settled was judged, by all sites.
    """
    number = sum(len(part) for part in flags)
    if not number:
        return None
    fraction = sum(int(part.sum()) for part in flags) / number
    independent = max(number / max(correlation_s(flags), float(SETTLED_S)), 1.0)
    low, high = _wilson(fraction, independent)
    return Share(fraction, low, high, number, independent, number if settled_s is None else settled_s, without_s or {})


def correlation_s(flags: list[NDArray[np.bool_]]) -> float:
    """Integrated autocorrelation time in seconds, from 1; over all stretches together."""
    number = sum(len(part) for part in flags)
    mean = sum(int(part.sum()) for part in flags) / number
    longest = max(len(part) for part in flags)
    products = np.zeros(longest)
    for part in flags:
        length = len(part)
        wave = np.fft.rfft(part - mean, 2 * length)
        products[:length] += np.fft.irfft(wave * wave.conj(), 2 * length)[:length]
    if products[0] <= 1e-9 * number:
        return 1.0
    rho = products / products[0]  # divided by n at every lag: the sum stays tame where few pairs are left
    tau = 1 + 2 * np.cumsum(rho[1:])
    windows = np.flatnonzero(np.arange(1, longest) >= WINDOW * tau)
    if len(windows):
        return max(1.0, float(tau[windows[0]]))
    return float(number)  # nothing here is independent of anything else


def _wilson(fraction: float, number: float) -> tuple[float, float]:
    z2 = Z_95 * Z_95
    middle = (fraction + z2 / (2 * number)) / (1 + z2 / number)
    half = Z_95 / (1 + z2 / number) * np.sqrt(fraction * (1 - fraction) / number + z2 / (4 * number * number))
    return float(max(0.0, middle - half)) if fraction else 0.0, float(min(1.0, middle + half)) if fraction < 1 else 1.0
