"""Virtual boards in virtual time: what takes how long, that it is the same each time, and that nothing gets lost."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import numpy as np
import pytest
from bleak import BleakClient, BleakScanner
from gradsock.link import BlockReceived
from gradsock.link.ble import BleLink
from gradsock.link.bumble import backend
from gradsock.link.radio import Backend
from gradsock.link.reconnecting import Reconnecting
from gradsock.log.recorder import Recorder
from gradsock.sim.conductor import run_virtual
from gradsock.sim.launch import VirtualAir, VirtualBoard
from sock.block import decode, kind_of

from tests.e2e import sock_bench
from tests.e2e.radio_bench import CONTROL, PERIPHERAL
from tests.e2e.sock_bench import Listener

SEED = 11
CONVERSION = np.dtype([("t_us", "<u8"), ("address", "u1"), ("mux", "u1"), ("counts", "<i2"), ("config", "<u2")])


def test_a_program_and_what_its_operations_cost(tmp_path: Path) -> None:
    sock_bench.put_file(
        tmp_path,
        "main.py",
        """
import machine, time
i2c = machine.I2C(0)
def took(what):
    a = time.ticks_us()
    what()
    return time.ticks_diff(time.ticks_us(), a)
look = took(lambda: None)
print("i2c", took(lambda: i2c.writeto(0x48, b"\\x01\\x85\\x83")) - look)
def write():
    with open("big", "wb") as file:
        for _ in range(4):
            file.write(bytes(4096))
print("flash", took(write) - look)
print("nap", took(lambda: time.sleep_ms(250)) - look)
def spin():
    until = time.ticks_add(time.ticks_ms(), 20)
    while time.ticks_diff(until, time.ticks_ms()) > 0:
        pass
print("spin", took(spin) - look)
""",
    )

    async def main() -> dict[str, int]:
        async with VirtualBoard(tmp_path):
            await asyncio.sleep(5)
        said = (tmp_path / "console.log").read_text().split(">>>")[0].partition("MicroPython")[0].strip()
        return {what: int(us) for what, us in (line.split() for line in said.splitlines())}

    costs = run_virtual(main())
    assert costs["i2c"] == 95 + 150  # four bytes of nine bits, start and stop, at 400 kHz; the driver's share
    assert costs["nap"] == 250_000
    assert 19_000 <= costs["spin"] <= 21_500
    blocks = 5  # of data, and of the file's entry
    assert 4 * 45_000 <= costs["flash"] <= blocks * (45_000 + 16 * 700) + 50_000


def test_a_watchdog_bites_and_a_sleeper_wakes_when_they_should(tmp_path: Path) -> None:
    sock_bench.put_file(
        tmp_path,
        "main.py",
        """
import machine, time
if machine.reset_cause() == machine.PWRON_RESET:
    machine.WDT(timeout=3000)
    time.sleep(60)
elif machine.reset_cause() == machine.WDT_RESET:
    machine.deepsleep(3600000)
