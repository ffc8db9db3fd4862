"""On the way of a sample nothing is allocated: the interpreter's heap is locked while samples go their way."""

from pathlib import Path

from gradsock.sim.launch import VirtualAir, VirtualBoard

from tests.e2e.conftest import Serial
from tests.e2e.sock_bench import sock

SETUP = """
import micropython
from array import array
from device.journal_start import start
from device.readings import Readings
from device.store import load_calibration
from device.stream import Stream
from device.ticks import Ticks
from sock.prescription import parse

class Radio:
    mtu = 247
    session = 1
    live = 1

CHANNELS = [["ankle", 72, 0], ["calf", 72, 1], ["knee", 72, 2], ["reference", 72, 3]]
stream = Stream(Radio(), Ticks(), 1, 3, 40)
stream.journal = start(3, 1, 40)
stream.start(1, [])
readings = Readings(CHANNELS, load_calibration(3), parse("us:15-20"), stream, 40)
counts = array("h", [4000, 3000, 2000, 24000])

def scans(first, last):
    for index in range(first, last):
        counts[0] = 4000 + (index * 37 & 255)
        counts[1] = 3000 + (index * 91 & 127)
        readings.take(index, counts)

def locked(first, last):
    micropython.heap_lock()
    try:
        scans(first, last)
    finally:
        micropython.heap_unlock()
"""


async def test_samples_allocate_nothing(image: Path, tmp_path: Path) -> None:
    """Blocks begin and end with the heap open, five samples apart, and so do the verdicts, every second."""
    async with VirtualAir() as air, sock(image, tmp_path / "board", air, {"/maintenance": ""}) as board:
        serial = await prompt(board)
        await serial.value(SETUP)
        await serial.value("scans(0, 30)")
        for block in range(30, 150, 5):
            first = block + 2 if block % 25 == 0 else block + 1
            await serial.value(
                f"scans({block}, {first}); locked({first}, {block + 4}); scans({block + 4}, {block + 5})"
            )
        assert await serial.value("print(stream.journal.total, stream.journal.unkept)") == "125 0"
        await serial.close()


async def prompt(board: VirtualBoard) -> Serial:
    serial = Serial(int(board.serial_url.rsplit(":", 1)[1]))
    await serial.open()
    await serial.raw()
    return serial
