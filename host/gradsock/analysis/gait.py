"""Walking: how much the pressure swings with each stride, and how many steps a minute.

A pressure swings about once a second while its leg walks, once per stride, with harmonics to 3 to 5 Hz; amplitude is
highest minus lowest of a stride (B1 6.0-6.8, C 3.7-4.3, D 4.2-6.3 mmHg in 10 people with 8 stockings, by PicoPress). Of
a swing at 1 Hz sampling at 10 Hz loses 5 % of the peak, at 25 Hz less than 1 %; slower than 10 Hz nothing is told.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from sock import MISSING, SITES
from sock.reducer import RAIL_CMMHG, RAIL_LOW_CMMHG

RATE_MIN_HZ = 10
WINDOW_S = 8
STRIDES_HZ = (0.6, 1.5)
"""Strides per second from a slow walk to a run."""
BAND_HZ = (0.4, 6.0)
RHYTHM = 0.65
"""Of the power in the band that much at the stride and its next two harmonics: a rhythm, not handling."""
ALIKE = 0.12
"""By so much the rhythm may change from one window to the next."""
SWING_MIN_CMMHG = 150
WORN_MIN_CMMHG = 300
WALKING_MIN_S = 2 * WINDOW_S
BRIDGE_S = 0.2
"""Shorter holes, as an erase of the flash leaves them, are crossed on a straight line: a stride is longer by far."""


@dataclass(frozen=True)
class Walk:
    """One walk without a pause: its time as the samples have it, and steps per minute."""

    start_ms: int
    end_ms: int
    cadence_per_min: float


@dataclass(frozen=True)
class Walking:
    """What there was of it: seconds, steps per minute (two per stride), and the median swing per site in mmHg; per site
    how many of the seconds tell no swing there, none that are 0.
    """

    seconds: float
    cadence_per_min: float
    amplitude_mmHg: dict[str, float | None]
    without_s: Mapping[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "seconds": self.seconds,
            "cadence_per_min": round(self.cadence_per_min, 1),
            "amplitude_mmHg": {site: None if a is None else round(a, 2) for site, a in self.amplitude_mmHg.items()},
            "without_s": dict(self.without_s),
        }


class Gait:
    """Fed stretches of one recording; then `walking` says what there was, or `why_not`."""

    def __init__(self) -> None:
        self.walks: list[Walk] = []
        self._strides_Hz: list[NDArray[np.float64]] = []
        self._swings: list[NDArray[np.float64]] = []
        self._too_slow = True

    def add(self, t_ms: NDArray[np.int64], pressures_cmmHg: NDArray[np.int64], period_s: float) -> None:
        """t_ms (n,), pressures (n, 3) with MISSING, the usual step between them."""
        if period_s <= 0 or period_s > 1 / RATE_MIN_HZ + 1e-9:
            return
        self._too_slow = False
        length = round(WINDOW_S / period_s)
        read = (pressures_cmmHg != MISSING).any(axis=1)  # the others are holes
        if not read.all():
            t_ms, pressures_cmmHg = t_ms[read], pressures_cmmHg[read]
        t_ms, pressures_cmmHg = _bridged(t_ms, pressures_cmmHg, period_s)
        for rows in _without_gaps(t_ms, period_s, length):
            whole = pressures_cmmHg[rows][: (rows.stop - rows.start) // length * length]
            strides_Hz, swings = _strides(np.ascontiguousarray(whole.T).reshape(len(SITES), -1, length), period_s)
            walked = _lasting(strides_Hz)
            self._strides_Hz.append(strides_Hz[walked])
            self._swings.append(swings[walked])
            self.walks += _walks(t_ms[rows][::length], round(1000 * length * period_s), strides_Hz, walked)

    @property
    def walking(self) -> Walking | None:
        """None when there was too little of it."""
        strides_Hz = np.concatenate(self._strides_Hz or [np.empty(0)])
        if len(strides_Hz) * WINDOW_S < WALKING_MIN_S:
            return None
        swings = np.concatenate(self._swings)
        known = [swings[~np.isnan(swings[:, site]), site] for site in range(len(SITES))]
        medians = {s: float(np.median(k)) / 100 if len(k) else None for s, k in zip(SITES, known, strict=True)}
        unknown = {s: float(WINDOW_S) * (len(strides_Hz) - len(k)) for s, k in zip(SITES, known, strict=True)}
        without_s = {site: seconds for site, seconds in unknown.items() if seconds}
        return Walking(len(strides_Hz) * float(WINDOW_S), 120 * float(np.median(strides_Hz)), medians, without_s)

    @property
    def why_not(self) -> str:
        """Why there is no word on walking."""
        if self._too_slow:
            return f"walking, of which fewer than {RATE_MIN_HZ} readings a second tell nothing"
        return f"walking: there is less than {WALKING_MIN_S} s of it"


def _strides(windows: NDArray[np.int64], period_s: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """windows (sites, number, samples): strides per second of each, NaN where it is no walk; swings (number, sites) in
    cmmHg, NaN at a site that tells none.
    """
    number, length = windows.shape[1:]
    strides_Hz, swings = np.full(number, np.nan), np.full((number, len(SITES)), np.nan)
    low, high = windows.min(axis=2), windows.max(axis=2)
    read = (high < RAIL_CMMHG) & (low > RAIL_LOW_CMMHG) & (windows.mean(axis=2) >= WORN_MIN_CMMHG)
    moving = np.flatnonzero((read & (high - low >= SWING_MIN_CMMHG)).any(axis=0))
    if not len(moving):
        return strides_Hz, swings
    there = read[:, moving]
    together = np.where(there[:, :, None], windows[:, moving], 0.0).sum(axis=0) / there.sum(axis=0)[:, None]
    together -= together.mean(axis=1)[:, None]
    power = np.abs(np.fft.rfft(together * np.hanning(length), axis=1)) ** 2
    step_Hz = 1 / (length * period_s)
    stride = _peak(power, step_Hz)
    share = sum(_near(power, stride * harmonic) for harmonic in (1, 2, 3))
    band = power[:, round(BAND_HZ[0] / step_Hz) : round(BAND_HZ[1] / step_Hz) + 1].sum(axis=1)
    rhythmic = share >= RHYTHM * np.maximum(band, 1e-9)
    samples = np.rint(length / stride).astype(int)
    for long in np.unique(samples[rhythmic]).tolist():
        alike = np.flatnonzero(rhythmic & (samples == long))
        swing = np.where(there[:, alike], _swing(windows[:, moving[alike]], long), np.nan).T
        enough = np.nanmax(swing, axis=1) >= SWING_MIN_CMMHG
        walked = moving[alike[enough]]
        strides_Hz[walked], swings[walked] = stride[alike[enough]] * step_Hz, swing[enough]
    return strides_Hz, swings


def _lasting(strides_Hz: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Windows that have a neighbour of nearly the same rhythm: a walk goes on."""
    alike = np.abs(np.diff(strides_Hz)) <= ALIKE * strides_Hz[1:]  # NaN is like nothing
    return np.asarray(np.append(alike, False) | np.append(False, alike))


