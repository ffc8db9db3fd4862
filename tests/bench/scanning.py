"""Scanning as fast as it goes, on a virtual board in virtual time: 100 scans a second of four inputs on one chip.

    python tests/bench/scanning.py [--seconds 20]

For chips whose clock is as slow and as fast as the data sheet allows (+-10 %): slots missed, jitter of the conversions
(the converter's own list), and transactions on the bus per reading, beside those of Adafruit's `AnalogIn.voltage` in
the same run. All times are of the model: bus bits, conversion times, and a share for the driver.
"""

import argparse
import asyncio
import json
import tempfile
from pathlib import Path

import numpy as np
from gradsock.flash.firmware import build
from gradsock.sim.conductor import run_virtual
from gradsock.sim.flash_image import FlashImage
from gradsock.sim.launch import VirtualBoard
from gradsock.sim.volume import Volume

ADDRESS = 72
CONVERSION = np.dtype([("t_us", "<u8"), ("address", "u1"), ("mux", "u1"), ("counts", "<i2"), ("config", "<u2")])
SEEDS = (363, 0, 350)
"""Of boards whose chip is as fast as allowed, near its nominal speed, and as slow as allowed."""
PROGRAM = """
import asyncio, json, time, board
from device.wiring import wire
from device.bus import Bus
from adafruit_ads1x15 import ADS1115, AnalogIn

class Counting:
    def __init__(self, i2c):
        self._i2c, self.transactions = i2c, 0
    def __getattr__(self, name):
        self.transactions += 1
        return getattr(self._i2c, name)

async def main():
    bus = Counting(board.i2c())
    channels = [["ankle", 72, 0], ["calf", 72, 1], ["knee", 72, 2], ["reference", 72, 3]]
    scanner = wire(bus, channels, 2, 860, {rate})
    rows = [0, 0]
    def take(index, counts, flag):
        rows[0] += 1
        rows[1] += min(counts) == -32768
    scanner.start(take)
    task = asyncio.create_task(scanner.run(lambda: None))
    await asyncio.sleep({seconds})
    task.cancel()
    ours = bus.transactions / (4 * rows[0])
    await asyncio.sleep(1)
    bus.transactions = 0
    chip = ADS1115(Bus(bus), gain=2, data_rate=860)
    inputs = [AnalogIn(chip, pin) for pin in range(4)]
    bus.transactions = 0
    for _ in range(50):
        for one in inputs:
            one.voltage
    print("RESULT", json.dumps([scanner.missed, rows, ours, bus.transactions / 200]))

asyncio.run(main())
"""


def slowness(seed: int) -> float:
    """The clock of the virtual chip that a board with this seed has: the first number of `seeded` in ads1115.mjs."""
    mask = 0xFFFFFFFF
    state = (seed * 131 + ADDRESS + 0x6D2B79F5) & mask
    t = (state ^ state >> 15) * (1 | state) & mask
    t ^= (t + ((t ^ t >> 7) * (61 | t) & mask)) & mask
    return 1 + 0.1 * (2 * ((t ^ t >> 14) & mask) / 2**32 - 1)


def run(seed: int, seconds: int, rate_Hz: int = 100) -> tuple[int, list[int], float, float, np.ndarray]:
    """Slots missed, [slots, slots with something missing], transactions per reading (ours, AnalogIn's), conversions."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        image = FlashImage(folder / "flash.img")
        volume = Volume(image)
        files = dict(build("sim").files)
        files["/main.py"] = PROGRAM.replace("{seconds}", str(seconds)).replace("{rate}", str(rate_Hz)).encode()
        made: set[str] = set()
        for path, content in files.items():
            for folders in reversed(Path(path).parents[:-1]):
                if str(folders) not in made:
                    made.add(str(folders))
                    volume.call("fs.mkdir", [str(folders)], b"")
            number, _ = volume.call("fs.open", [path, "w"], b"")
            volume.call("fs.write", [number], content)
            volume.call("fs.close", [number], b"")
        image.close()

        async def main() -> None:
            async with VirtualBoard(folder, leg="cuff", seed=seed) as board:
                await board.command("press", mmHg=20, over=0.1)
                await asyncio.sleep(seconds + 30)

        run_virtual(main())
        said = (folder / "console.log").read_text()
        lines = [line for line in said.splitlines() if line.startswith("RESULT ")]
        if not lines:
            raise SystemExit(f"the program on the board did not end well:\n{said[-2000:]}")
        missed, rows, ours, theirs = json.loads(lines[0][7:])
        return missed, rows, ours, theirs, np.fromfile(folder / "conversions.bin", CONVERSION)


def jitter_ms(conversions: np.ndarray, rate_Hz: int, scans: int) -> tuple[float, float]:
    """Median and p95 of how far the conversions of one input are off the straight grid, in ms."""
    mine = conversions["t_us"][conversions["mux"] == 4][5 : scans - 5] / 1000.0
    off = (mine - mine[0]) % (1000 / rate_Hz)
    off = np.minimum(off, 1000 / rate_Hz - off)
    centre = np.median(mine - mine[0] - np.round((mine - mine[0]) * rate_Hz / 1000) * 1000 / rate_Hz)
    off = np.abs(mine - mine[0] - np.round((mine - mine[0] - centre) * rate_Hz / 1000) * 1000 / rate_Hz - centre)
    return float(np.median(off)), float(np.percentile(off, 95))


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=20, help="how long to scan, of virtual time (default: 20)")
    parser.add_argument("--rate", type=int, default=100, help="scans per second (default: 100)")
    options = parser.parse_args()
    print(f"{options.rate} Hz x 4 channels on one chip at 860 conversions/s (model)")
    for seed in SEEDS:
        missed, (slots, gaps), ours, theirs, conversions = run(seed, options.seconds, options.rate)
        median, p95 = jitter_ms(conversions, options.rate, slots)
        print(
            f"  conversions take x{slowness(seed):.3f}: of {slots} slots {missed} missed, {gaps} with a gap;"
            f" jitter {median:.2f} ms median, {p95:.2f} ms p95 (goal 2);"
            f" {ours:.2f} transactions per reading, AnalogIn.voltage {theirs:.2f}"
        )


if __name__ == "__main__":
    main()
