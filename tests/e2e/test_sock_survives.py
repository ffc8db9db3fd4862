"""Faults inside a running sock: a crash costs a task's moment, a hang costs a restart, and the sock is there again."""

import asyncio
import json
from pathlib import Path

import pytest
from gradsock.sim.launch import VirtualAir
from sock import protocol

from tests.e2e.sock_bench import BOARD, HANG_S, Listener, assert_whole, file_of, found, host, sock, true_scans

BATTERY = "00002a19-0000-1000-8000-00805f9b34fb"
WATCHDOG = 3

BROKEN_GAUGE = """
_asked = 0

def battery_mV():
    global _asked
    _asked += 1
    if _asked == 2:
        {fault}
    return 3300 + 100 * _asked
"""


def board_with(fault: str) -> dict[str, str]:
    """The board's own description, but the battery's gauge fails the second time that it is read."""
    return {"/board.py": BOARD.read_text() + BROKEN_GAUGE.format(fault=fault)}


async def test_a_task_that_crashed_runs_again_and_the_others_never_stopped(
    image: Path, tmp_path: Path, air: VirtualAir
) -> None:
    fault = "raise ValueError('the gauge is broken')"
    async with sock(image, tmp_path / "board", air, board_with(fault)) as board:
        async with host(await found(air.hci), air.hci) as client:
            listener = Listener(client)
            await listener.subscribe()
            await listener.start()
            async with asyncio.timeout(HANG_S):
                while (await client.read_gatt_char(BATTERY))[0] <= 10:
                    await asyncio.sleep(0.2)
            await listener.until_blocks(2)
            await listener.stop()
            info = json.loads(await client.read_gatt_char(protocol.INFO_UUID))
        assert_whole(listener.rows(), true_scans(board.folder))
        await board.command("power-cut")
    kept = file_of(tmp_path / "board", "/crash.txt")
    assert kept.startswith("battery, crash 1: Traceback")
    assert "ValueError: the gauge is broken" in kept
    assert info["boot"] == 2  # the first was the one that was flashed


async def test_a_sock_that_hangs_is_reset_by_its_watchdog(image: Path, tmp_path: Path, air: VirtualAir) -> None:
    fault = "while True:\n            pass"
    async with sock(image, tmp_path / "board", air, board_with(fault)) as board:
        causes = []
        async with asyncio.timeout(HANG_S):
            while WATCHDOG not in causes:
                causes.append((await board.event("boot"))["cause"])
        async with host(await found(air.hci), air.hci) as client:
            info = json.loads(await client.read_gatt_char(protocol.INFO_UUID))
        assert info["boot"] >= 3


async def test_a_sock_runs_for_longer_than_its_watchdog_waits(image: Path, tmp_path: Path, air: VirtualAir) -> None:
    async with sock(image, tmp_path / "board", air) as board:
        await board.event("boot")
        await asyncio.sleep(12)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(board.event("boot"), 0.1)


async def test_a_boot_that_fails_is_tried_again(image: Path, tmp_path: Path, air: VirtualAir) -> None:
    """A part that does not answer at power-on leaves a sock that comes by itself when it does."""
    slow_bus = """
import os

_bus = i2c

def i2c():
    try:
        os.remove("/fails")
    except OSError:
        return _bus()
    raise OSError("the bus does not answer")
"""
    files = {"/board.py": BOARD.read_text() + slow_bus, "/fails": ""}
    async with sock(image, tmp_path / "board", air, files) as board:
        async with host(await found(air.hci), air.hci) as client:
            listener = Listener(client)
            await listener.subscribe()
            await listener.start()
            await listener.until_blocks(3)
        await board.command("power-cut")
    assert "OSError: the bus does not answer" in file_of(tmp_path / "board", "/crash.txt")


async def test_after_a_power_cut_it_is_another_boot_of_the_same_sock(
    image: Path, tmp_path: Path, air: VirtualAir
) -> None:
    async def info() -> dict[str, object]:
        async with host(await found(air.hci), air.hci) as client:
            return dict(json.loads(await client.read_gatt_char(protocol.INFO_UUID)))

    async with sock(image, tmp_path / "board", air) as board:
        first = await info()
        await board.command("power-cut")
        await board.command("power-on")
        second = await info()
    assert second["serial"] == first["serial"]
    assert second["name"] == first["name"]
    assert second["boot"] == first["boot"] + 1
