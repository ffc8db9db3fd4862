"""A sock that is kept from scanning for a second or two says so, and calls no sensor faulty for it."""

import asyncio
import json
import os
import signal
from pathlib import Path

import pytest
from gradsock.sim.launch import VirtualAir

from tests.e2e.sock_bench import HANG_S, Listener, flashed, found, host, sock

HELD_UP_S = 2.5


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return flashed(tmp_path_factory)


async def test_slots_that_nobody_scanned_are_no_fault_of_a_sensor(image: Path, tmp_path: Path) -> None:
    async with (
        VirtualAir() as air,
        sock(image, tmp_path / "board", air) as board,
        host(await found(air.hci), air.hci) as client,
    ):
        listener = Listener(client)
        await listener.subscribe()
        await board.command("wear")
        await listener.start()
        await listener.until_blocks(25)
        os.kill(board.pid, signal.SIGSTOP)  # its bus answers nobody meanwhile
        await asyncio.sleep(HELD_UP_S)
        os.kill(board.pid, signal.SIGCONT)
        seen = len(listener.live)
        async with asyncio.timeout(HANG_S):
            while len(listener.live) < seen + 50:
                await asyncio.sleep(0.1)
        await listener.stop()
        blocks = listener.blocks()
    busy = [block.index + row for block in blocks for row in range(block.count) if not block.scanned(row)]
    assert len(busy) >= 25  # a whole second of them at least
    told = {kind for data in listener.fit for kind, _, _ in json.loads(data)["findings"]}
    assert "sensor-fault" not in told
