"""A sock on the virtual leg, as its ADC sees it: four voltages over time.

Wiring: one ADC, its inputs 0 to 2 are the sensors at ankle, calf and knee (each from the excitation to the input, a
resistor from there to ground), input 3 is the excitation itself.
"""

from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from threading import Lock

import numpy as np
from gradsock.sim.pressure import Leg
from gradsock.sim.published import SITES
from gradsock.sim.scenario import SENSOR_FAULTS, Scenario, load
from gradsock.sim.sensor import BENCH_DEGC, EXCITATION_V, Array, Memory, Sensor, thermistor_share
from numpy.typing import NDArray

ADDRESS = 0x48
"""Where the ADC answers on the I2C bus."""
THERMISTOR = (0x49, 3)
"""Where a thermistor beside the sensors can be read, by who plugs a second ADC in: its address, the input there."""

STEP_S = 0.005  # fine enough for the fifth harmonic of a quick stride
RUN_STEPS = 512  # computed at a time
RUNS_KEPT = 16  # for questions that overlap; older ones are computed again from the memory that was kept
CONVERTER_NOISE_V = 25e-6  # [D] the ADC's own noise, RMS, in its range of +-2.048 V
NOISE_OF_SHARE = 0.12  # [D] noise is of a conductance: that of a sound sensor with hardly any is small too
WIRES = {"open": 0.0, "short": 1.0, "saturated": 2.2, "stuck": None}
"""What is wrong with a sensor's wire: the share of the excitation at its input (2.2 is a supply of 3.3 V); stuck keeps
the one it had."""
EXCITATION_DRIFT = 5e-4  # [D] slow wandering of the excitation, as a share; reading against input 3 cancels it


