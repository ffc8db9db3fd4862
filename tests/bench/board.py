"""What the firmware costs on a board, read off a running virtual one: bytes of code, heap, scan rate and jitter.

    python tests/bench/board.py [--minutes 5]

The heap is what a collection leaves while the firmware waits, less what an empty board of this kind uses before its
boot.py: its own machine, bluetooth and asyncio are C on a real board. Some 5 KB of it a real board would not need: the
interpreter's table of names doubles at 620, 1260 and 2540, and here 530 names of the virtual board's own modules, which
a real one has in ROM, lie in it before the firmware's 1140. The scans are the virtual chip's own list of
finished conversions, with the wall clock of this machine: the jitter is therefore that of a busy computer, not a model.
"""

import argparse
import asyncio
import contextlib
import os
import tempfile
from pathlib import Path

import numpy as np
from gradsock.flash.firmware import build
from gradsock.link import BlockReceived
from gradsock.link.sim import VirtualSock

CONVERSION = np.dtype([("t_us", "<u8"), ("address", "u1"), ("mux", "u1"), ("counts", "<i2"), ("config", "<u2")])
HEAP_GOAL_KB, CODE_GOAL_KB, DRIVERS = 100, 45, ("/adafruit_ads1x15/", "/adafruit_bus_device/")


def row(what: str, figure: str, goal: str = "") -> None:
    """One line of the table."""
    print(f"  {what:<52}{figure:>16}  {goal}")


def code() -> None:
    """Bytes of compiled code, with the drivers apart."""
    files = {path: len(content) for path, content in build("sim").files.items() if path.endswith(".mpy")}
    drivers = sum(size for path, size in files.items() if path.startswith(DRIVERS))
    row(
        "code of sock, device and board (.mpy)",
        f"{(sum(files.values()) - drivers) / 1024:.1f} KB",
        f"<= {CODE_GOAL_KB}",
    )
    row("code of the Adafruit drivers (.mpy)", f"{drivers / 1024:.1f} KB")


async def heap_kB(virtual: VirtualSock) -> float:
    """The firmware's share of the heap."""
    assert virtual.board is not None
    answer = await virtual.board.command("heap")
    return float(answer["used"] - answer["baseline"]) / 1024


async def stream(minutes: float) -> None:
    """Streams for some minutes; heap before and after, and what the chip saw meanwhile."""
    async with VirtualSock("stand") as virtual:
        assert virtual.board is not None
        conversions = virtual.board.folder / "conversions.bin"
        async with virtual.link() as link:
            idle = await heap_kB(virtual)
            await link.start()
            await asyncio.sleep(20)  # every buffer has been used once
            first, before = await heap_kB(virtual), conversions.stat().st_size
            received = asyncio.create_task(_count(link))
            await asyncio.sleep(60 * minutes)
            last, after = await heap_kB(virtual), conversions.stat().st_size
            await link.stop()
            blocks = await received
    row("heap after boot, connected", f"{idle:.1f} KB", f"<= {HEAP_GOAL_KB}")
    row("heap after 20 s of streaming", f"{first:.1f} KB", f"<= {HEAP_GOAL_KB}")
    row(f"heap after {minutes:g} more minutes", f"{last:.1f} KB", "no growth")
    row("blocks received meanwhile", f"{blocks:,}")
    scans(np.fromfile(conversions, CONVERSION, offset=before, count=(after - before) // CONVERSION.itemsize))


async def _count(link: object) -> int:
    blocks = 0
    async with contextlib.aclosing(link.events()) as events:  # type: ignore[attr-defined]
        async for event in events:
            blocks += isinstance(event, BlockReceived)
    return blocks


def scans(conversions: np.ndarray) -> None:
    """Rate and jitter of the scans: instants of one input's conversions against the straight line through them."""
    t_ms = conversions["t_us"][conversions["mux"] == conversions["mux"][0]] / 1000.0
    number = np.arange(len(t_ms))
    period_ms = round(float(np.median(np.diff(t_ms))))
    slot = np.round((t_ms - t_ms[0]) / period_ms)
    off_ms = np.abs((t_ms - t_ms[0] - slot * period_ms) - np.median(t_ms - t_ms[0] - slot * period_ms))
    row("scan rate", f"{1000 * (len(number) - 1) / (t_ms[-1] - t_ms[0]):.3f} Hz", "25")
    row(
        "jitter of a conversion, median / p95",
        f"{np.median(off_ms):.2f} / {np.percentile(off_ms, 95):.2f} ms",
        "(wall clock)",
    )


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=5.0, help="how long to stream (default: 5)")
    minutes = parser.parse_args().minutes
    print("The firmware on the virtual board")
    code()
    with tempfile.TemporaryDirectory() as home:
        os.environ["GRADSOCK_HOME"] = str(Path(home))
        asyncio.run(stream(minutes))


if __name__ == "__main__":
    main()
