"""Bonds outlive reboots and power cuts in the middle of being kept, and end at once when their owner is removed."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest
from bleak import BleakScanner
from bleak.exc import BleakError
from bumble.hci import Address
from bumble.keys import MemoryKeyStore
from gradsock.link import bumble_host
from gradsock.link.bumble import backend
from gradsock.link.bumble_identity import Identity
from gradsock.sim.conductor import run_virtual
from gradsock.sim.launch import VirtualAir, VirtualBoard
from sock import protocol

from tests.bench.stranger import Stranger
from tests.e2e.sock_bench import BOARD, HANG_S, Listener, file_of, flashed, found, host, put_file

REBOOTS = 8
CUTS = range(1, 13, 2)  # operations of the flash; keeping owners takes fewer
ENDS_S = 1.0
PRESSED = """
import time

class _Button:
    began = time.ticks_ms()

    def value(self):
        on_s = time.ticks_diff(time.ticks_ms(), self.began) // 1000
        return 0 if 20 <= on_s < 29 or 40 <= on_s < 52 else 1

button = _Button()
"""


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    return Path(shutil.copytree(flashed(tmp_path_factory, allow_unprotected=False), tmp_path / "board"))


@pytest.fixture
def passkey(folder: Path) -> int:
    return int(json.loads(file_of(folder, "/identity.json"))["passkey"])


def move_in(hci: str) -> None:
    """This host is a new one."""
    bumble_host._identities[hci] = Identity(Address.generate_static_address(), bytes(range(16)), MemoryKeyStore())


async def get_in(hci: str, passkey: int | None = None) -> int:
    """The boot that an owner reads; passkey: to become one."""

    async def entered() -> int:
        assert passkey is not None
        return passkey

    async with asyncio.timeout(HANG_S), host(await found(hci), hci) as client:
        if passkey is not None:
            await client.pair(passkey=entered)
        return int(json.loads(await client.read_gatt_char(protocol.INFO_UUID))["boot"])


async def guess(hci: str) -> None:
    """A stranger's attempt, which the sock writes down."""
    device = await found(hci)
    stranger = await Stranger.enter(hci)
    await stranger.connect(Address(device.address.partition("/")[0], Address.RANDOM_DEVICE_ADDRESS))
    await stranger.pair(0)
    stranger.close()


def test_bonds_outlive_reboots_and_power_cuts_while_they_are_kept(folder: Path, passkey: int) -> None:
    async def main() -> None:
        async with VirtualAir() as air, VirtualBoard(folder, air=air, seed=1) as board:
            move_in(air.hci)
            boot = await get_in(air.hci, passkey)
            await asyncio.sleep(1)
            for _ in range(REBOOTS):
                await board.command("power-cut")
                await board.command("power-on")
                boot += 1
                assert await get_in(air.hci) == boot
            for operations in CUTS:
                await found(air.hci)
                await board.command("power-cut", after=operations)
                await guess(air.hci)
                await asyncio.sleep(3)
                assert board.inside is not None
                cut.append((board.inside.board.image.cut_after or 0) < 0)
                await board.command("power-cut")
                await board.command("power-on")
                assert await get_in(air.hci) > boot

    cut: list[bool] = []
    run_virtual(main())
    assert sum(cut) >= len(CUTS) // 3  # the others came after all was kept
    assert sorted(kind for kind, *_ in json.loads(file_of(folder, "/bonds.json"))["secrets"]) == [1, 10]


def test_a_removed_owner_is_out_within_a_second(folder: Path, passkey: int) -> None:
    async def main() -> float:
        async with VirtualAir() as air, VirtualBoard(folder, air=air, seed=1):
            move_in(air.hci)
            client = host(await found(air.hci), air.hci)
            await client.connect()

            async def entered() -> int:
                return passkey

            await client.pair(passkey=entered)
            listener = Listener(client)
            await listener.subscribe()
            removed_s = asyncio.get_running_loop().time()
            assert await listener.ask(protocol.REMOVE_OWNER, b"\x00") == (protocol.OK, b"")
            async with asyncio.timeout(HANG_S):
                while client.is_connected:
                    await asyncio.sleep(0.01)
            took_s = asyncio.get_running_loop().time() - removed_s
            with pytest.raises(BleakError):
                await get_in(air.hci)
            return took_s

    assert run_virtual(main()) <= ENDS_S


def test_the_button_held_for_ten_seconds_and_not_for_nine_forgets_the_owners(folder: Path, passkey: int) -> None:
    async def main() -> None:
        async with VirtualAir() as air, VirtualBoard(folder, air=air, seed=1):
            began_s = asyncio.get_running_loop().time()
            move_in(air.hci)
            boot = await get_in(air.hci, passkey)
            await asyncio.sleep(began_s + 33 - asyncio.get_running_loop().time())
            assert await get_in(air.hci) == boot
            await asyncio.sleep(began_s + 55 - asyncio.get_running_loop().time())
            with pytest.raises(BleakError):
                await get_in(air.hci)

    put_file(folder, "/board.py", BOARD.read_text() + PRESSED)
    run_virtual(main())
    assert [kind for kind, *_ in json.loads(file_of(folder, "/bonds.json"))["secrets"]] == [10]


def test_what_it_advertises_tells_nobody_who_it_is_or_whether_it_is_worn(folder: Path) -> None:
    async def heard(hci: str) -> tuple[str, str]:
        """Everything that it said in two seconds, without how loud; and its address."""
        told = {}
        async with BleakScanner(lambda device, said: told.setdefault(repr(said[:4]), device), backend=backend(hci)[0]):
            await asyncio.sleep(2)
        return repr(sorted(told)), next(iter(told.values())).address.partition("/")[0]

    async def main() -> None:
        async with VirtualAir() as air, VirtualBoard(folder, air=air, leg="demo", seed=1) as board:
            await found(air.hci)
            said = [await heard(air.hci)]
            await board.command("wear")
            await asyncio.sleep(30)
            said.append(await heard(air.hci))
            await board.command("power-cut")
            await board.command("power-on")
            await found(air.hci)
            said.append(await heard(air.hci))
        whole, addresses = zip(*said, strict=True)
        assert len(set(whole)) == 1
        assert "sock-" in whole[0]
        assert serial not in whole[0]
        assert addresses[0] == addresses[1] != addresses[2]  # another at each start
        assert all(int(address[:2], 16) >> 6 == 0b01 for address in addresses)  # resolvable, by who has the key

    serial = json.loads(file_of(folder, "/identity.json"))["serial"]
    run_virtual(main())
