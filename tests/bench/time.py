"""How far the time of a sample is off: the host's line beside what others do, over the same probes and blocks.

    python tests/bench/time.py [--seeds N]

The model, stated: the sock's clock drifts by a constant number of ppm and shows whole milliseconds; packets leave at
connection events, every 30 ms at a phase nobody knows, and take 1.2 ms; 3 of 100 exchanges and blocks are stragglers,
later by up to 300 ms; the sock delays its answers by a random time, as its firmware does; the host's stack adds 0.1 to
0.6 ms each way. The host makes as many probes at first, and as seldom later, as the real one.

Columns, 95th percentile over all seconds of all seeds: `line` is what logs hold; `round trip` the middle of the fastest
probe, no drift; `middles` least squares over the middles of all probes; `arrival` a sample is when its block came;
`regression` least squares over the arrival times of all blocks.
"""

import argparse
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from gradsock.link.events import Probe
from gradsock.link.reconnecting import PROBES_AT_FIRST, pause_s
from gradsock.log.timeline import fit
from numpy.typing import NDArray
from sock.protocol import PROBE_DELAY_MAX_MS

GOAL_MS = 5.0
AIR_US = 1200
BLOCK_US = 200_000  # five samples at 25 Hz
STRAGGLERS, LATE_US = 0.03, 300_000
BOOTED_US = 1_000_000_000_000_000

Times = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """One sock beside one host."""

    seconds: float
    drift_ppm: float = 20.0
    interval_us: int = 30_000
    stragglers: float = STRAGGLERS
    bend_ppm: float = 0.0  # the drift at the end is so much more than at the start
    jump_us: int = 0  # the host's clock is set in the middle of it


class World:
    """The truth: UTC as the host's clock shows it at the end, the sock's ticks, and the radio between them."""

    def __init__(self, case: Case, seed: int) -> None:
        self.case = case
        self._rng = random.Random(seed)
        self._phase_us = self._rng.uniform(0, case.interval_us)

    def ticks_ms(self, true_us: Times | float) -> Times:
        """What the sock's clock shows at a time since its boot, in us."""
        whole_us = self.case.seconds * 1e6
        bend = self.case.bend_ppm * 1e-6 * true_us * (true_us / whole_us) / 2
        return np.asarray(np.floor((true_us * (1 + self.case.drift_ppm * 1e-6) + bend) / 1000), np.int64)

    def host_us(self, true_us: float) -> int:
        """What the host's clock shows then; before it was set it was wrong."""
        wrong = self.case.jump_us if true_us < self.case.seconds * 1e6 / 2 else 0
        return BOOTED_US + round(true_us) - wrong

    def over_the_air(self, from_us: float) -> float:
        """When a packet that is ready at a time is there."""
        ready = from_us + self._rng.uniform(100, 600)
        events = (ready - self._phase_us) // self.case.interval_us + 1
        late = self._rng.uniform(0, LATE_US) if self._rng.random() < self.case.stragglers else 0.0
        return self._phase_us + events * self.case.interval_us + AIR_US + late

    def probes(self) -> Iterator[Probe]:
        """The host's exchanges."""
        at, made = 500_000.0, 0
        while at < self.case.seconds * 1e6:
            there = self.over_the_air(at)
            answered = there + self._rng.randrange(PROBE_DELAY_MAX_MS) * 1000 + self._rng.uniform(0, 1500)
            back = self.over_the_air(answered)
            ticks = [int(self.ticks_ms(when)) for when in (there, answered)]
            yield Probe(1, self.host_us(at), self.host_us(back), *ticks)
            made += 1
            at = back + pause_s(made, self._rng.random()) * 1e6

    def arrivals(self) -> tuple[NDArray[np.int64], Times]:
        """Ticks of the last sample of each block, and when the host had the block."""
        taken = np.arange(BLOCK_US, self.case.seconds * 1e6, BLOCK_US)
        return np.asarray(self.ticks_ms(taken)), np.array([float(self.host_us(self.over_the_air(t))) for t in taken])


