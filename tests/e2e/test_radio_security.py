"""Pairing and bonds between a program on a virtual board and a host."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from bleak import BleakClient
from bleak.exc import BleakError, BleakGATTProtocolError
from gradsock.link.bumble import backend
from gradsock.sim.air import Air

from tests.e2e.conftest import HANG_S, Bench
from tests.e2e.radio_bench import GUARDED, PERIPHERAL, find, on_air

PASSKEY = 123456

SECURE = (
    PERIPHERAL
    + f"""
secrets = {{}}

def secure(event, data):
    data = tuple([bytes(part) if isinstance(part, memoryview) else part for part in data])
    events.append((event,) + data)
    if event == 29:
        kind, index, key = data
        return secrets.get((kind, key))
    if event == 30:
        kind, key, secret = data
        secrets[(kind, key)] = secret
        return True
    if event == 31:
        ble.gap_passkey(data[0], data[1], {PASSKEY})

ble.irq(secure)
ble.config(bond=True, mitm=True, le_secure=True, io=0)
ble.gatts_write(guarded, b"about a body")
"""
)


@pytest.fixture
async def air() -> AsyncIterator[Air]:
    air = Air()
    await air.start()
    yield air
    await air.stop()


@pytest.fixture
async def sock(air: Air, bench: Bench) -> AsyncIterator[Bench]:
    async with on_air(air, bench):
        await bench.serial.value(SECURE)
        yield bench


async def entered(passkey: int = PASSKEY) -> int:
    return passkey


async def last(sock: Bench, event: int) -> str:
    """What the program heard last of an event, once it has heard of it."""
    async with asyncio.timeout(HANG_S):
        while (said := await sock.serial.value(f"print(seen({event})[-1:])")) == "[]":
            await asyncio.sleep(0.02)
    return said


async def test_pairing_with_the_passkey_encrypts_authenticates_and_bonds(air: Air, sock: Bench) -> None:
    async with BleakClient(await find(air), backend=backend(air.hci)[1]) as client:
        with pytest.raises(BleakGATTProtocolError):
            await client.read_gatt_char(GUARDED)

        await client.pair(passkey=entered)

        assert await client.read_gatt_char(GUARDED) == b"about a body"
        assert await last(sock, 28) == "[(0, 1, 1, 1, 16)]"  # encrypted, authenticated, bonded, key size
        assert await last(sock, 31) == "[(0, 3, 0)]"  # asked to show a passkey
        assert await sock.serial.value("print(len(secrets))") == "1"
        await client.unpair()


async def test_a_bond_encrypts_the_next_connection_without_a_passkey(air: Air, sock: Bench) -> None:
    client = BleakClient(await find(air), backend=backend(air.hci)[1])
    await client.connect()
    await client.pair(passkey=entered)
    await client.disconnect()
    await last(sock, 2)
    await sock.serial.value("events.clear(); advertise()")

    await client.connect()

    assert await client.read_gatt_char(GUARDED) == b"about a body"
    assert await last(sock, 28) == "[(0, 1, 1, 1, 16)]"
    assert await sock.serial.value("print(seen(31))") == "[]"
    await client.unpair()


async def test_a_wrong_passkey_pairs_nobody(air: Air, sock: Bench) -> None:
    async with BleakClient(await find(air), backend=backend(air.hci)[1]) as client:
        with pytest.raises(BleakError):
            await client.pair(passkey=lambda: entered(PASSKEY + 1))
        with pytest.raises(BleakGATTProtocolError):
            await client.read_gatt_char(GUARDED)
    assert await last(sock, 28) == "[(0, 0, 0, 0, 0)]"


async def test_a_peer_that_cannot_enter_a_passkey_is_encrypted_but_not_authenticated(air: Air, sock: Bench) -> None:
    async with BleakClient(await find(air), backend=backend(air.hci)[1]) as client:
        await client.pair()
        assert await last(sock, 28) == "[(0, 1, 0, 1, 16)]"
        await client.unpair()


async def test_a_board_that_lost_its_bonds_cannot_be_talked_to_as_if_it_had_them(air: Air, sock: Bench) -> None:
    client = BleakClient(await find(air), backend=backend(air.hci)[1])
    await client.connect()
    await client.pair(passkey=entered)
    await client.disconnect()
    await last(sock, 2)
    await sock.serial.value("secrets.clear(); advertise()")

    with pytest.raises(BleakError):
        await client.connect()
