"""Radios that lose, double, delay, swap and end: each fault is what it says, and a sock comes through all of them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from bleak.exc import BleakError
from gradsock.errors import UsageError
from gradsock.sim.air_faults import Faults, FaultyLink
from gradsock.sim.conductor import run_virtual
from gradsock.sim.inside import InsideBoard
from gradsock.sim.inside_air import InsideAir
from gradsock.sim.launch import VirtualAir, VirtualBoard

from tests.e2e import sock_bench
from tests.e2e.radio_bench import VALUE, find, peripheral
from tests.e2e.sock_bench import Listener

SENT = 200


async def heard_of(faults: Faults, seed: int = 3) -> tuple[list[int], FaultyLink]:
    """What a host hears of SENT numbered notifications, one every 40 ms, over an air with these faults."""
    link = FaultyLink(seed=seed)
    heard: list[int] = []
    async with InsideAir(link) as air, peripheral(air) as sock:  # type: ignore[arg-type]
        device = await find(air)  # type: ignore[arg-type]
        async with sock_bench.host(device, air.hci) as client:
            await client.start_notify(VALUE, lambda _, data: heard.append(int.from_bytes(data, "big")))
            link.faults = faults
            for number in range(SENT):
                await sock.do("notify", 0, sock.value, True, data=number.to_bytes(2, "big"))
                await asyncio.sleep(0.04)
            await asyncio.sleep(2)
            link.faults = Faults()
    return heard, link


def test_an_air_without_faults_is_whole() -> None:
    heard, _ = run_virtual(heard_of(Faults()))
    assert heard == list(range(SENT))


def test_lost_notifications_are_missing_and_no_others() -> None:
    heard, link = run_virtual(heard_of(Faults(lose=0.25)))
    assert heard == sorted(set(heard))
    assert len(heard) + link.counts.lost == SENT
    assert 0.15 * SENT < link.counts.lost < 0.35 * SENT


def test_doubled_notifications_come_twice_in_a_row() -> None:
    heard, link = run_virtual(heard_of(Faults(double=0.2)))
    assert sorted(set(heard)) == list(range(SENT)) and heard == sorted(heard)
    assert len(heard) == SENT + link.counts.doubled > SENT + 20


def test_delayed_notifications_keep_their_order() -> None:
    heard, link = run_virtual(heard_of(Faults(delay=0.2)))
    assert heard == list(range(SENT)) and link.counts.delayed > 20


def test_swapped_notifications_all_come() -> None:
    heard, link = run_virtual(heard_of(Faults(swap=0.2)))
    assert heard != sorted(heard)
    assert set(range(SENT)) - set(heard) <= {SENT - 1}  # the last has nothing to come after
    assert link.counts.swapped > 20


def test_the_same_seed_has_the_same_faults() -> None:
    every = Faults(lose=0.1, double=0.1, delay=0.1, swap=0.1)
    first, _ = run_virtual(heard_of(every, seed=5))
    assert run_virtual(heard_of(every, seed=5))[0] == first
    assert run_virtual(heard_of(every, seed=6))[0] != first


def test_faults_are_read_from_text_and_wrong_ones_named() -> None:
    assert Faults.parse("lose=0.1,cut_after=7") == Faults(lose=0.1, cut_after=7)
    with pytest.raises(UsageError, match="no fault is called 'loose'"):
        Faults.parse("loose=0.1")
    with pytest.raises(UsageError, match="needs a number"):
        Faults.parse("lose=often")


async def test_an_air_of_its_own_process_loses_what_it_is_told_to() -> None:
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    async with VirtualAir(faults="lose=1", seed=2) as faulty, VirtualAir() as sound:
        for air, arrives in ((faulty, False), (sound, True)):
            host, port = air.address.split(":")
            meets = SimpleNamespace(address=(host, int(port)), hci=air.hci)
            async with peripheral(meets) as sock:  # type: ignore[arg-type]
                device = await find(meets)  # type: ignore[arg-type]
                async with sock_bench.host(device, air.hci) as client:
                    await client.start_notify(VALUE, lambda _, data: heard.put_nowait(bytes(data)))
                    await sock.do("notify", 0, sock.value, True, data=b"one")
                    await client.read_gatt_char(VALUE)  # answered behind it
                    assert heard.empty() is not arrives


@contextlib.asynccontextmanager
async def listening(hci: str, within_s: float = 20.0) -> AsyncIterator[Listener]:
    async with asyncio.timeout(within_s):
        device = await sock_bench.found(hci)
        client = sock_bench.host(device, hci)
        await client.connect()
    try:
        listener = Listener(client)
        await listener.subscribe()
        await listener.start()
        yield listener
    finally:
        with contextlib.suppress(BleakError):
            await client.disconnect()


async def end_links(folder: Path, step: int) -> tuple[int, list[int]]:
    """Ends the link at every `step`-th packet of a host that connects and streams, and has another host come after.

    That the sock streams again is asserted after each. All packets there are, and those at which it ended.
    """
    link, ended = FaultyLink(), []
    async with InsideAir(link) as air, InsideBoard(folder, hci=air.hci, leg="demo") as board:
        async with listening(air.hci) as listener:
            await listener.until_blocks(2)
        whole = link.counts.packets
        for packet in range(0, whole, step):
            link.faults.cut_after = packet
            with contextlib.suppress(BleakError, TimeoutError, AssertionError, OSError):
                async with asyncio.timeout(20), listening(air.hci) as listener:
                    await listener.until_blocks(3)
            if link.faults.cut_after is None:
                ended.append(packet)
            link.faults.cut_after = None
            async with asyncio.timeout(30), listening(air.hci) as listener:
                await listener.until_blocks(1)
        assert board.board.boots == 1
    return whole, ended


def test_a_link_that_ends_at_any_packet_leaves_a_sock_that_streams_again(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    """Every protocol state (discovery, MTU, subscriptions, START, context, blocks); `tests/bench/link_ends.py` all."""
    shutil.copytree(sock_bench.flashed(tmp_path_factory), tmp_path / "board")
    whole, ended = run_virtual(end_links(tmp_path / "board", 7))
    assert whole > 30
    assert len(ended) >= 6


def test_of_two_hosts_one_has_the_sock_and_the_other_gets_it_after(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    shutil.copytree(sock_bench.flashed(tmp_path_factory), tmp_path / "board")

    async def main() -> int:
        won = 0
        async with VirtualAir() as air, VirtualBoard(tmp_path / "board", air=air, leg="demo"):
            devices = [await sock_bench.found(air.hci), await sock_bench.found(air.hci + "#2")]
            clients = [
                sock_bench.host(device, hci) for device, hci in zip(devices, (air.hci, air.hci + "#2"), strict=True)
            ]
            for client in clients:
                client._backend._timeout = 5.0
            came = await asyncio.gather(*[client.connect() for client in clients], return_exceptions=True)
            won = sum(not isinstance(result, BaseException) for result in came)
            winner, loser = sorted(clients, key=lambda client: not client.is_connected)
            listener = Listener(winner)
            await listener.subscribe()
            await listener.start()
            await listener.until_blocks(2)
            await winner.disconnect()
            hci = air.hci + "#2" if loser is clients[1] else air.hci
            async with listening(hci) as other:
                await other.until_blocks(2)
        return won

    assert run_virtual(main()) == 1


def test_ten_socks_stream_at_once(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    image = sock_bench.flashed(tmp_path_factory)

    async def one(number: int, air: VirtualAir) -> int:
        folder = tmp_path / str(number)
        shutil.copytree(image, folder)
        (folder / "unique_id").write_bytes(bytes([0xC0 + number] * 6))
        settings = json.loads(sock_bench.file_of(folder, "/settings.json")) | {"name": f"sock {number}"}
        sock_bench.put_file(folder, "/settings.json", json.dumps(settings))
        async with VirtualBoard(folder, air=air, leg="demo", seed=number):
            device = await sock_bench.BleakScanner.find_device_by_name(
                settings["name"], 60, backend=sock_bench.backend(air.hci)[0]
            )
            assert device is not None
            async with sock_bench.host(device, air.hci) as client:
                listener = Listener(client)
                await listener.subscribe()
                await listener.start()
                await listener.until_blocks(10)
                await listener.stop()
                sock_bench.assert_whole(listener.rows(), sock_bench.true_scans(folder))
                return len(listener.blocks())

    async def main() -> list[int]:
        async with VirtualAir() as air:
            return list(await asyncio.gather(*[one(number, air) for number in range(10)]))

    assert all(blocks >= 10 for blocks in run_virtual(main()))
