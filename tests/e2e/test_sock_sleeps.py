"""Off the leg a sock sleeps and looks for pressure now and then; with an empty cell it stops in order. Virtual time."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from gradsock.sim.conductor import run_virtual
from gradsock.sim.launch import VirtualAir, VirtualBoard
from sock import event

from tests.e2e import sock_bench
from tests.e2e.sock_bench import Listener

POWER_ON, DEEP_SLEEP = 1, 4
BUTTON = "9"


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    """A flashed board whose sock sleeps after a minute off the leg."""
    made = tmp_path / "board"
    shutil.copytree(sock_bench.flashed(tmp_path_factory), made)
    settings = json.loads(sock_bench.file_of(made, "settings.json"))
    sock_bench.put_file(made, "settings.json", json.dumps({**settings, "sleep_min": 1}))
    return made


async def until(board: Any, name: str, within_s: float) -> tuple[float, dict[str, Any]]:
    """When the board told of this, and what; others are passed over."""
    async with asyncio.timeout(within_s):
        while True:
            told = await board.events.get()
            if told["event"] == name:
                return asyncio.get_running_loop().time(), told


def test_off_the_leg_it_sleeps_looks_for_pressure_and_stays_up_when_it_is_worn(folder: Path) -> None:
    async def main() -> None:
        async with VirtualBoard(folder, leg="stand") as board:
            up_s, told = await until(board, "boot", 5)
            assert told["cause"] == POWER_ON
            slept_s, told = await until(board, "deepsleep", 90)
            assert 56 <= slept_s - up_s <= 64  # it looks every 2 s
            for _ in range(2):
                woke_s, boot = await until(board, "boot", 130)
                assert boot["cause"] == DEEP_SLEEP
                assert woke_s - slept_s == pytest.approx(120, abs=1)
                slept_s, _ = await until(board, "deepsleep", 20)
                assert slept_s - woke_s <= 12
            await board.command("pins", set={BUTTON: 0})
            woke_s, boot = await until(board, "boot", 5)
            assert boot["cause"] == DEEP_SLEEP
            assert woke_s - slept_s < 3
            await board.command("pins", set={BUTTON: 1})
            await board.command("wear")
            with pytest.raises(TimeoutError):
                await until(board, "deepsleep", 300)

    run_virtual(main())


def test_who_is_connected_keeps_it_awake(folder: Path) -> None:
    async def main() -> None:
        async with VirtualAir() as air, VirtualBoard(folder, air=air, leg="stand") as board:
            device = await sock_bench.found(air.hci)
            async with sock_bench.host(device, air.hci):
                with pytest.raises(TimeoutError):
                    await until(board, "deepsleep", 120)
            await until(board, "deepsleep", 75)

    run_virtual(main())


def test_an_empty_cell_is_told_and_ends_it_in_order(folder: Path) -> None:
    async def main() -> tuple[list[int], float]:
        async with VirtualAir() as air, VirtualBoard(folder, air=air, leg="stand") as board:
            device = await sock_bench.found(air.hci)
            async with sock_bench.host(device, air.hci) as client:
                listener = Listener(client)
                await listener.subscribe()
                await listener.start()
                await board.command("wear")
                await asyncio.sleep(20)
                began_s = asyncio.get_running_loop().time()
                await board.command("battery", V=3.2)
                ended_s, told = await until(board, "deepsleep", 30)
                assert told["ms"] == 0  # for good
                kinds = [noticed.kind for noticed in listener.events() if noticed.payload == b"low-battery"]
            return kinds, ended_s - began_s

    kinds, took_s = run_virtual(main())
    assert kinds == [event.REMINDER]
    assert 8 <= took_s <= 16
