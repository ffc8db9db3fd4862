"""How long a sock remembers, and how long its flash lives: its own journal on a real littlefs, filled for hours.

    python -m tests.bench.journal [--days 10]

The signal is that of the virtual leg: 25 Hz, three sensors of 0.5 mmHg RMS noise, standing, walking (a quarter of the
time, or all of it), sitting and lying. It goes the firmware's own way: latched reference, steps, blocks, segments.
"Held" is what can be read back when the ring has gone round, everything counted: headers, CRCs, events, what stays
empty. The hours of the other boards follow from the segments that their rings have.

Erases are those that littlefs made, block by block, in so many days of 11 hours with a power-on each morning, on a
volume that also carries the firmware; a flash chip promises 100,000 of each block.
"""

import argparse
import contextlib
import sys
import tempfile
from array import array
from pathlib import Path
from typing import Any

import numpy as np
from gradsock.boards.facts import facts_of, names
from gradsock.flash.firmware import build
from gradsock.flash.nominal import calibration_from_curves
from gradsock.sim.flash_image import FlashImage
from gradsock.sim.leg import ADDRESS, WornSock
from gradsock.sim.scenario import parse as parse_scenario
from gradsock.sim.volume import Volume
from sock.block import decode, kind_of
from sock.calibration import from_json
from sock.prescription import parse

from tests.firmware.journal_bench import Sock, boot, entries, powered

RATE_HZ, PERIOD_MS = 25, 40
FULL_SCALE_V = 2.048
CYCLES = 100_000
WORN_H = 11
STOCK_KIB, SMALLEST_KIB = 2048, 848
GOAL_H, GOAL_YEARS = 8, 5

CHANNELS = [["ankle", 72, 0], ["calf", 72, 1], ["knee", 72, 2], ["reference", 72, 3]]
MIXED = "sock sigel\n0:00 don over=8\n0:08 stand\n2:00 sit\n12:00 walk\n19:30 stand\n25:00 lie\n30:00 end\n"
WALKING = "sock sigel\n0:00 don over=8\n0:08 walk\n30:00 end\n"
SIGNAL_S = 1800


def row(what: str, figure: str, goal: str = "") -> None:
    """One line of the table."""
    print(f"  {what:<62}{figure:>22}  {goal}", flush=True)


