"""How well a calibrated sock tells pressure: random sensors, one guided calibration each, a working day on a leg.

    python tests/bench/calibration.py [--sensors 100] [--hours 8] [--seed 1]

The sensors are the virtual leg's (``gradsock.sim.sensor``), drawn per type: curve, part-to-part spread, hysteresis,
creep, temperature coefficient, noise. Nothing of the model is of the family that is fitted: its conductance saturates
above a soft foot where the fit knows power laws and cubics, its creep is relaxations that end within hours where the
sock goes by the logarithm of time, its backlashes have other widths than the sock's followers.

Each sensor goes through the wizard's own plan on a bench, pressed by a simulated person who reads a simulated gauge;
``gradsock.calibrate`` fits the points; the sock's integers (curves, load history) turn counts into pressures through a
day of standing, walking, sitting and lying, at three places with 10-25, 25-42 and 42-58 mmHg. An error is the sock's
pressure minus the true one, at every sample (noise included) with a true pressure of 10 to 60 mmHg; a sensor's figure
is the RMS over all of them. The first hours and the last count alike.

What is simulated is the sensor, not a cuff: a cuff that lies on the sensor with its fabric instead of its air bladder
reads +37 to +135 %, and no fit mends that.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from gradsock.calibrate.fit import Fit, fit
from gradsock.calibrate.knots import SKIN_DEGC, knots, memory_q14
from gradsock.calibrate.plan import Plan
from gradsock.calibrate.points import Point
from gradsock.calibrate.reference import GAUGE_LIMIT_MMHG, Gauge
from gradsock.sim.pressure import Leg
from gradsock.sim.scenario import parse
from gradsock.sim.sensor import KINDS, Memory, Sensor
from numpy.typing import NDArray
from sock.calibration import Calibration
from sock.history import REACHES_CMMHG, TAU_BITS

Array = NDArray[Any]

RATE_HZ = 10  # a rate of the sock; gait has its harmonics below 5 Hz
STEP_S = 1 / RATE_HZ
REFERENCE_COUNTS = 24000
GOAL_MMHG = 2.0
LEVELS_MMHG = ((10.0, 25.0), (25.0, 42.0), (42.0, 58.0))
BENCH_DEGC = 23.0
GAUGE_READ_MMHG = 0.5  # SD of reading a gauge with a line every 2 mmHg
COLUMN_READ_MMHG = 0.2  # SD of reading a column of water
PUMPING_MMHG_PER_S = 5.0
READ_S = 3.0
CHUNK_S = 120
MINUTES = {"stand": 4.0, "walk": 5.0, "sit": 20.0, "lie": 25.0}  # how long each lasts, in the middle


@dataclass(frozen=True)
class Care:
    """How carefully a sock is calibrated."""

    name: str
    gauge_checked: bool
    warm: bool
    """In a bottle of warm water instead of on a bench at 23 degC with the temperature coefficient of the type."""
    creep: bool = True
    hysteresis: bool = True
    temperature: bool = True


CARES = (
    Care("uncompensated (curve alone, gauge as bought, 23 degC)", False, False, False, False, False),
    Care("gauge as bought (within +-3 mmHg), 23 degC", False, False),
    Care("gauge checked with a column of water, 23 degC", True, False),
    Care("the guide: gauge checked, bottle of warm water", True, True),
    Care("  the same without compensation of hysteresis", True, True, hysteresis=False),
    Care("  the same without compensation of creep", True, True, creep=False),
)
GUIDE = CARES[3]


def gauge(rng: np.random.Generator) -> "_Gauge":
    """A manual gauge: at rest at 0, and wrong by up to its limit where it is used, with a slope of its own."""
    low, high = rng.uniform(-GAUGE_LIMIT_MMHG, GAUGE_LIMIT_MMHG, 2)
    return _Gauge(low, low + 0.5 * (high - low))


@dataclass(frozen=True)
class _Gauge:
    """Error at 15 and at 60 mmHg."""

    low_mmHg: float
    high_mmHg: float

    def error_mmHg(self, true: Any) -> Any:
        return np.interp(true, (0.0, 15.0, 60.0, 300.0), (0.0, self.low_mmHg, self.high_mmHg, self.high_mmHg))

    def true_mmHg(self, shown: float) -> float:
        """The pressure at which it shows so much."""
        grid = np.linspace(0, 100, 2001)
        return float(np.interp(shown, grid + self.error_mmHg(grid), grid))

    def checked(self, rng: np.random.Generator) -> Gauge:
        """What a person finds who compares it with a column of water at three heights."""
        pairs = []
        for true in (20.0, 40.0, 60.0):
            shown = true + float(self.error_mmHg(true)) + rng.normal(0, GAUGE_READ_MMHG)
            pairs.append((shown, true + rng.normal(0, COLUMN_READ_MMHG)))
        return Gauge(tuple(pairs))


def calibrate(sensors: Sequence[Sensor], care: Care, seed: int) -> list[Fit]:
    """One guided calibration each, all at once: every sensor has its own person, gauge and day."""
    rng = np.random.default_rng([seed, 1])
    gauges = [gauge(rng) for _ in sensors]
    checks = [one.checked(rng) if care.gauge_checked else Gauge() for one in gauges]
    degC = rng.normal(SKIN_DEGC if care.warm else BENCH_DEGC, 1.0, len(sensors))
    steps = list(Plan().steps())
    shown = np.array([[check.shown_mmHg(step.mmHg) for check in checks] for step in steps])
    true = np.array([[one.true_mmHg(v) for one, v in zip(gauges, row, strict=True)] for row in shown])
    true = np.maximum(true + (true > 0) * rng.normal(0, GAUGE_READ_MMHG, true.shape), 0.0)
    memory, pressed, points = Memory(tuple(sensors), STEP_S), np.zeros(len(sensors)), [[] for _ in sensors]
    at_s = held_s = 0.0
    for step, row in zip(steps, true, strict=True):
        row = pressed if step.same_hold else row
        ramp = round(float(np.abs(row - pressed).max()) / PUMPING_MMHG_PER_S * RATE_HZ)
        hold_s = step.hold_s - held_s if step.same_hold else step.hold_s
        way = np.concatenate([np.linspace(pressed, row, ramp + 1)[1:], np.tile(row, (round(hold_s * RATE_HZ), 1))])
        felt = np.concatenate(
            [memory.feel(part, np.zeros(part.shape))[0] for part in np.array_split(way, len(way) // 300 + 1)]
        )
        at_s, held_s, pressed = at_s + len(way) * STEP_S, step.hold_s, row
        for number, sensor in enumerate(sensors):
            told = checks[number].true_mmHg(shown[steps.index(step), number])
            read = felt[-round(READ_S * RATE_HZ) :, number]
            ratio = float(_noisy(sensor, read, degC[number], rng).mean())
            points[number].append(Point(step.phase, told, ratio, at_s, held_s))
    return [fit(own, creep=care.creep, hysteresis=care.hysteresis) for own in points]


def _noisy(sensor: Sensor, felt_mmHg: Array, degC: Any, rng: np.random.Generator) -> Array:
    noise = rng.normal(0, sensor.noise_mmHg, felt_mmHg.shape) * sensor.ratio_per_mmHg(felt_mmHg)
    return np.asarray(sensor.ratio(felt_mmHg, degC) + noise)


def calibration(fits: Sequence[Fit], care: Care, per_degC: float) -> Calibration:
    """What the sock gets: one channel per fit."""
    colder = SKIN_DEGC - BENCH_DEGC if care.temperature and not care.warm else 0.0
    memories = [memory_q14(one) for one in fits]
    curves = [knots(one.curve, colder, per_degC) for one in fits]
    return Calibration("bench", curves, [memory[0] for memory in memories], [memory[1] for memory in memories])


class Sock:
    """The sock's integer path, many channels at once: the twin of ``Curves`` and ``LoadHistory`` that is tested."""

    def __init__(self, made: Sequence[Calibration]) -> None:
        channels = [(one, i) for one in made for i in range(len(one.knots))]
        length = max(len(one._x[i]) for one, i in channels)
        self._x, self._y = (
            np.array([getattr(one, axis)[i] + [last] * (length - len(getattr(one, axis)[i])) for one, i in channels])
            for axis, last in (("_x", 1 << 30), ("_y", 30000))
        )
        self._creep = np.array([one.creep_q14[i] for one, i in channels])
        self._shares = np.array([one.hysteresis_q14[i] for one, i in channels]).T
        self._taken_in = np.zeros((len(TAU_BITS), len(channels)), np.int64)
        self._followers = np.zeros((len(REACHES_CMMHG), len(channels)), np.int64)
        self._bits, self._reach = np.array(TAU_BITS)[:, None], np.array(REACHES_CMMHG)[:, None]
        self.offsets = np.zeros(len(channels), np.int64)

    def pressures_cmmHg(self, counts: Array) -> Array:
        """Whole seconds of scans, (n, channels), as the sock reads them."""
        raw = self._curve(counts)
        for second in range(0, len(raw), RATE_HZ):
            read = raw[second : second + RATE_HZ]
            read -= self.offsets
            self._close(read)
        return raw

    def _curve(self, counts: Array) -> Array:
        x = counts.astype(np.int64) * 16384 // (REFERENCE_COUNTS - counts)
        y = np.empty_like(x)
        for channel in range(x.shape[1]):
            xs, ys = self._x[channel], self._y[channel]
            i = np.clip(np.searchsorted(xs, x[:, channel], side="right") - 1, 0, len(xs) - 2)
            y[:, channel] = ys[i] + (x[:, channel] - xs[i]) * (ys[i + 1] - ys[i]) // (xs[i + 1] - xs[i])
        return y

    def _close(self, read: Array) -> None:
        mean, low, high = read.sum(axis=0) // len(read), read.min(axis=0), read.max(axis=0)
        self._taken_in += mean - (self._taken_in >> self._bits)
        dragged = np.clip(self._followers, high - self._reach, np.maximum(low + self._reach, high - self._reach))
        self._followers = np.where(high - low > 2 * self._reach, mean, dragged)
        strain = (self._taken_in >> self._bits).sum(axis=0)
        lag = ((self._followers - mean) * self._shares).sum(axis=0)
        self.offsets = (strain * self._creep >> 14) + (lag >> 14)


