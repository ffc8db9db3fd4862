"""Owners of a sock: pairing with its passkey in the window, bonds that last, and nobody else."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from bleak import BleakClient
from bleak.exc import BleakError
from gradsock.flash.install import PAIRING
from gradsock.link import bumble_host
from gradsock.link.proof import NOT_NOW, WRONG_PASSKEY
from gradsock.sim.launch import VirtualAir, VirtualBoard
from sock import protocol

from tests.e2e.sock_bench import HANG_S, Listener, file_of, flashed, found, host, sock

DEVICE = Path(__file__).parents[2] / "firmware/device"
OUR_KEY = 10  # the kind of the secret by which owners recognise the sock's address
OTHERS = [[1, f"01{number:02x}c0ffee0000c0", "00" * 34] for number in range(3)]


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return flashed(tmp_path_factory, allow_unprotected=False)


@pytest.fixture
def passkey(image: Path) -> int:
    made: int = json.loads(file_of(image, "/identity.json"))["passkey"]
    return made


@pytest.fixture
async def board(image: Path, tmp_path: Path, air: VirtualAir) -> AsyncIterator[VirtualBoard]:
    async with sock(image, tmp_path / "board", air) as made:
        await made.command("wear")
        yield made


def entering(number: int) -> Callable[[], Awaitable[int]]:
    async def enter() -> int:
        return number

    return enter


async def pair(client: BleakClient, passkey: int) -> None:
    await client.pair(passkey=entering(passkey))


async def info(client: BleakClient) -> dict[str, object]:
    read: dict[str, object] = json.loads(await client.read_gatt_char(protocol.INFO_UUID))
    return read


async def let_go(client: BleakClient) -> None:
    """Until the sock has ended the connection."""
    async with asyncio.timeout(HANG_S):
        while client.is_connected:
            await asyncio.sleep(0.05)


async def test_it_says_that_it_is_guarded(board: VirtualBoard, air: VirtualAir) -> None:
    async with host(await found(air.hci), air.hci) as client:
        hello = json.loads(await client.read_gatt_char(protocol.HELLO_UUID))
        assert hello == {"protocol": 2, "protection": "bonded"}
        with pytest.raises(BleakError):
            await info(client)


async def test_the_passkey_lets_in_and_the_bond_lasts(board: VirtualBoard, air: VirtualAir, passkey: int) -> None:
    async with host(await found(air.hci), air.hci) as client:
        await pair(client, passkey)
        assert (await info(client))["boot"] == 2
        listener = Listener(client)
        await listener.subscribe()
        await listener.start()
        await listener.until_blocks(3)
        assert await listener.ask(protocol.OWNERS) == (protocol.OK, client_key(air).hex().encode())
        await asyncio.sleep(1)  # the bond reaches the flash within a quarter of it
    await board.command("power-cut")
    await board.command("power-on")
    async with host(await found(air.hci), air.hci) as client:
        assert (await info(client))["boot"] == 3


def forget_bonds(air: VirtualAir) -> None:
    """Of this host."""
    bumble_host._identities.pop(air.hci)


def client_key(air: VirtualAir) -> bytes:
    address = bumble_host._identities[air.hci].address
    return bytes([address.address_type]) + bytes(address)


async def test_whoever_cannot_enter_a_passkey_is_sent_away(board: VirtualBoard, air: VirtualAir) -> None:
    client = host(await found(air.hci), air.hci)
    await client.connect()
    with pytest.raises(BleakError):
        await client.pair()
        await info(client)
    await let_go(client)


async def test_a_passkey_is_not_given_away_in_the_older_way_of_pairing(
    image: Path, tmp_path: Path, air: VirtualAir, passkey: int
) -> None:
    async def enter() -> int:
        asked.append(True)
        return passkey

    asked: list[bool] = []
    source = (DEVICE / "gatt.py").read_text(encoding="utf-8")
    files = {"/device/gatt.py": source.replace("le_secure=True", "le_secure=False")}
    assert source != files["/device/gatt.py"]
    async with sock(image, tmp_path / "board", air, files), host(await found(air.hci), air.hci) as client:
        with pytest.raises(BleakError):
            await client.pair(passkey=enter)
        assert asked == []


async def test_after_a_wrong_passkey_even_the_right_one_has_to_wait(
    board: VirtualBoard, air: VirtualAir, passkey: int
) -> None:
    for wrong, reason in ((1, WRONG_PASSKEY), (0, NOT_NOW)):
        async with host(await found(air.hci), air.hci) as client:
            with pytest.raises(BleakError, match=reason):
                await pair(client, (passkey + wrong - 1) % 999_999 + 1)


@pytest.mark.parametrize("flashed_again", [False, True])
async def test_after_too_many_guesses_the_cable_opens_the_window(
    image: Path, tmp_path: Path, air: VirtualAir, passkey: int, flashed_again: bool
) -> None:
    """Switching on alone does not; a sock may have no button."""
    files = {"/bonds.json": json.dumps({"failures": 9, "secrets": []})} | ({PAIRING: ""} if flashed_again else {})
    async with sock(image, tmp_path / "board", air, files), host(await found(air.hci), air.hci) as client:
        if flashed_again:
            await pair(client, passkey)
            assert (await info(client))["boot"] == 2
            return
        with pytest.raises(BleakError):
            await pair(client, passkey)


async def test_there_is_room_for_three_owners(image: Path, tmp_path: Path, air: VirtualAir, passkey: int) -> None:
    """A fourth one, who knows the passkey, is none for the connection that it paired in either."""
    files = {"/bonds.json": json.dumps({"failures": 0, "secrets": OTHERS})}
    async with sock(image, tmp_path / "board", air, files):
        client = host(await found(air.hci), air.hci)
        await client.connect()
        with pytest.raises(BleakError):
            await pair(client, passkey)
            await info(client)
        await let_go(client)
        with pytest.raises(BleakError):
            async with host(await found(air.hci), air.hci) as again:
                await info(again)
    kept = json.loads(file_of(tmp_path / "board", "/bonds.json"))["secrets"]
    assert [secret for secret in kept if secret[0] != OUR_KEY] == OTHERS


async def test_a_removed_owner_is_a_stranger(board: VirtualBoard, air: VirtualAir, passkey: int) -> None:
    client = host(await found(air.hci), air.hci)
    await client.connect()
    await pair(client, passkey)
    listener = Listener(client)
    await listener.subscribe()
    assert await listener.ask(protocol.REMOVE_OWNER, b"\x07") == (
        protocol.BAD_VALUE,
        b"number of an owner, from 0: one byte",
    )
    assert await listener.ask(protocol.REMOVE_OWNER, b"\x00") == (protocol.OK, b"")
    await let_go(client)
    with pytest.raises(BleakError):
        async with host(await found(air.hci), air.hci) as again:
            await info(again)


async def test_wiping_forgets_the_wearer_and_the_owners(
    image: Path, tmp_path: Path, air: VirtualAir, passkey: int
) -> None:
    folder = tmp_path / "board"
    async with sock(image, folder, air, {"/wearer.json": "{}"}):
        client = host(await found(air.hci), air.hci)
        await client.connect()
        await pair(client, passkey)
        listener = Listener(client)
        await listener.subscribe()
        assert await listener.ask(protocol.WIPE) == (protocol.OK, b"")
        await let_go(client)
        forget_bonds(air)
        async with host(await found(air.hci), air.hci) as again:  # it has started anew
            assert json.loads(await again.read_gatt_char(protocol.HELLO_UUID))["protection"] == "bonded"
    secrets = json.loads(file_of(folder, "/bonds.json"))["secrets"]
    assert [kind for kind, *_ in secrets] == [OUR_KEY], "no owner; and addresses that nobody recognises"
    for gone in ("/wearer.json", "/wiping"):
        with pytest.raises(OSError):
            file_of(folder, gone)
    assert json.loads(file_of(folder, "/identity.json"))["passkey"] == passkey
