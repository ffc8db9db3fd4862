"""What walking does to the pressures: how much they swing in a stride, and how many steps a minute that is.

The calf's muscle swells once a stride, so each site swings with the stride (about one a second; by 4 to 7 mmHg at B1,
measured with a PicoPress), and a minute has twice as many steps. A stretch counts as walking when the swings of
one site repeat themselves.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sock import MISSING, SITES

WINDOW_S = 8.0
STRIDE_S = (0.6, 2.0)
"""From running to strolling."""
REPEATS = 0.6
"""Correlation of a window with itself one stride later: noise and single movements stay below."""
SWING_MIN_MMHG = 1.5
RATE_MIN_HZ = 8.0
"""Below, the swing of a stride is cut off."""
WORN_MIN_MMHG = 3.0


@dataclass(frozen=True)
class Walking:
    """walking_s: how long; cadence in steps a minute and swing per site in mmHg: medians, None without any walking."""

    walking_s: float
    cadence_per_min: float | None
    swing_mmHg: dict[str, float]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        cadence = None if self.cadence_per_min is None else round(self.cadence_per_min, 1)
        swings = {site: round(swing, 2) for site, swing in self.swing_mmHg.items()}
        return {"walking_s": round(self.walking_s, 1), "cadence_per_min": cadence, "swing_mmHg": swings}


def walking(t_ms: NDArray[np.int64], pressures_cmmHg: NDArray[np.int64], period_ms: int) -> Walking | None:
    """Over samples (n,) and (n, sites); None when they are too few a second to tell."""
    if period_ms <= 0 or 1000 / period_ms < RATE_MIN_HZ:
        return None
    windows = _windows(t_ms, pressures_cmmHg, round(WINDOW_S * 1000 / period_ms), period_ms)
    strides, leading = _strides(windows, period_ms)
    walks = strides > 0
    if not walks.any():
        return Walking(0.0, None, {})
    swings = _swings(windows[walks], strides[walks])
    told = {site: swing for site, swing in zip(SITES, swings, strict=True) if not np.isnan(swing)}
    return Walking(float(walks.sum()) * WINDOW_S, 120_000 / float(np.median(leading[walks]) * period_ms), told)


def together(parts: list[Walking]) -> Walking | None:
    """Several stretches as one, weighted by how long each walked; None of none."""
    if not parts:
        return None
    walked = [part for part in parts if part.walking_s]
    total_s = sum(part.walking_s for part in walked)
    if not walked:
        return Walking(0.0, None, {})
    cadence = sum((part.cadence_per_min or 0) * part.walking_s for part in walked) / total_s
    swings = {}
    for site in SITES:
        of_site = [(part.swing_mmHg[site], part.walking_s) for part in walked if site in part.swing_mmHg]
        if of_site:
            swings[site] = sum(swing * s for swing, s in of_site) / sum(s for _, s in of_site)
    return Walking(total_s, cadence, swings)


def _windows(
    t_ms: NDArray[np.int64], pressures_cmmHg: NDArray[np.int64], length: int, period_ms: int
) -> NDArray[np.float64]:
    """(windows, length, sites) in mmHg: those without a gap; NaN for a site that could not be read in it."""
    count = len(t_ms) // length
    t = t_ms[: count * length].reshape(count, length)
    mmHg = pressures_cmmHg[: count * length].reshape(count, length, len(SITES)) / 100.0
    unread = pressures_cmmHg[: count * length].reshape(mmHg.shape) == MISSING
    mmHg = np.where(unread.any(axis=1)[:, None, :], np.nan, mmHg)
    whole = (np.diff(t, axis=1) < 2 * period_ms).all(axis=1) if count else np.zeros(0, bool)
    kept: NDArray[np.float64] = mmHg[whole]
    return kept


def _strides(windows: NDArray[np.float64], period_ms: int) -> "tuple[NDArray[np.int64], NDArray[np.float64]]":
    """Samples a stride of each window, 0 where nobody walks; and the same between samples, by a parabola."""
    count, length, _ = windows.shape
    strides, exact = np.zeros(count, np.int64), np.zeros(count)
    if not count:
        return strides, exact
    deviation = np.nan_to_num(windows - windows.mean(axis=1, keepdims=True))
    first, last = (round(seconds * 1000 / period_ms) for seconds in STRIDE_S)
    spectrum = np.fft.rfft(deviation, 2 * length, axis=1)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2, axis=1)[:, : last + 2]
    correlation /= np.maximum(correlation[:, :1], 1e-9)
    correlation *= (length / (length - np.arange(last + 2)))[None, :, None]
    swing = np.percentile(deviation, 95, axis=1) - np.percentile(deviation, 5, axis=1)
    worn = np.nan_to_num(windows.mean(axis=1)) > WORN_MIN_MMHG
    for row in range(count):
        site = int(np.argmax(np.where(worn[row], swing[row], 0)))
        if not worn[row, site] or swing[row, site] < SWING_MIN_MMHG:
            continue
        course = correlation[row, :, site]
        at = _first_peak(course, first, last)
        if at and course[at] >= REPEATS:
            strides[row], exact[row] = at, at + _vertex(course[at - 1 : at + 2])
    return strides, exact


def _first_peak(course: NDArray[np.float64], first: int, last: int) -> int:
    """The earliest peak that is nearly as high as the highest one: later ones are two strides; 0 when there is none."""
    inner = course[first : last + 1]
    peaks = np.flatnonzero((inner >= course[first - 1 : last]) & (inner > course[first + 1 : last + 2])) + first
    if not len(peaks):
        return 0
    near = peaks[course[peaks] >= 0.85 * course[peaks].max()]
    return int(near[0])


def _vertex(three: NDArray[np.float64]) -> float:
    """Where between three samples the top of a parabola lies, seen from the middle one."""
    left, middle, right = (float(value) for value in three)
    bend = left - 2 * middle + right
    return 0.0 if bend == 0 else 0.5 * (left - right) / bend


def _swings(windows: NDArray[np.float64], strides: NDArray[np.int64]) -> list[float]:
    """Per site the median of highest minus lowest in a stride."""
    found: list[list[float]] = [[] for _ in SITES]
    for window, stride in zip(windows, strides.tolist(), strict=True):
        whole = len(window) // stride
        rows = window[: whole * stride].reshape(whole, stride, len(SITES))
        for site, swing in enumerate((rows.max(axis=1) - rows.min(axis=1)).T):
            found[site] += [float(one) for one in swing if not np.isnan(one)]
    return [float(np.median(swings)) if swings else float("nan") for swings in found]