class WornSock:
    """The voltages of a sock that lies on the table until :meth:`wear`, and from then on goes through its scenario.

    After the scenario's end what held last goes on. The same scenario and seed give the same voltages, whatever
    stretches are asked for and in whatever order.
    """

    addresses = (ADDRESS,)

    def __init__(
        self, scenario: Scenario | str | Path, seed: int = 0, sensors: tuple[Sensor, Sensor, Sensor] | None = None
    ) -> None:
        self.scenario = scenario if isinstance(scenario, Scenario) else load(scenario)
        self._seed = seed
        self.leg = Leg(self.scenario, seed)
        self.sensors = sensors or (Sensor(), Sensor(), Sensor())
        self.worn_since_s: float | None = None
        """The clock's seconds at which the scenario began, ``None`` while the sock lies on the table."""
        self._faults: list[list[tuple[str, float, float, float]]] = [[], [], []]
        self._runs: OrderedDict[int, tuple[Array, Array]] = OrderedDict()
        self._memories = [_Past(Memory(self.sensors, STEP_S), self._rest_share())]
        self._wires: dict[str, tuple[float, float]] = {}
        self._asking = Lock()  # the board asks from a thread of its own, the hand that presses is another

    @property
    def curves(self) -> list[list[tuple[float, float]]]:
        """Per site the sensor's nominal curve as (G R, mmHg) pairs: what a calibration of this sock is made from."""
        return [sensor.curve() for sensor in self.sensors]

    def wear(self, t0_s: float) -> None:
        """Begin the scenario at this instant of the clock; the sensors remember what a cuff did to them before."""
        with self._asking:
            self._begin(Leg(self.scenario, self._seed), t0_s)

    def press(self, at_s: float, mmHg: float, over_s: float = 2.0) -> None:
        """From this instant of the clock on something presses on all sensors: a cuff round a bottle.

        A sock that lies on the table is put on the bottle for it; on a leg the cuff comes on top.
        """
        with self._asking:
            if self.worn_since_s is None:
                self._begin(Leg(replace(self.scenario, events=()), self._seed), at_s)
            since_s = max(0.0, at_s - (self.worn_since_s or 0.0))
            self.leg.press(since_s, over_s, mmHg)
            first = int(since_s / STEP_S) // RUN_STEPS  # what was computed ahead is no longer true
            del self._memories[first + 1 :]
            for index in [index for index in self._runs if index >= first]:
                del self._runs[index]

    def _begin(self, leg: Leg, at_s: float) -> None:
        if self.worn_since_s is not None:
            last = int(max(0.0, at_s - self.worn_since_s) / STEP_S) // RUN_STEPS
            self._memories = [self._memories[min(last, len(self._memories) - 1)]]
            self._runs.clear()
        self.leg, self.worn_since_s = leg, at_s
        self._faults = [_faults_of(leg.scenario, site) for site in SITES]

    def wire(self, at_s: float, site: str, state: str) -> None:
        """From this instant of the clock on the sensor of a site is one of WIRES, or "well". ValueError for another."""
        if site not in SITES or state not in (*WIRES, "well"):
            raise ValueError(f"{site} {state}: a site of {', '.join(SITES)} is {', '.join(WIRES)} or well")
        self._wires.pop(site, None)
        if state == "well":
            return
        at = SITES.index(site)
        share = WIRES[state]
        if share is None:
            volts, _ = self.window(ADDRESS, at_s, STEP_S, 1)
            share = float(volts[at, 0] / volts[3, 0])
        self._wires[site] = (at_s, share)

    def pressure_mmHg(self, t_s: Array) -> Array:
        """The truth at instants of the clock: mmHg at ankle, calf and knee, shape (n, 3)."""
        if self.worn_since_s is None:
            return np.zeros((len(t_s), len(SITES)))
        since_s = np.asarray(t_s, dtype=float) - self.worn_since_s
        return np.where(since_s[:, None] < 0, 0.0, self.leg.pressure_mmHg(since_s))

    def window(self, address: int, t0_s: float, dt_s: float, n: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Volts at the four inputs at ``t0_s + i * dt_s``, shape (4, n), and the RMS of each input's noise in V, (4,).

        ``t0_s`` is the clock's time in seconds. The noise is for whoever converts to add. An ADC at another address
        sees further sensors, right beside those of the first; see THERMISTOR too.
        """
        t_s = np.asarray(t0_s + dt_s * np.arange(n), dtype=np.float64)
        with self._asking:
            columns, noise = self._rest(n) if self.worn_since_s is None else self._at(t_s - self.worn_since_s)
        share, warm_share = columns[:, : len(SITES)], columns[:, len(SITES)]
        excitation_V = EXCITATION_V * (1.0 + EXCITATION_DRIFT * np.sin(2 * np.pi * t_s / 97.0))
        volts = np.vstack([share.T * excitation_V, excitation_V])
        if address == THERMISTOR[0]:
            volts[THERMISTOR[1]] = warm_share * excitation_V
        sensor_noise_V = np.append(noise.mean(axis=0) * EXCITATION_V, 0.0)
        for site, (since_s, wire_share) in self._wires.items():
            at = SITES.index(site)
            volts[at] = np.where(t_s < since_s, volts[at], wire_share * excitation_V)
            sensor_noise_V[at] = 0.0
        return volts.astype(np.float32), np.hypot(sensor_noise_V, CONVERTER_NOISE_V).astype(np.float32)

    def _rest_share(self) -> Array:
        """On the table, and behind them that of a thermistor there."""
        rest = np.array([float(sensor.ratio(np.array(0.0))) for sensor in self.sensors])
        return np.append(rest / (1.0 + rest), thermistor_share(np.array(BENCH_DEGC)))

    def _rest(self, n: int) -> tuple[Array, Array]:
        """On the table: what the sensors show without pressure."""
        whole, none = self._rest_share(), np.zeros(1)
        share = whole[: len(SITES)]
        slope = np.array([float(sensor.ratio_per_mmHg(none)[0]) for sensor in self.sensors]) * (1.0 - share) ** 2
        noise = np.minimum(slope * np.array([sensor.noise_mmHg for sensor in self.sensors]), NOISE_OF_SHARE * share)
        return np.tile(whole, (n, 1)), np.tile(noise, (n, 1))

    def _at(self, since_s: Array) -> tuple[Array, Array]:
        """Share of the excitation, with the thermistor's (n, 4), and noise (the same unit; n, 3) at instants."""
        position = np.maximum(since_s / STEP_S, 0.0)
        first, last = int(position.min()), int(position.max()) + 1
        runs = [self._run(index) for index in range(first // RUN_STEPS, last // RUN_STEPS + 1)]
        share, noise = (np.concatenate(parts) for parts in zip(*runs, strict=True))
        grid = np.arange(len(share)) + first // RUN_STEPS * RUN_STEPS
        columns = range(len(SITES))
        worn_share = np.stack([np.interp(position, grid, column) for column in share.T], axis=1)
        worn_noise = np.stack([np.interp(position, grid, noise[:, site]) for site in columns], axis=1)
        return np.where(since_s[:, None] < 0, self._rest_share(), worn_share), worn_noise

    def _run(self, index: int) -> tuple[Array, Array]:
        """Share and noise of one run of ``RUN_STEPS`` grid points, from the memory that the run before left."""
        if index not in self._runs:
            for missing in range(min(len(self._memories) - 1, index), index + 1):
                past = self._memories[missing].copy()
                result = self._compute(missing, past)
                if missing + 1 == len(self._memories):
                    self._memories.append(past)
            self._runs[index] = result
            while len(self._runs) > RUNS_KEPT:
                self._runs.popitem(last=False)
        return self._runs[index]

    def _compute(self, index: int, past: "_Past") -> tuple[Array, Array]:
        t_s = np.asarray(STEP_S * (index * RUN_STEPS + np.arange(RUN_STEPS)), dtype=np.float64)
        felt_mmHg, degC = past.memory.feel(self.leg.pressure_mmHg(t_s), self.leg.on_skin(t_s))
        share, noise = np.empty((len(t_s), len(SITES) + 1)), np.empty_like(felt_mmHg)
        share[:, len(SITES)] = thermistor_share(degC.mean(axis=1))
        for site, sensor in enumerate(self.sensors):
            ratio = sensor.ratio(felt_mmHg[:, site], degC[:, site])
            share[:, site] = ratio / (1.0 + ratio)
            slope = sensor.ratio_per_mmHg(felt_mmHg[:, site]) / (1.0 + ratio) ** 2
            noise[:, site] = np.minimum(slope * sensor.noise_mmHg, NOISE_OF_SHARE * share[:, site])
            for fault, start_s, end_s, rms_mmHg in self._faults[site]:
                now = (t_s >= start_s) & (t_s < end_s)
                if fault == "noisy":
                    noise[now, site] = slope[now] * rms_mmHg
                    continue
                if fault == "stuck":  # keeps the last value from before
                    before = np.flatnonzero(t_s < start_s)
                    value = share[before[-1], site] if len(before) else past.share[site]
                else:
                    value = {"open": 0.0, "short": 1.0}[fault]
                share[now, site], noise[now, site] = value, 0.0
            if self.scenario.pressure_mmHg[site] is None:  # no sensor there: an open wire
                share[:, site] = noise[:, site] = 0.0
        past.share = share[-1].copy()
        return share, noise


class _Past:
    """What is carried from one run to the next."""

    def __init__(self, memory: Memory, share: Array) -> None:
        self.memory, self.share = memory, share

    def copy(self) -> "_Past":
        return _Past(self.memory.copy(), self.share)


def _faults_of(scenario: Scenario, site: str) -> list[tuple[str, float, float, float]]:
    """When a site's sensor is broken: (fault, start_s, end_s, rms_mmHg); one that is never mended stays broken."""
    changes = [e for e in scenario.events if e.site == site and (e.action in SENSOR_FAULTS or e.action == "mend")]
    ends = [*(e.start_s for e in changes[1:]), np.inf]
    return [(e.action, e.start_s, end, e.rms_mmHg) for e, end in zip(changes, ends, strict=False) if e.action != "mend"]