def errors_ms(case: Case, seed: int) -> dict[str, Times]:
    """How far each way of telling the time is off, at every second."""
    world = World(case, seed)
    probes = list(world.probes())
    blocks_ms, arrived_us = world.arrivals()
    true_us = np.arange(0.0, case.seconds * 1e6, 1e6)
    ticks_ms = np.asarray(world.ticks_ms(true_us))
    best = min(probes, key=lambda probe: probe.round_trip_us)
    middles_ms = np.array([(p.sock_received_ticks_ms + p.sock_sent_ticks_ms) / 2 for p in probes])
    middles_us = np.array([(p.sent_utc_us + p.received_utc_us) / 2 for p in probes])
    fastest_us = (
        best.sent_utc_us + best.received_utc_us - 1000 * (best.sock_sent_ticks_ms + best.sock_received_ticks_ms)
    ) / 2
    told: dict[str, Times] = {
        "line": fit(probes)[1].utc_us(ticks_ms).astype(np.float64),
        "round trip": fastest_us + ticks_ms * 1000.0,
        "middles": regression(middles_ms, middles_us)(ticks_ms),
        "arrival": np.interp(ticks_ms, blocks_ms, arrived_us),
        "regression": regression(blocks_ms.astype(np.float64), arrived_us)(ticks_ms),
    }
    return {name: np.abs(utc_us - BOOTED_US - true_us) / 1000 for name, utc_us in told.items()}


def regression(x_ms: Times, y_us: Times) -> Callable[[NDArray[np.int64]], Times]:
    """Least squares of UTC over ticks."""
    middle, start = x_ms.mean(), y_us[0]
    if len(x_ms) < 2:
        return lambda ticks_ms: np.asarray(start + (ticks_ms - middle) * 1000.0)
    slope, height = np.polyfit((x_ms - middle) * 1000, y_us - start - (x_ms - middle) * 1000, 1)
    return lambda ticks_ms: np.asarray(start + height + (ticks_ms - middle) * 1000 * (1 + slope))


CASES = {
    "30 s": Case(30),
    "2 min": Case(120),
    "10 min": Case(600),
    "1 h": Case(3600),
    "12 h": Case(12 * 3600),
    "12 h, no stragglers": Case(12 * 3600, stragglers=0.0),
    "12 h, drift grows by 5 ppm": Case(12 * 3600, bend_ppm=5.0),
    "1 h, interval 60 ms": Case(3600, interval_us=60_000),
    "1 h, interval 15 ms": Case(3600, interval_us=15_000),
    "1 h, the host's clock is set by an hour": Case(3600, jump_us=3_600_000_000),
}
GOAL_OF = ("10 min", "1 h", "12 h")


def p95_ms(case: Case, seeds: int) -> dict[str, float]:
    """95th percentile of the error of each way, over all seconds of all seeds."""
    all_of = [errors_ms(case, seed) for seed in range(seeds)]
    return {name: float(np.percentile(np.concatenate([of[name] for of in all_of]), 95)) for name in all_of[0]}


def main() -> int:
    parser = argparse.ArgumentParser(description="How far the time of a sample is off.")
    parser.add_argument("--seeds", type=int, default=20)
    seeds = parser.parse_args().seeds
    print(f"time error, p95 in ms (model: 20 ppm, 30 ms, 3 % stragglers; {PROBES_AT_FIRST} probes at first)")
    ways = ("line", "round trip", "middles", "arrival", "regression")
    print(f"  {'':<42}" + "".join(f"{way:>12}" for way in ways))
    met = True
    for name, case in CASES.items():
        figures = p95_ms(case, seeds)
        goal = f"   goal <= {GOAL_MS:.0f}" if name in GOAL_OF else ""
        met &= name not in GOAL_OF or figures["line"] <= GOAL_MS
        print(f"  {name:<42}" + "".join(f"{figures[way]:>12.2f}" for way in ways) + goal)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