def _walks(
    begin_ms: NDArray[np.int64], length_ms: int, strides_Hz: NDArray[np.float64], walked: NDArray[np.bool_]
) -> Iterator[Walk]:
    """Windows that follow each other, as one walk."""
    edges = np.flatnonzero(np.diff(walked.astype(np.int8), prepend=0, append=0))
    for first, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        cadence_per_min = 120 * float(np.median(strides_Hz[first:end]))
        yield Walk(int(begin_ms[first]), int(begin_ms[end - 1]) + length_ms, cadence_per_min)


def _bridged(
    t_ms: NDArray[np.int64], pressures_cmmHg: NDArray[np.int64], period_s: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The same with short holes filled; beside a reading that is none there is none."""
    if not len(t_ms):
        return t_ms, pressures_cmmHg
    steps = np.rint(np.diff(t_ms) / (1000 * period_s)).astype(np.int64)
    rows = np.append(0, np.cumsum(np.where((steps > 1) & (steps * period_s <= BRIDGE_S + 1e-9), steps, 1)))
    if rows[-1] + 1 == len(t_ms):
        return t_ms, pressures_cmmHg
    every = np.arange(rows[-1] + 1)
    none = (pressures_cmmHg >= RAIL_CMMHG) | (pressures_cmmHg <= RAIL_LOW_CMMHG)
    filled = np.stack([np.interp(every, rows, column) for column in pressures_cmmHg.T], axis=1)
    beside = np.stack([np.interp(every, rows, column) > 0 for column in none.T], axis=1)
    filled = np.where(beside, MISSING, np.rint(filled)).astype(np.int64)
    filled[rows] = pressures_cmmHg
    return np.rint(np.interp(every, rows, t_ms)).astype(np.int64), filled


def _without_gaps(t_ms: NDArray[np.int64], period_s: float, length: int) -> Iterator[slice]:
    """Rows that follow each other at the usual step, at least `length` of them."""
    breaks = np.flatnonzero(np.diff(t_ms) > 1500 * period_s) + 1
    for begin, end in zip([0, *breaks.tolist()], [*breaks.tolist(), len(t_ms)], strict=True):
        if end - begin >= length:
            yield slice(begin, end)


def _peak(power: NDArray[np.float64], step_Hz: float) -> NDArray[np.float64]:
    """Where the stride is, in steps of the spectrum, between them by a parabola through the logarithm."""
    low, high = round(STRIDES_HZ[0] / step_Hz), round(STRIDES_HZ[1] / step_Hz)
    at = power[:, low : high + 1].argmax(axis=1) + low
    rows = np.arange(len(power))
    left, top, right = (np.log(np.maximum(power[rows, at + shift], 1e-9)) for shift in (-1, 0, 1))
    curve = left - 2 * top + right
    shift = np.where(curve < 0, 0.5 * (left - right) / np.where(curve < 0, curve, -1), 0.0)
    return np.asarray(at + np.clip(shift, -0.5, 0.5))


def _near(power: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Power at a place of the spectrum and its neighbours, which Hann's window spreads it to."""
    middle = np.rint(at).astype(int)
    rows = np.arange(len(power))
    there = [power[rows, np.clip(middle + shift, 0, power.shape[1] - 1)] for shift in (-1, 0, 1)]
    return np.asarray(sum(there))


def _swing(windows: NDArray[np.int64], stride: int) -> NDArray[np.float64]:
    """Median over the strides of each window of highest minus lowest; windows (sites, number, samples)."""
    sites, number, length = windows.shape
    whole = windows[:, :, : length // stride * stride].reshape(sites, number, -1, stride)
    return np.asarray(np.median(whole.max(axis=3) - whole.min(axis=3), axis=2))
