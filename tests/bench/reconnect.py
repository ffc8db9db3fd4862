"""After the radio was away: how soon live samples come again, and how long a day takes to be fetched.

    python tests/bench/reconnect.py [--outages 20] [--hours 12]

Virtual time (model): connection events every 30 ms, advertising every 250 ms, the sock's firmware on a virtual board.
The time counts from the moment at which the radio carries again to the first live block that the host records. For the
day: hours of samples as the journal packs them (a leg that walks and rests, all bytes of its entries and of their
frames), over a radio that carries 10 kB/s, with what a report costs besides (a round trip for every 64 entries).
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
from gradsock.sim.conductor import run_virtual
from sock import records

from tests.bench.lossy import World

GOAL_S = 5.0
DAY_GOAL_S = 600.0
RADIO_BYTES_PER_S = 10_000
ROUND_TRIP_S = 0.12  # write, answer and confirmation: four connection events
ATT_HEADER = 3


@dataclass(frozen=True)
class Measured:
    """Seconds to the first live block after each outage; and of the sock's journal bytes, entries and samples."""

    back_s: list[float]
    fetched_bytes: int
    entries: int
    samples: int


async def measure(world: World, outages: int) -> Measured:
    """Outages of 10 to 40 s, one after the other, while a host records."""
    loop = asyncio.get_running_loop()
    back_s = []
    async with world.running():
        host = world.host()
        host.start()
        await world.board.command("wear")
        await asyncio.sleep(30)
        for number in range(outages):
            await world.outage(10 + 30 * number / max(1, outages - 1) + 0.137 * number)
            returned_s = loop.time()
            while not host.live_at_s or host.live_at_s[-1] < returned_s:
                await asyncio.sleep(0.01)
            back_s.append(next(at for at in host.live_at_s if at >= returned_s) - returned_s)
            await asyncio.sleep(15)
        await host.stop()
    return Measured(back_s, host.fetched_bytes, host.fetched_entries, host.fetched_samples)


def day_s(hours: float, bytes_per_sample: float, entries_per_sample: float) -> float:
    """Seconds of radio time for so many hours at 25 Hz."""
    samples = hours * 3600 * 25
    entries = samples * entries_per_sample
    frames = entries * (records.PIECE_HEAD_BYTES + ATT_HEADER)
    return (samples * bytes_per_sample + frames) / RADIO_BYTES_PER_S + entries / records.REPORT_ENTRIES * ROUND_TRIP_S


def main() -> int:
    parser = argparse.ArgumentParser(description="How soon live samples come again, and how long a day takes (model).")
    parser.add_argument("--outages", type=int, default=20)
    parser.add_argument("--hours", type=float, default=12)
    options = parser.parse_args()
    from tests.e2e.sock_bench import flashed

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        class Folders:
            """Where pytest would put them."""

            def mktemp(self, what: str) -> Path:
                return Path(tempfile.mkdtemp(prefix=what, dir=folder))

        board, logs = folder / "board", folder / "logs"
        shutil.copytree(flashed(Folders()), board)  # type: ignore[arg-type]
        logs.mkdir()
        measured = run_virtual(measure(World(board, logs), options.outages))
    back_s = np.array(measured.back_s)
    p95_s = float(np.percentile(back_s, 95))
    print(f"first live block after the radio returned (model, {options.outages} outages):")
    print(f"  median {np.median(back_s):.2f} s, p95 {p95_s:.2f} s, worst {back_s.max():.2f}   p95 goal {GOAL_S:.0f}")
    per_sample = measured.fetched_bytes / max(1, measured.samples)
    per_entry = measured.samples / max(1, measured.entries)
    whole_s = day_s(options.hours, per_sample, 1 / per_entry)
    print(f"{options.hours:.0f} h at 25 Hz x 3 sites, fetched at {RADIO_BYTES_PER_S / 1000:.0f} kB/s:")
    print(f"  {per_sample:.2f} bytes per scan ({measured.fetched_bytes:,} bytes of {measured.samples:,} scans fetched)")
    print(f"  {options.hours * 90_000 * per_sample / 1e6:.2f} MB, {whole_s:.0f} s   goal <= {DAY_GOAL_S:.0f} s")
    return 0 if p95_s <= GOAL_S and whole_s <= DAY_GOAL_S else 1


if __name__ == "__main__":
    sys.exit(main())
