"""The time of recorded samples against the moments at which the virtual board's converter made them.

    python tests/bench/time_board.py [--minutes 20] [--drift-ppm 20]

Virtual time (model): the whole way, from the firmware's ticks over its probes and the host's log to the columns of a
sealed recording. Connection events every 30 ms, 3 of 100 packets late by up to 300 ms, the sock's clock fast by 20 ppm.
A sample's true time is the middle of its conversions. `tests/bench/time.py` has more cases, on a stated model.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gradsock.log import recording
from gradsock.sim.air_faults import Faults
from gradsock.sim.conductor import run_virtual
from numpy.typing import NDArray

from tests.bench.lossy import World, true_middles_us
from tests.bench.time import regression

GOAL_MS = 5.0


@dataclass(frozen=True)
class Errors:
    """Milliseconds, one per sample, of three ways to tell the time; and what the log says of its own."""

    line_ms: NDArray[np.float64]
    arrival_ms: NDArray[np.float64]
    regression_ms: NDArray[np.float64]
    promised_ms: float


async def _record(world: World, minutes: float) -> list[tuple[int, int, int]]:
    async with world.running():
        world.air.faults = Faults(delay=0.03, delay_s=0.3)
        host = world.host()
        host.start()
        await world.board.command("wear")
        await asyncio.sleep(minutes * 60)
        await host.stop()
        return host.arrived


def measure(image: Path, folder: Path, minutes: float, drift_ppm: float) -> Errors:
    """Record a virtual sock for some virtual minutes, and compare."""
    board, logs = folder / "board", folder / "logs"
    shutil.copytree(image, board)
    logs.mkdir()
    arrived = run_virtual(_record(World(board, logs, drift_ppm=drift_ppm), minutes))
    (opened,) = recording.open_all(logs)
    boot = int(opened.boot[-1])
    rows = (opened.boot == boot) & (opened.counts["ankle"] != np.iinfo(np.int16).min)
    ticks_ms, utc_us = opened.ticks_ms[rows], opened.utc_us[rows]
    true_us = _true_us(utc_us, true_middles_us(board))
    blocks = [(ticks, at) for of_boot, ticks, at in arrived if of_boot == boot]
    of_block_ms, arrived_us = (np.array(column, np.float64) for column in zip(*blocks, strict=True))
    by_arrival_us = np.interp(ticks_ms, of_block_ms, arrived_us)
    by_regression_us = regression(of_block_ms, arrived_us)(ticks_ms)
    line = opened.timelines[boot]
    worst_us = max(line.off_by_at_most_us(int(ticks)) for ticks in (ticks_ms[0], ticks_ms[-1]))
    return Errors(
        np.abs(utc_us - true_us) / 1000,
        np.abs(by_arrival_us - true_us) / 1000,
        np.abs(by_regression_us - true_us) / 1000,
        worst_us / 1000,
    )


def _true_us(utc_us: NDArray[np.int64], scans_us: NDArray[np.int64]) -> NDArray[np.int64]:
    """The moment of each sample's scan: the nearest, which is its own as long as the error is below half a slot."""
    at = np.clip(np.searchsorted(scans_us, utc_us), 1, len(scans_us) - 1)
    nearer = np.where(utc_us - scans_us[at - 1] < scans_us[at] - utc_us, at - 1, at)
    if (np.diff(nearer) <= 0).mean() > 0.01:
        raise ValueError("samples and scans do not correspond one to one")
    return np.asarray(scans_us[nearer])


def main() -> int:
    parser = argparse.ArgumentParser(description="The time of samples against a virtual board's truth (model).")
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--drift-ppm", type=float, default=20.0)
    options = parser.parse_args()
    from tests.e2e.sock_bench import flashed

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        class Folders:
            """Where pytest would put them."""

            def mktemp(self, what: str) -> Path:
                return Path(tempfile.mkdtemp(prefix=what, dir=folder))

        image = flashed(Folders())  # type: ignore[arg-type]
        errors = measure(image, folder / "run", options.minutes, options.drift_ppm)
    told = {"line": errors.line_ms, "arrival": errors.arrival_ms, "regression": errors.regression_ms}
    p95_ms = {name: float(np.percentile(of, 95)) for name, of in told.items()}
    print(
        f"time error on the virtual board (model), {options.minutes:.0f} min, {options.drift_ppm:.0f} ppm, p95 in ms:"
    )
    print("  " + ", ".join(f"{name} {p95:.2f}" for name, p95 in p95_ms.items()) + f"   goal: line <= {GOAL_MS:.0f}")
    late_ms = np.percentile(errors.line_ms, 99)  # a scan that waits for an erase is itself late
    print(f"  line at the 99th percentile {late_ms:.2f}; the log says of itself: within {errors.promised_ms:.2f} ms")
    return 0 if p95_ms["line"] <= GOAL_MS else 1


if __name__ == "__main__":
    sys.exit(main())