def days(number: int, hours: float, seed: int) -> list[Leg]:
    """Legs with their days: how long each posture lasts and what follows it is drawn."""
    legs = []
    for leg in range(number):
        rng = np.random.default_rng([seed, 2, leg])
        ankle, calf, knee = (rng.uniform(*span) for span in LEVELS_MMHG[::-1])
        lines = [
            f"sock sigel ankle={ankle:.2f} calf={calf:.2f} knee={knee:.2f}",
            f"0 don over={rng.uniform(5, 20):.1f}",
        ]
        at_s, posture = 30.0, "stand"
        while at_s < hours * 3600:
            cadence = f" cadence={rng.uniform(0.8, 1.1):.3f}" if posture == "walk" else ""
            lines.append(f"{at_s:.1f} {posture}{cadence}")
            at_s += 60 * MINUTES[posture] * rng.lognormal(0, 0.8)
            posture = str(rng.choice([other for other in MINUTES if other != posture]))
        legs.append(Leg(parse("\n".join([*lines, f"{hours * 3600:.1f} end"])), int(rng.integers(1 << 30))))
    return legs


def wear(sensors: Sequence[Sensor], legs: Sequence[Leg], socks: Sequence[Sock], hours: float, seed: int) -> Array:
    """RMS error in mmHg of each sock's reading of each sensor, (socks, sensors)."""
    rng = np.random.default_rng([seed, 3])
    each = [sensor for sensor in sensors for _ in LEVELS_MMHG]
    memory = Memory(tuple(each), STEP_S)
    squares, number = np.zeros((len(socks), len(each))), np.zeros(len(each))
    for start_s in range(0, int(hours * 3600), CHUNK_S):
        t_s = start_s + STEP_S * np.arange(CHUNK_S * RATE_HZ)
        true = np.concatenate([leg.pressure_mmHg(t_s) for leg in legs], axis=1)
        skin = np.concatenate([leg.on_skin(t_s) for leg in legs], axis=1)
        felt, degC = _feel(memory, true, skin)
        ratio = np.stack([_noisy(one, felt[:, i], degC[:, i], rng) for i, one in enumerate(each)], axis=1)
        counts = np.round(ratio / (1 + ratio) * REFERENCE_COUNTS).astype(np.int64)
        counted = (true >= 10.0) & (true <= 60.0)
        number += counted.sum(axis=0)
        for sock, square in zip(socks, squares, strict=True):
            square += np.where(counted, (sock.pressures_cmmHg(counts) / 100 - true) ** 2, 0.0).sum(axis=0)
    per_sensor = (len(socks), len(sensors), len(LEVELS_MMHG))
    return np.asarray(np.sqrt(squares.reshape(per_sensor).sum(axis=2) / number.reshape(per_sensor[1:]).sum(axis=1)))