def signal(scenario: str) -> tuple[Any, str]:
    """Counts of the four inputs, (scans, 4), and the calibration of that sock."""
    sock = WornSock(parse_scenario(scenario), 1)
    sock.wear(0.0)
    rng = np.random.default_rng(2)
    parts = []
    for minute in range(SIGNAL_S // 60):
        volts, noise_V = sock.window(ADDRESS, 60.0 * minute, PERIOD_MS / 1000, 60 * RATE_HZ)
        noisy = volts + rng.normal(size=volts.shape) * noise_V[:, None]
        parts.append(np.clip(np.round(noisy / FULL_SCALE_V * 32768), -32768, 32767).astype(np.int16))
    return np.concatenate(parts, axis=1).T[20 * RATE_HZ :], calibration_from_curves(sock.curves)


class Keeper:
    """What `Readings` takes for a stream: the journal alone."""

    fresh = False

    def __init__(self, sock: Sock) -> None:
        self.sock = sock

    def add(self, index: int, ticks_ms: int, counts: Any, reference: int, steps: Any) -> None:
        self.sock.journal.add(index, ticks_ms, counts, reference, steps)
        self.sock.index = index + 1

    def close_block(self) -> None:
        self.sock.journal.close_block()

    def tell_in_parts(self, kind: int, data: bytes) -> None:
        self.sock.tell(kind, data)


def volume_with_firmware(path: Path, size: int) -> None:
    """A flash as a sock's first morning finds it."""
    image = FlashImage(path, size)
    volume = Volume(image)
    for name, content in build("sim").files.items():
        for at in [i for i, letter in enumerate(name) if letter == "/"][1:]:
            with contextlib.suppress(OSError):  # it is there
                volume.call("fs.mkdir", [name[:at]], b"")
        number, _ = volume.call("fs.open", [name, "wb"], b"")
        volume.call("fs.write", [number], content)
        volume.call("fs.close", [number], b"")
    image.close()


def fill(size: int, scenario: str) -> tuple[float, float, list[bytes], int]:
    """Hours held once the ring has gone round, bytes per site-sample, the blocks, segments of the ring."""
    from device.readings import Readings

    counts, calibration = signal(scenario)
    rows = [array("h", scan) for scan in counts.tolist()]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "flash.img"
        volume_with_firmware(path, size)
        with powered(path, size):
            sock = boot(1)
            curves = from_json(calibration).curves()
            readings = Readings(CHANNELS, curves, parse("ral:II"), Keeper(sock), PERIOD_MS)  # type: ignore[arg-type]
            readings.start_ms = 1000
            index = 0
            while sock.journal.overwritten < SIGNAL_S * RATE_HZ:
                readings.take(index, rows[index % len(rows)])
                index += 1
            sock.journal.close_block(True)
            held = [data for _, data in entries(sock.journal)]
            blocks = [data for data in held if kind_of(data) == "samples"]
            samples = sum(decode(data).count for data in blocks)
            if samples + sock.journal.overwritten != index:
                raise SystemExit(f"{index} scans, but {samples} held and {sock.journal.overwritten} overwritten")
            return samples / RATE_HZ / 3600, sum(map(len, held)) / samples / 3, blocks, sock.journal.limit


def wear(size: int, days: int, blocks: list[bytes]) -> None:
    """Erases of so many days with blocks of these sizes, as the flash counts them."""
    counts = [decode(block).count for block in blocks]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "flash.img"
        volume_with_firmware(path, size)
        erases = np.zeros(size // 4096, dtype=np.int64)
        flushes = 0
        for day in range(1, days + 1):
            with powered(path, size) as (image, volume):
                count_boot(volume, day)
                journal = boot(day).journal
                journal._index = index = 0
                at = 0
                while index < WORN_H * 3600 * RATE_HZ:
                    index += counts[at]
                    journal._index = index
                    journal._put(blocks[at], counts[at], index - journal._flushed >= journal._flush_slots)
                    flushes += journal._flushed == index
                    at = (at + 1) % len(blocks)
                erases += image._erases
        years = CYCLES / (erases.max() / days) / 365
        even = CYCLES / (erases.sum() / len(erases) / days) / 365
        row(f"erases a day on {size // 1024} KiB ({flushes / days:.0f} flushes)", f"{erases.sum() / days:.0f}")
        row("  until its most worn block is (100,000 erases)", f"{years:.1f} years", f">= {GOAL_YEARS}")
        row("  if wear were even", f"{even:.1f} years")


def count_boot(volume: Volume, number: int) -> None:
    """What a start writes besides: the number of the boot, beside the old one and over it."""
    file, _ = volume.call("fs.open", ["/boot_count.new", "wb"], b"")
    volume.call("fs.write", [file], str(number).encode())
    volume.call("fs.close", [file], b"")
    volume.call("fs.rename", ["/boot_count.new", "/boot_count"], b"")


def main() -> int:
    """The tables; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=10, help="of wearing, for the erases (default: 10)")
    days = parser.parse_args().days
    print("The sock's journal")
    hours, each, blocks, limit = fill(STOCK_KIB * 1024, MIXED)
    row("ring of a stock 4 MB ESP32 (2 MiB), a quarter walking, filled", f"{hours:.2f} h", f">= {GOAL_H}")
    row("  bytes per site-sample, headers and events with it", f"{each:.3f}", "0.55")
    walking, each, _, _ = fill(STOCK_KIB * 1024, WALKING)
    row("  the same, always walking", f"{walking:.2f} h")
    row("  bytes per site-sample", f"{each:.3f}")
    small, _, coarse, few = fill(SMALLEST_KIB * 1024, MIXED)
    row("ring of a Pico W (848 KiB, whole segments), a quarter walking", f"{small:.2f} h")
    for board in names():
        segments = facts_of(board).flash.volume_KiB * 1024 * 60 // 100 // 4096
        per = hours / limit if facts_of(board).flash.volume_KiB >= STOCK_KIB else small / few
        row(f"  {board}, {segments} segments", f"{per * segments:.1f} h")
    wear(STOCK_KIB * 1024, days, blocks)
    wear(SMALLEST_KIB * 1024, days, coarse)
    return int(hours < GOAL_H)


if __name__ == "__main__":
    sys.exit(main())
