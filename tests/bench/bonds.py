"""Bonds over many restarts: an owner pairs once, and is known again after each.

    python -m tests.bench.bonds [--reboots 100]

Virtual time, the real firmware and SMP; every other restart is a power cut, and the sock's address changes at each.
Exit 1 when the owner is not known once.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from gradsock.sim.conductor import run_virtual
from gradsock.sim.launch import VirtualAir, VirtualBoard
from sock import protocol

from tests.e2e.sock_bench import HANG_S, file_of, flash_into, found, host
from tests.e2e.test_bonds_last import get_in, move_in

TRIES = 3


async def reboots(folder: Path, passkey: int, wanted: int) -> tuple[int, int]:
    """How often the owner was known again, and how many addresses the sock had."""
    known, addresses = 0, set()
    async with VirtualAir() as air, VirtualBoard(folder, air=air, seed=1) as board:
        move_in(air.hci)
        boot = await get_in(air.hci, passkey)
        await asyncio.sleep(1)
        for number in range(wanted):
            if number % 2:
                await board.command("power-cut")
                await board.command("power-on")
            else:
                await _patiently(lambda number=number: _restart(air.hci, number))
            addresses.add((await found(air.hci)).address)
            after = await _patiently(lambda: get_in(air.hci))
            known += after > boot
            boot = after
    return known, len(addresses)


async def _patiently(work: Callable[[], Awaitable[int]]) -> int:
    """As a host does that was not let in in time: it tries anew."""
    for _ in range(TRIES):
        with contextlib.suppress(TimeoutError):
            return await work()
    return -1


async def _restart(hci: str, number: int) -> int:
    """By a change of the settings."""
    async with asyncio.timeout(HANG_S), host(await found(hci), hci) as client:
        side = "left" if number % 4 else "right"
        await client.write_gatt_char(protocol.SETTINGS_UUID, json.dumps({"side": side}).encode(), response=True)
        while client.is_connected:
            await asyncio.sleep(0.05)
    return number


def main() -> int:
    """The program."""
    parser = argparse.ArgumentParser(prog="bonds", description="Bonds over many restarts.")
    parser.add_argument("--reboots", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = asyncio.run(flash_into(Path(scratch) / "board", False))
        passkey = int(json.loads(file_of(folder, "/identity.json"))["passkey"])
        known, addresses = run_virtual(reboots(folder, passkey, options.reboots))
    print(f"bonds: known again after {known} of {options.reboots} restarts (goal: all), under {addresses} addresses")
    return 0 if known == options.reboots else 1


if __name__ == "__main__":
    sys.exit(main())
