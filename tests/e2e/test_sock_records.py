"""The sock's journal over the air: what was measured with nobody there is counted, fetched, and forgotten on demand."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bleak import BleakClient
from gradsock.sim.conductor import run_virtual
from gradsock.sim.launch import VirtualAir, VirtualBoard
from sock import event, fetching, protocol, records

from tests.e2e.sock_bench import HANG_S, Fetcher, Listener, assert_whole, found, host, sock, true_scans


@pytest.fixture
async def fetcher(board: VirtualBoard, air: VirtualAir) -> AsyncIterator[Fetcher]:
    async with host(await found(air.hci), air.hci) as client:
        made = Fetcher(client)
        await made.subscribe()
        yield made


async def info(client: BleakClient) -> dict[str, object]:
    return dict(json.loads(await client.read_gatt_char(protocol.INFO_UUID)))


async def until_kept(client: BleakClient, entries: int) -> list[int]:
    """Info's word on the journal once it holds so many entries."""
    async with asyncio.timeout(HANG_S):
        while True:
            held = (await info(client))["journal"]
            assert isinstance(held, list)
            if held[1] + 1 - held[0] >= entries:
                return held
            await asyncio.sleep(0.3)


async def until_fetched(fetcher: Fetcher, index: int) -> None:
    """Fetch again and again until the sock has told that sample, which it stores some seconds after it was scanned."""
    async with asyncio.timeout(HANG_S):
        while True:
            await fetcher.fetch()
            if max((at for at, _, _ in fetcher.rows()), default=-1) >= index:
                return
            await asyncio.sleep(0.3)


async def test_what_was_measured_with_nobody_there_is_fetched(
    board: VirtualBoard, air: VirtualAir, fetcher: Fetcher
) -> None:
    await until_fetched(fetcher, 249)
    held = await until_kept(fetcher.client, len(fetcher.entries))
    count, first, last = await fetcher.ask(fetching.request(records.COUNT))
    assert (count, first) == (last + 1 - first, held[0])
    assert last >= held[1]  # it goes on
    kinds = [told.kind for told in fetcher.events()]
    assert kinds[0] == event.STARTED
    assert {event.CONTEXT_CALIBRATION, event.CONTEXT_SETTINGS} <= set(kinds)
    rows = fetcher.rows()
    assert rows[0][0] == 0
    assert len(rows) >= 250
    assert_whole(rows, true_scans(board.folder))


async def test_live_and_stored_copies_are_the_same_and_what_is_deleted_stays_deleted(
    board: VirtualBoard, fetcher: Fetcher
) -> None:
    listener = Listener(fetcher.client)
    await listener.subscribe()
    await listener.start()
    await listener.until_blocks(40)
    fetching_all = asyncio.create_task(until_fetched(fetcher, listener.rows()[0][0] + 149))
    await listener.until_blocks(10)
    await fetching_all
    held = await until_kept(fetcher.client, len(fetcher.entries))
    await listener.stop()
    live = {index: (counts, steps) for index, counts, steps in listener.rows()}
    stored = {index: (counts, steps) for index, counts, steps in fetcher.rows()}
    both = live.keys() & stored.keys()
    assert len(both) >= 150
    assert all(live[index] == stored[index] for index in both)
    assert sorted(live) == list(range(min(live), max(live) + 1))  # none was lost to the fetching
    request = fetching.request(records.DELETE, records.UP_TO, held[1])
    assert await fetcher.ask(request) == (records.DELETE, records.SUCCESS)
    async with asyncio.timeout(HANG_S):
        while (await until_kept(fetcher.client, 1))[0] != held[1] + 1:  # Info tells it within a second
            await asyncio.sleep(0.1)


def test_it_outlives_power_cuts_at_flash_operations(image: Path, tmp_path: Path) -> None:
    """Some cuts of a running sock; tests/firmware/test_device_journal_cuts.py makes all of them."""
    dice = random.Random(7)
    folder = tmp_path / "board"

    async def night() -> Fetcher:
        async with VirtualAir() as air, sock(image, folder, air) as board:
            for _ in range(6):
                await board.command("power-cut", after=dice.randrange(150))
                await board.event("power-cut")
                await board.command("power-on")
            await asyncio.sleep(12)
            async with host(await found(air.hci), air.hci) as client:
                fetcher = Fetcher(client)
                await fetcher.subscribe()
                await fetcher.fetch()
                return fetcher

    fetcher = run_virtual(night())
    boots = sorted({block.boot for block in fetcher.blocks()})
    assert len(boots) >= 4
    stored = 0
    for boot in boots:
        indices = [block.index + at for block in fetcher.blocks() if block.boot == boot for at in range(block.count)]
        assert indices == list(range(len(indices)))
        stored += len(indices)
    lost = len(true_scans(folder)) - stored
    assert 0 < lost <= 7 * 130  # seven boots, each may lose one interval between two flushes