def _feel(memory: Memory, true: Array, skin: Array) -> tuple[Array, Array]:
    parts = [memory.feel(true[i : i + 300], skin[i : i + 300]) for i in range(0, len(true), 300)]
    return np.concatenate([felt for felt, _ in parts]), np.concatenate([degC for _, degC in parts])


def one_type(kind: str, sensors: int, hours: float, seed: int) -> Array:
    """RMS errors of one type, (cares, sensors)."""
    drawn_from = KINDS[kind]
    rng = np.random.default_rng([seed, sorted(KINDS).index(kind)])
    drawn = [drawn_from.draw(rng) for _ in range(sensors)]
    per_degC = sum(drawn_from.per_degC) / 2
    legs = days(sensors, hours, seed)
    socks = []
    for care in CARES:
        fits = calibrate(drawn, care, seed)
        socks.append(Sock([calibration([one] * len(LEVELS_MMHG), care, per_degC) for one in fits]))
    return wear(drawn, legs, socks, hours, seed)


def report(results: dict[str, Array]) -> Iterator[str]:
    """The table."""
    yield f"{'RMS error in mmHg: p50 / p95 over the sensors':<54}" + "".join(f"{kind:>16}" for kind in results)
    for row, care in enumerate(CARES):
        cells = (np.percentile(errors[row], [50, 95]) for errors in results.values())
        yield f"{care.name:<54}" + "".join(f"{f'{p50:.2f} / {p95:.2f}':>16}" for p50, p95 in cells)
    guide = {kind: float(np.percentile(errors[CARES.index(GUIDE)], 95)) for kind, errors in results.items()}
    met = [f"{'<=' if p95 <= GOAL_MMHG else '>'} {GOAL_MMHG:.0f}" for p95 in guide.values()]
    yield f"{'goal, p95 by the guide':<54}" + "".join(f"{verdict:>16}" for verdict in met)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sensors", type=int, default=100, help="per type")
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", choices=sorted(KINDS), default=list(KINDS))
    options = parser.parse_args()
    results = {}
    for kind in options.only:
        began = time.monotonic()
        results[kind] = one_type(kind, options.sensors, options.hours, options.seed)
        sys.stderr.write(f"{kind}: {time.monotonic() - began:.0f} s\n")
    print(f"model: {options.sensors} sensors of each type, {options.hours:g} h of wear, seed {options.seed}")
    for line in report(results):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
