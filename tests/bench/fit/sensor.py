"""From the pressure at a sensor to a reading: creep, hysteresis, temperature at 1 Hz, noise and rounding at 25 Hz."""

import math

import numpy as np
from numpy.typing import NDArray
from sock import MISSING

from .draw import Rng
from .person import Lens, Person
from .recipe import Sensors

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]

ROOM_C, SKIN_C = 23.0, 33.0
"""Bench and skin: a sensor calibrated on the bench warms up under the sock."""


def slow_reading(rng: Rng, person: Person, true_mmHg: Floats, worn_s: float) -> Floats:
    """What the sensors would read without noise: (sensors, seconds) from the true pressures of the same shape.

    worn_s: when the sock came onto the leg, from where on it warms up.
    """
    sensors = person.recipe.sensors
    seconds = np.arange(true_mmHg.shape[1])
    warm = np.clip(1.0 - np.exp(-(seconds - worn_s) / sensors.warming_s(rng)), 0.0, 1.0) * (SKIN_C - ROOM_C)
    weather = _course(rng, len(seconds), 1800, 1.0)
    calibrated_warm = rng.uniform() < 0.5
    temperature = 1.0 + person.temperature * (warm + weather - (SKIN_C - ROOM_C if calibrated_warm else 0.0))
    reading = np.empty_like(true_mmHg)
    for channel, lens in enumerate(person.lenses):
        creeping = _creep(sensors, lens, true_mmHg[channel])
        reading[channel] = (_trailing(true_mmHg[channel], lens) + creeping) * lens.gain * temperature
        reading[channel] += lens.offset_mmHg + _slow_noise(rng, lens, len(seconds))
    return reading


def _creep(sensors: Sensors, lens: Lens, load: Floats) -> Floats:
    """What creep adds: per decade of time a share of each load since it came (log), or toward an end value."""
    if sensors.creep == "exponential":
        return lens.creep * lagged(load, lens.creep_t0_s)
    total = np.zeros_like(load)
    for decade in range(4):  # a lag per decade adds up to log10(1 + t / t0)
        total += lagged(load, lens.creep_t0_s * 10.0**decade)
    return lens.creep * total


def lagged(x: Floats, tau_s: float) -> Floats:
    """x (1 Hz) after a first-order lag, from rest."""
    decay = math.exp(-1.0 / max(tau_s, 1.0))
    block = max(int(200.0 * max(tau_s, 1.0)), 1)
    out, state = np.empty_like(x), 0.0
    for first in range(0, len(x), block):
        part = x[first : first + block]
        power = decay ** np.arange(1, len(part) + 1)
        out[first : first + block] = power * (state + np.cumsum(part / power) * (1.0 - decay))
        state = float(out[first + len(part) - 1])
    return out


PLAYS = (0.1, 0.3, 0.5)
"""Half-widths of the plays that make up a loop, as shares of the full load: small loops are narrower."""

PLAY_WEIGHT = 0.5 / sum(PLAYS)
"""Each play's share, so that the loop from nothing to the full load and back is as wide as the sensor's hysteresis."""


def _trailing(x: Floats, lens: Lens, every: int = 4) -> Floats:
    """x through hysteresis: a sum of plays (Prandtl's model), decided every few seconds; true on a rising load."""
    if lens.hysteresis <= 0.0:
        return x
    coarse = x[::every].tolist()
    total = np.zeros(len(coarse))
    for share in PLAYS:
        half, state = share * lens.full_mmHg, 0.0
        trail = []
        for value in coarse:
            state = min(max(state, value - half), value + half)
            trail.append(state - value)
        total += trail
    lag = np.interp(np.arange(len(x)), np.arange(0, len(x), every), total) * (PLAY_WEIGHT * lens.hysteresis)
    trailed: Floats = np.maximum(x + lag, 0.0) / (1.0 - 0.5 * lens.hysteresis)
    return trailed


def _slow_noise(rng: Rng, lens: Lens, n: int) -> Floats:
    return _course(rng, n, 60, lens.noise_mmHg * lens.drift_share)


def _course(rng: Rng, n: int, every: int, sd: float) -> Floats:
    """(n,) at 1 Hz, a new independent value of that SD every so many seconds, linear between."""
    knots = np.arange(0, n + every, every)
    return np.interp(np.arange(n), knots, rng.normal(0.0, sd, len(knots)))


def noise(rng: Rng, person: Person, n: int) -> Floats32:
    """(sensors, n) of noise at 25 Hz."""
    out = np.empty((len(person.lenses), n), np.float32)
    for channel, lens in enumerate(person.lenses):
        if person.recipe.sensors.noise == "white":
            out[channel] = rng.standard_normal(n, dtype=np.float32)
            out[channel] *= lens.noise_mmHg
        else:
            out[channel] = _pink(rng, lens.noise_mmHg, n)
    return out


def _pink(rng: Rng, sd: float, n: int) -> Floats32:
    """Equal power in five bands from 25 Hz down to one in 25 s; now and then an impulse, or a jump for a while."""
    out = rng.standard_normal(n, dtype=np.float32)
    for hold in (5, 25, 125, 625):
        knots = rng.standard_normal(n // hold + 1, dtype=np.float32)
        out += np.repeat(knots, hold)[:n] * np.float32(0.5)
    out *= np.float32(sd / math.sqrt(2.0))
    for _ in range(rng.poisson(n / 25 / 120)):
        out[int(rng.integers(n))] += rng.normal(0.0, 12.0)
    for _ in range(rng.poisson(n / 25 / 600)):
        first = int(rng.integers(n))
        out[first : first + int(rng.uniform(25, 1500))] += rng.normal(0.0, 0.8)
    return out


def rounded(person: Person, reading: Floats32, missing: NDArray[np.bool_]) -> NDArray[np.int16]:
    """Hundredths of mmHg in the steps that are stored; MISSING where it could not be read."""
    if person.clipped:
        np.maximum(reading, 0.0, out=reading)
    np.minimum(reading, person.rail_mmHg, out=reading)
    np.rint(reading / np.float32(person.step_mmHg), out=reading)
    reading *= np.float32(person.step_mmHg * 100.0)
    np.clip(reading, -2000.0, 32000.0, out=reading)
    out = np.rint(reading).astype(np.int16)
    out[missing] = MISSING
    return out
