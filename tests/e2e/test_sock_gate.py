"""A sock whose owner allowed nothing: it greets, and that is all that anybody gets out of it or into it."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bleak import BleakClient
from bleak.exc import BleakError
from gradsock.link.bumble import backend
from gradsock.link.radio import Backend, socks_near
from gradsock.sim.launch import VirtualAir, VirtualBoard
from sock import asking, protocol

from tests.e2e.sock_bench import BOARD, flashed, found, host, sock

STANDARD = "-0000-1000-8000-00805f9b34fb"
OF_THE_STACK = tuple(f"0000{number}{STANDARD}" for number in ("2a00", "2a01", "2a05", "2b29", "2b2a", "2b3a"))


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return flashed(tmp_path_factory, allow_unprotected=False)


@pytest.fixture
async def board(image: Path, tmp_path: Path, air: VirtualAir) -> AsyncIterator[VirtualBoard]:
    async with sock(image, tmp_path / "board", air) as made:
        await made.command("wear")
        yield made


@pytest.fixture
async def client(board: VirtualBoard, air: VirtualAir) -> AsyncIterator[BleakClient]:
    async with host(await found(air.hci), air.hci) as made:
        yield made


async def test_it_greets_everybody(client: BleakClient) -> None:
    hello = json.loads(await client.read_gatt_char(protocol.HELLO_UUID))
    assert hello == {"protocol": 2, "protection": "bonded"}


async def test_every_other_read_is_refused(client: BleakClient) -> None:
    tried = 0
    for characteristic in client.services.characteristics.values():
        if characteristic.uuid in (*OF_THE_STACK, protocol.HELLO_UUID) or "read" not in characteristic.properties:
            continue
        tried += 1
        with pytest.raises(BleakError):
            await client.read_gatt_char(characteristic)
        for descriptor in characteristic.descriptors:
            if descriptor.uuid.startswith("00002901"):
                with pytest.raises(BleakError):
                    await client.read_gatt_descriptor(descriptor)
    assert tried == 9  # Info, Fit, Settings, model, firmware, battery and three pressures


async def test_no_subscription_and_no_request_gets_a_byte_out_of_it(client: BleakClient) -> None:
    received: list[bytes] = []
    for characteristic in client.services.characteristics.values():
        if characteristic.uuid not in OF_THE_STACK and {"notify", "indicate"} & set(characteristic.properties):
            await client.start_notify(characteristic, lambda _, data: received.append(bytes(data)))
    for opcode in range(256):
        await client.write_gatt_char(protocol.CONTROL_UUID, asking.pack_request(opcode, opcode, b"\x01"), response=True)
    await asyncio.sleep(3)
    assert received == []


async def test_what_is_written_changes_nothing(client: BleakClient, board: VirtualBoard) -> None:
    before = (await board.command("pins"))["pins"]
    for payload in (b"", b"\x05\x00", b"\x05\x01\xff", b"\x01\x01\x01", b"x" * 200):
        await client.write_gatt_char(protocol.CONTROL_UUID, payload, response=True)
    await client.write_gatt_char(protocol.SETTINGS_UUID, b'{"side":"left"}', response=True)
    seen = set()
    for _ in range(20):
        seen.add(json.dumps((await board.command("pins"))["pins"]))
        await asyncio.sleep(0.05)
    assert len(seen) <= 2  # no quick blinking: at most the blink of a sock that is connected
    assert before
    assert client.is_connected  # a sock that takes a change of its settings restarts
    with pytest.raises(BleakError):
        await client.read_gatt_char(protocol.SETTINGS_UUID)


async def test_a_board_that_cannot_pair_says_so_and_tells_nothing(image: Path, tmp_path: Path, air: VirtualAir) -> None:
    files = {"/board.py": BOARD.read_text().replace("PAIRS = True", "PAIRS = False")}
    async with sock(image, tmp_path / "other", air, files) as board:
        await board.command("wear")
        near = socks_near(Backend(*backend(air.hci)))
        assert (await anext(near)).protection == "none"
        await near.aclose()
        async with host(await found(air.hci), air.hci) as client:
            hello = json.loads(await client.read_gatt_char(protocol.HELLO_UUID))
            assert hello == {"protocol": 2, "protection": "none"}
            received: list[bytes] = []
            for uuid in (protocol.LIVE_UUID, protocol.FIT_UUID, protocol.CONTROL_UUID):
                await client.start_notify(uuid, lambda _, data: received.append(bytes(data)))
            start = asking.pack_request(protocol.START, 1, b"\x01")
            await client.write_gatt_char(protocol.CONTROL_UUID, start, response=True)
            await asyncio.sleep(3)
            assert received == []
            for uuid in (protocol.INFO_UUID, protocol.FIT_UUID, protocol.SETTINGS_UUID):
                with pytest.raises(BleakError):
                    await client.read_gatt_char(uuid)
