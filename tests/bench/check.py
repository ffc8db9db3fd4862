"""What the fit check costs: twelve hours on a host, and a second on a board.

    python -m tests.bench.check [--hours 12]

Host: CPU seconds of `gradsock check FILE --json` in a fresh Python, imports and all, and beside it what it would take
to show the machine every sample instead of every second (the streaming figure). The signal: tests/bench/codec.py.

Board: bytecodes as CPython counts them, which are about as many as MicroPython's, at 25 Hz x 3 sites and the reference.
Two ways to make time of them, both for a 125 MHz Cortex-M:
  pystones   a pyboard (Cortex-M4, 168 MHz) does 1847.56 pystones a second (MicroPython pull request 4858); a pystone
            is 497 of these bytecodes: 0.92 million a second there, 0.68 million at 125 MHz.
  instructions   141 for each, what `AnalogIn.voltage` takes on a Cortex-M3 (see tests/bench/codec.py).
The path is `Readings.take`: stored counts, the live stream, pressures, the check; without scanning and radio.
Heap: what a collection leaves on a virtual board once the check is loaded and one is made, less before.
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from array import array
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from gradsock.sim.launch import VirtualAir
from sock.fit import FitCheck
from sock.prescription import parse

from tests.bench.codec import INSTRUCTIONS_PER_BYTECODE, bytecodes
from tests.bench.log import CALIBRATION, RATE_HZ, cpu, cpu_of, packed, row, session
from tests.e2e.sock_bench import flashed, sock
from tests.e2e.test_sock_allocations import prompt

CORTEX_HZ = 125e6
PYSTONES_168MHZ = 1847.56
BYTECODES_PER_PYSTONE = 497
BYTECODES_125MHZ = PYSTONES_168MHZ * BYTECODES_PER_PYSTONE * 125 / 168
PRESCRIPTION = "ral:II"


def host(hours: float, folder: Path) -> None:
    """Twelve hours, from a sealed recording and from a CSV; and as a stream."""
    sealed = folder / "made.parquet"
    sealed.write_bytes(packed(session(hours, hours, is_live=True)))
    columns = _columns(sealed)
    csv = folder / "made.csv"
    with csv.open("w") as file:
        file.write("t_s,ankle,calf,knee\n")
        np.savetxt(file, columns, fmt="%.2f", delimiter=",")
    for what, path in (("a sealed recording", sealed), ("a CSV", csv)):
        code = f"import sys; from gradsock.cli import run; sys.exit(run(['check', {str(path)!r}, '--json']))"
        took_s = cpu_of([sys.executable, "-c", code])
        row(f"gradsock check, {hours:g} h at {RATE_HZ} Hz, {what}", f"{took_s:.2f} s", "<= 2 s")
    check = FitCheck(parse(PRESCRIPTION))
    part = np.round(columns[: 1800 * RATE_HZ, 1:] * 100).astype(int).tolist()

    def stream() -> None:
        for number, pressures in enumerate(part):
            check.add(number * 40, pressures)

    row("  as a stream, every sample by itself", f"{cpu(stream) * hours * 2:.2f} s")


def _columns(path: Path) -> Any:
    from gradsock.log import sealed
    from gradsock.log.recording import Recording

    recording = Recording(path, sealed.read_sealed(path))
    pressures = [recording.pressure_mmHg[site] for site in recording.sites]
    return np.column_stack([(recording.ticks_ms - recording.ticks_ms[0]) / 1000, *pressures])


def board_work() -> None:
    """Bytecodes of a second: the check alone, and the whole of what becomes of a scan."""
    check, rng, at = FitCheck(parse(PRESCRIPTION)), random.Random(1), 0

    def seconds(count: int) -> None:
        nonlocal at
        for _ in range(count * RATE_HZ):
            worn = at > 5 * RATE_HZ
            check.add(at * 40, [level + rng.randrange(-50, 50) if worn else 0 for level in (2730, 1960, 1500)])
            at += 1

    def drawn(count: int) -> None:
        for _ in range(count * RATE_HZ):
            [level + rng.randrange(-50, 50) for level in (2730, 1960, 1500)]

    seconds(300)
    of_check = (bytecodes(lambda: seconds(60)) - bytecodes(lambda: drawn(60))) / 60
    assert check.verdict == "good"
    take = _take()
    take(300)
    of_path = bytecodes(lambda: take(60)) / 60
    for what, count, goal in (("fit check", of_check, 3), ("a scan's whole path", of_path, 10)):
        share = 100 * count / BYTECODES_125MHZ
        row(f"{what}: bytecodes a second", f"{count:,.0f}")
        row(
            f"  of a 125 MHz Cortex-M, by pystones ({BYTECODES_125MHZ / 1e6:.2f} M/s)", f"{share:.1f} %", f"<= {goal} %"
        )
        row("  by instructions (141 each)", f"{100 * count * INSTRUCTIONS_PER_BYTECODE / CORTEX_HZ:.1f} %")


def _take() -> Any:
    """`Readings.take` for so many seconds, with its own stream, and a radio that takes everything."""
    sys.modules["bluetooth"] = ModuleType("bluetooth")
    sys.modules["micropython"] = ModuleType("micropython")
    sys.modules["micropython"].const = lambda value: value  # type: ignore[attr-defined]
    time.ticks_ms = lambda: 0  # type: ignore[attr-defined]
    time.ticks_diff = lambda a, b: a - b  # type: ignore[attr-defined]
    from device.readings import Readings
    from device.stream import Stream
    from device.ticks import Ticks

    class Radio:
        mtu, session, live = 247, 1, 1

    stream = Stream(Radio(), Ticks(), 1, 3, 40)  # type: ignore[arg-type]
    stream.start(1, [])
    channels = [["ankle", 72, 0], ["calf", 72, 1], ["knee", 72, 2], ["reference", 72, 3]]
    readings = Readings(channels, CALIBRATION.curves(), parse(PRESCRIPTION), stream, 40)
    counts, rng, at = array("h", [9000, 7600, 6600, 24000]), random.Random(2), 0
    noise = [rng.randrange(60) for _ in range(977)]

    def take(count: int) -> None:
        nonlocal at
        for _ in range(count * RATE_HZ):
            counts[0] = 9000 + noise[at % len(noise)]
            counts[1] = 7600 + noise[-at % len(noise)]
            readings.take(at, counts)
            at += 1

    return take


class Folders:
    """Where pytest would make folders."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def mktemp(self, name: str) -> Path:
        """A new one."""
        made = self.folder / name
        made.mkdir()
        return made


async def board_heap(image: Path, folder: Path) -> None:
    """Bytes that a check takes on the virtual board, its code included."""
    async with VirtualAir() as air, sock(image, folder / "board", air, {"/maintenance": ""}) as board:
        serial = await prompt(board)

        async def used(source: str) -> int:
            await serial.value(source)
            return int((await board.command("heap"))["used"])

        before = await used("from sock.prescription import parse\nwanted = parse('us:15-20')\n")
        loaded = await used("from sock.fit import FitCheck\n")
        made = await used("check = FitCheck(wanted)\nfor i in range(3000): check.add(40 * i, (1800, 1400, 800))\n")
        await serial.close()
    row("heap of the check on a board: code", f"{(loaded - before) / 1024:.1f} KB")
    row("  and its state", f"{(made - loaded) / 1024:.1f} KB")


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=float, default=12.0)
    hours = parser.parse_args().hours
    print("The fit check's cost")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GRADSOCK_HOME"] = os.environ["GRADSOCK_LOGS"] = folder
        host(hours, Path(folder))
        board_work()
        image = flashed(Folders(Path(folder)))  # type: ignore[arg-type]
        asyncio.run(board_heap(image, Path(folder)))


if __name__ == "__main__":
    main()
