"""What a pressure sensor makes of a pressure: conductance, with creep, hysteresis and temperature.

A sensor is a resistor from the excitation to an ADC input, with ``DIVIDER_KOHM`` from there to ground, so that with the
conductance G and the resistor R the input sees the share ``G R / (1 + G R)`` of the excitation.

Where the numbers come from: [R] read in a data sheet or paper, [M] general knowledge, [D] chosen here. The model is on
purpose of another family than what a calibration fits: conductance saturates and has a soft foot instead of following
a power law, creep ends after hours instead of following the logarithm of time, and every sensor has its own backlashes.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

DIVIDER_KOHM = 10.0
EXCITATION_V = 1.5  # [R] an FSR keeps its sensitivity when driven with 1.5 V at most
BENCH_DEGC, SKIN_DEGC = 23.0, 33.0  # [M] skin under clothing has 32 to 34 degrees
WARMING_S = 300.0  # [D] time constant with which a sensor takes on the temperature of the skin
CREEP_TAU_S = np.array([1.0, 10.0, 100.0, 1e3, 1e4])  # [D] one relaxation per decade gives logarithmic creep
BACKLASH_MMHG = np.array([1.5, 6.0, 18.0])  # [D] half widths: small swings show little hysteresis, large ones all of it
THERMISTOR_KOHM, THERMISTOR_K = 10.0, 3950.0  # [M] the common NTC: resistance at 25 degC, B
LEVELS_MMHG = (0, 5, 10, 15, 20, 30, 40, 60, 90, 120)  # [D] of a careful calibration
FULL_SCALE_MMHG = 60.0  # hysteresis is given as a share of this


@dataclass(frozen=True)
class Sensor:
    """One sensor: conductance ``offset_uS + gain_uS * (P / 1 mmHg) ** exponent``, and how it strays from that.

    ``P`` is felt above a soft ``threshold_mmHg``, and ``saturation`` is the share of the gain lost at 60 mmHg.
    """

    offset_uS: float = 2.0  # [D] a woven-in sensor carries a little preload, so 0 is an open wire
    gain_uS: float = 1.6  # [D] 60 mmHg give about half of the excitation
    exponent: float = 1.0  # [R] conductance linear in force (FlexiForce)
    hysteresis: float = 0.02  # [M] < 4.5 % of full scale
    creep_per_decade: float = 0.02  # [M] < 5 % per decade of time
    per_degC: float = 0.0036  # [M] 0.36 % per degree
    noise_mmHg: float = 0.5  # [D] RMS of one conversion
    saturation: float = 0.0  # [D]
    threshold_mmHg: float = 0.0  # [D]
    reach: float = 1.0  # [D] its backlashes are so much wider than BACKLASH_MMHG

    def ratio(self, pressure_mmHg: Array, degC: Array | float = SKIN_DEGC) -> Array:
        """G R (dimensionless) at a pressure as the sensor feels it, creep and hysteresis included."""
        warm = 1.0 + self.per_degC * (degC - BENCH_DEGC)
        above_mmHg = np.hypot(np.maximum(pressure_mmHg, 0.0), self.threshold_mmHg) - self.threshold_mmHg
        bent = 1.0 + self.saturation / (1.0 - self.saturation) * above_mmHg / FULL_SCALE_MMHG
        conductance_uS = self.offset_uS + self.gain_uS * warm * above_mmHg**self.exponent / bent
        return np.asarray(conductance_uS * DIVIDER_KOHM * 1e-3)

    def ratio_per_mmHg(self, pressure_mmHg: Array) -> Array:
        """Slope of :meth:`ratio` at skin temperature, per mmHg."""
        below, above = np.maximum(pressure_mmHg - 0.5, 0.0), pressure_mmHg + 0.5
        return np.asarray((self.ratio(above) - self.ratio(below)) / (above - below))

    def curve(self) -> list[tuple[float, float]]:
        """(G R, mmHg) pairs as a careful calibration on a skin-warm sensor would find them: the nominal curve."""
        return [(float(self.ratio(np.array(float(level)))), float(level)) for level in LEVELS_MMHG]


@dataclass(frozen=True)
class Kind:
    """A sort of sensor: the ranges from which the parameters of a single one are drawn."""

    exponent: tuple[float, float]
    gain_spread: float
    hysteresis: tuple[float, float]
    creep_per_decade: tuple[float, float]
    per_degC: tuple[float, float]
    noise_mmHg: tuple[float, float]
    saturation: tuple[float, float]
    threshold_mmHg: tuple[float, float]
    reach: tuple[float, float] = (0.8, 1.25)

    def draw(self, rng: np.random.Generator) -> Sensor:
        """One sensor of this sort."""
        nominal = Sensor()
        exponent = rng.uniform(*self.exponent)
        spread = max(0.4, 1.0 + self.gain_spread * rng.standard_normal())
        drawn = replace(
            nominal,
            exponent=exponent,
            hysteresis=rng.uniform(*self.hysteresis),
            creep_per_decade=rng.uniform(*self.creep_per_decade),
            per_degC=rng.uniform(*self.per_degC),
            noise_mmHg=rng.uniform(*self.noise_mmHg),
            saturation=rng.uniform(*self.saturation),
            threshold_mmHg=rng.uniform(*self.threshold_mmHg),
            reach=rng.uniform(*self.reach),
        )
        middle, offset = np.array(30.0), nominal.offset_uS * DIVIDER_KOHM * 1e-3
        alike = float((nominal.ratio(middle, BENCH_DEGC) - offset) / (drawn.ratio(middle, BENCH_DEGC) - offset))
        return replace(drawn, gain_uS=nominal.gain_uS * alike * spread)  # the same at 30 mmHg whatever the curve


KINDS = {
    # [R] linear; [M] hysteresis < 4.5 %, drift < 5 % per decade, 0.36 %/degC; [D] the rest
    "flexiforce": Kind(
        (0.97, 1.03), 0.025, (0.01, 0.045), (0.01, 0.05), (0.0030, 0.0042), (0.3, 0.6), (0, 0.03), (0, 0.5)
    ),
    # [R] +-5 to +-25 % from part to part; [D] the rest
    "fsr": Kind((0.80, 0.95), 0.15, (0.03, 0.10), (0.02, 0.06), (0.002, 0.006), (0.4, 0.8), (0, 0.20), (0, 2.0)),
    # [R] repeatability is its weakness; [D] all numbers
    "velostat": Kind((0.70, 0.90), 0.20, (0.08, 0.20), (0.03, 0.08), (0.002, 0.008), (0.5, 1.2), (0, 0.25), (0, 2.0)),
    # [M] hysteresis 5 to 20 %, creep 5 to 20 % in an hour, that is some 1.5 to 6 % per decade; [D] the rest
    "textile": Kind((0.75, 1.00), 0.15, (0.05, 0.20), (0.015, 0.06), (0.001, 0.006), (0.4, 1.0), (0, 0.20), (0, 3.0)),
}
"""Sensors that makers use, by name."""


def thermistor_share(degC: Array) -> Array:
    """Share of the excitation that an input sees between a thermistor to the excitation and ``DIVIDER_KOHM``."""
    kOhm = THERMISTOR_KOHM * np.exp(THERMISTOR_K * (1.0 / (degC + 273.15) - 1.0 / 298.15))
    return np.asarray(DIVIDER_KOHM / (DIVIDER_KOHM + kOhm))


class Memory:
    """What a sensor remembers of its past: relaxations, backlashes, temperature. Fed with equal steps of time.

    The same pressures give the same answer however they are cut into pieces.
    """

    def __init__(self, sensors: tuple[Sensor, ...], step_s: float) -> None:
        self._creep = np.array([[sensor.creep_per_decade for sensor in sensors]])
        self._reach = BACKLASH_MMHG[:, None] * np.array([sensor.reach for sensor in sensors])
        loop_mmHg = np.array([sensor.hysteresis for sensor in sensors]) * FULL_SCALE_MMHG
        # each backlash takes the same share of the pressure: together they open a large swing to that loop, and stay
        # below 1, or a rising pressure would make a sensor read less
        self._backlash = loop_mmHg / (2 * self._reach.sum(axis=0))
        self._kept = np.exp(-step_s / np.append(CREEP_TAU_S, WARMING_S))[:, None]
        self.relaxed = np.zeros((len(CREEP_TAU_S) + 1, len(sensors)))  # the last row is warmth, 0 to 1
        self.followed = np.zeros((len(BACKLASH_MMHG), len(sensors)))

    def feel(self, pressure_mmHg: Array, on_skin: Array) -> tuple[Array, Array]:
        """What the sensors feel, in mmHg and degC, both (n, sensors), of a pressure; ``on_skin`` goes from 0 to 1."""
        wanted = np.repeat(pressure_mmHg[:, None, :], len(CREEP_TAU_S) + 1, axis=1)
        wanted[:, -1, :] = on_skin
        relaxed = _relax(self.relaxed, wanted, self._kept)
        followed = _follow(self.followed, pressure_mmHg, self._reach)
        self.relaxed, self.followed = relaxed[-1].copy(), followed[-1].copy()  # a view would keep the whole run
        lag = followed - pressure_mmHg[:, None, :]
        felt = pressure_mmHg + self._creep * relaxed[:, :-1, :].sum(axis=1) + self._backlash * lag.sum(axis=1)
        return felt, BENCH_DEGC + (SKIN_DEGC - BENCH_DEGC) * relaxed[:, -1, :]

    def copy(self) -> "Memory":
        """The same memory, to go on from here once more."""
        twin = object.__new__(Memory)
        twin.__dict__.update(self.__dict__)  # arrays are replaced, never written into
        return twin


def _relax(start: Array, wanted: Array, kept: Array) -> Array:
    """``y = kept * y + (1 - kept) * wanted`` over the first axis, without a loop. For runs of a few tau."""
    powers = kept[None] ** np.arange(1, len(wanted) + 1)[:, None, None]
    return powers * (start + np.cumsum((1.0 - kept) * wanted / powers, axis=0))


def _follow(start: Array, pressure: Array, reach: Array) -> Array:
    """Backlash: a follower that is dragged along when the pressure is more than its half width away.

    ``y = clip(y, p - r, p + r)`` over time. A clip of a clip is a clip, so a run is a prefix scan in log2(n) steps.
    """
    low = pressure[:, None, :] - reach
    high = pressure[:, None, :] + reach
    step = 1
    while step < len(pressure):
        later_low, later_high = low[step:].copy(), high[step:].copy()
        low[step:] = np.clip(low[:-step], later_low, later_high)
        high[step:] = np.clip(high[:-step], later_low, later_high)
        step *= 2
    return np.clip(start, low, high)