""",
    )

    async def main() -> list[tuple[str, float]]:
        told = []
        async with VirtualBoard(tmp_path) as board:
            for _ in range(4):
                event = await board.events.get()
                told.append((event["event"], asyncio.get_running_loop().time()))
            event = await board.events.get()
            assert (event["event"], event["cause"]) == ("boot", 4)  # deep sleep
            told.append(("awake", asyncio.get_running_loop().time()))
        return told

    told = run_virtual(main())
    assert [name for name, _ in told] == ["boot", "watchdog", "boot", "deepsleep", "awake"]
    assert told[1][1] == pytest.approx(3.4, abs=0.1)  # the boot, and then 3 s
    assert told[4][1] - told[3][1] == pytest.approx(3600, abs=0.01)


Row = tuple[int, tuple[int, ...], tuple[int, ...]]


async def a_recorded_minute(folder: Path, logs: Path) -> tuple[bytes, list[Row]]:
    """The log of a minute of wear, and its samples as `sock_bench.assert_whole` takes them."""
    blocks: list[bytes] = []
    async with VirtualAir() as air, VirtualBoard(folder, air=air, leg="demo", seed=SEED) as board:
        radio = Backend(*backend(air.hci))
        sock = Reconnecting(lambda: BleLink("", backend=radio, remembered=False))
        with Recorder(logs) as recorder:

            async def record() -> None:
                async for event in sock.events():
                    recorder.take(event)
                    if isinstance(event, BlockReceived):
                        blocks.append(event.data)

            recording = asyncio.create_task(record())
            await board.command("wear")
            await asyncio.sleep(60)
            await sock.stop()
            await recording
        assert recorder.path is not None
        decoded = [decode(data) for data in blocks if kind_of(data) == "samples"]
        rows = [(b.index + at, b.samples[at], b.step_counts) for b in decoded for at in range(b.count)]
        return recorder.path.read_bytes(), rows


def copy_of(image: Path, folder: Path) -> Path:
    shutil.copytree(image, folder)
    return folder


def test_a_minute_is_whole_in_time_and_the_same_again(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    image = sock_bench.flashed(tmp_path_factory)
    first, second = copy_of(image, tmp_path / "1"), copy_of(image, tmp_path / "2")
    log, rows = run_virtual(a_recorded_minute(first, tmp_path / "logs 1"))

    assert len(rows) >= 50 * 25
    sock_bench.assert_whole(rows, sock_bench.true_scans(first))
    conversions = np.fromfile(first / "conversions.bin", CONVERSION)
    mux = conversions["mux"]
    whole = np.flatnonzero((mux[:-3] == 4) & (mux[1:-2] == 5) & (mux[2:-1] == 6) & (mux[3:] == 7))  # a scan, not a look
    of_ankle_us = conversions["t_us"][whole].astype(np.int64)[-50 * 25 :]
    off_us = (of_ankle_us - of_ankle_us[0]) % 40_000
    off_us = np.abs((off_us + 20_000) % 40_000 - 20_000)
    assert np.percentile(off_us, 95) <= 2_000

    again, _ = run_virtual(a_recorded_minute(second, tmp_path / "logs 2"))
    assert again == log
    assert (second / "conversions.bin").read_bytes() == (first / "conversions.bin").read_bytes()


def test_a_power_cut_and_another_morning(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    folder = copy_of(sock_bench.flashed(tmp_path_factory), tmp_path / "board")

    async def main() -> list[int]:
        boots = []
        async with VirtualAir() as air, VirtualBoard(folder, air=air, leg="demo", seed=SEED) as board:
            for _ in range(2):
                device = await sock_bench.found(air.hci)
                async with sock_bench.host(device, air.hci) as client:
                    listener = Listener(client)
                    await listener.subscribe()
                    await listener.start()
                    await listener.until_blocks(3)
                    boots.append(listener.blocks()[0].boot)
                    await board.command("power-cut")
                    async with asyncio.timeout(60):
                        while client.is_connected:
                            await asyncio.sleep(0.1)
                await asyncio.sleep(8 * 3600)
                await board.command("power-on")
        return boots

    first, second = run_virtual(main())
    assert second == first + 1


def test_a_board_whose_clock_is_fast_thinks_that_more_time_has_passed(tmp_path: Path) -> None:
    sock_bench.put_file(
        tmp_path,
        "main.py",
        """
import time
while True:
    time.sleep_ms(1000)
    print(time.ticks_ms())
""",
    )

    async def main() -> None:
        async with VirtualBoard(tmp_path, drift_ppm=20_000.0):
            await asyncio.sleep(300)

    run_virtual(main())
    shown_ms = (tmp_path / "console.log").read_text().split()[-1]
    assert int(shown_ms) == pytest.approx(306_000, abs=1100)


def test_hosts_of_one_process_have_an_air_each(tmp_path: Path) -> None:
    async def main() -> tuple[str, str]:
        async with VirtualAir() as one, VirtualAir() as other:
            for air in (one, other):
                scanner, _ = backend(air.hci)
                scanning = scanner(None, None)
                await scanning.start()
                await scanning.stop()
            return one.hci, other.hci

    one, other = run_virtual(main())
    assert one != other


def test_a_sleep_that_no_handler_can_interrupt_ends_in_time(tmp_path: Path) -> None:
    """What the radio tells meanwhile waits until the scheduled function has returned, and no longer."""
    slept = "lambda _: (time.sleep_ms(300), print('slept'))"
    handler = f"    if event == 3:\n        micropython.schedule({slept}, 0)\n"
    program = PERIPHERAL.replace(
        "def irq(event, data):\n", f"import micropython, time\ndef irq(event, data):\n{handler}"
    )
    sock_bench.put_file(tmp_path, "main.py", program + "while True:\n    time.sleep(1)\n")

    async def main() -> list[float]:
        async with VirtualAir() as air, VirtualBoard(tmp_path, air=air):
            scanner, client = backend(air.hci)
            device = await BleakScanner.find_device_by_name("sock", 60, backend=scanner)
            assert device is not None
            async with BleakClient(device, backend=client, timeout=60) as peer:
                took = []
                for _ in range(4):
                    before = asyncio.get_running_loop().time()
                    await peer.write_gatt_char(CONTROL, b"go", response=True)
                    took.append(asyncio.get_running_loop().time() - before)
                return took

    took = run_virtual(main())
    assert 0.25 < max(took) < 0.45  # one sleep, and a connection event or two
    assert (tmp_path / "console.log").read_text().count("slept") >= 2
