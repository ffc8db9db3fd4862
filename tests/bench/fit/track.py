"""Piecewise linear courses over time, one column per sensor: hands, presses, events and moves are made of these."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .draw import Rng

Floats = NDArray[np.float64]


@dataclass
class Track:
    """value (n, sensors) at t_s (n,), linear between; nothing outside."""

    t_s: Floats
    value: Floats


class Tracks:
    """A bundle of tracks that are added up over a stretch of time."""

    def __init__(self, tracks: list[Track]) -> None:
        self.tracks = sorted(tracks, key=lambda track: float(track.t_s[0]))
        self._start = np.array([track.t_s[0] for track in self.tracks])
        self._end = np.array([track.t_s[-1] for track in self.tracks])

    def add_to(self, t_s: Floats, out: NDArray[np.floating]) -> bool:
        """Add all of them at times t_s (n, ascending) to out (sensors, n); False when none lies there."""
        if not self.tracks:
            return False
        hit = np.flatnonzero((self._start < t_s[-1]) & (self._end > t_s[0]))
        for index in hit:
            track = self.tracks[index]
            first, last = np.searchsorted(t_s, (track.t_s[0], track.t_s[-1]))
            for channel in range(track.value.shape[1]):
                column = track.value[:, channel]
                if column.any():
                    out[channel, first:last] += np.interp(t_s[first:last], track.t_s, column)
        return bool(hit.size)


def trapezoid(start_s: float, rise_s: float, hold_s: float, fall_s: float, height: Floats) -> Track:
    """Up, hold, down; height per sensor."""
    t_s = np.array([start_s, start_s + rise_s, start_s + rise_s + hold_s, start_s + rise_s + hold_s + fall_s])
    return Track(t_s, np.array([0.0, 1.0, 1.0, 0.0])[:, None] * height[None, :])


def strokes(rng: Rng, start_s: float, length_s: float, mmHg: Floats, channels: int) -> Track:
    """Hands at work: one short bump per element of mmHg within length_s, mainly on one sensor; a knot every 0.1 s."""
    n = max(int(length_s * 10.0) + 2, 6)
    value = np.zeros((n, channels))
    for height in mmHg:
        width = min(int(rng.uniform(2.0, 15.0)), n - 2)
        first = int(rng.integers(0, n - width))
        bump = np.sin(np.linspace(0.0, np.pi, width + 1))[: n - first] * height
        share = rng.uniform(-0.15, 0.3, channels)
        share[int(rng.integers(channels))] = 1.0
        value[first : first + len(bump)] += bump[:, None] * share[None, :]
    value[0] = value[-1] = 0.0
    return Track(start_s + np.arange(n, dtype=np.float64) * 0.1, value)
