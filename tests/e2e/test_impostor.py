"""Another board that says the same name and serial: what it sends gets into no recording, and it is told nothing."""

import json
import shutil
from pathlib import Path

import pytest
from gradsock.errors import LinkError, SockRefused, WrongSock
from gradsock.link import bumble_host, proof
from gradsock.link.ble import BleLink
from gradsock.link.bumble import backend
from gradsock.link.owned import OwnedSock
from gradsock.link.radio import Backend
from gradsock.link.reach import follow
from gradsock.link.reconnecting import Reconnecting
from gradsock.log.recorder import Recorder
from gradsock.sim.launch import VirtualAir, VirtualBoard

from tests.e2e.sock_bench import file_of, flashed, found, put_file

DEVICE = Path(__file__).parents[2] / "firmware/device"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADSOCK_HOME", str(tmp_path / "home"))


@pytest.fixture
def ours(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    return Path(shutil.copytree(flashed(tmp_path_factory, allow_unprotected=False), tmp_path / "ours"))


@pytest.fixture
def theirs(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, ours: Path) -> Path:
    """A board that lets everybody in, with the serial (and so the name) of ours, but none of its bonds."""
    folder = Path(shutil.copytree(flashed(tmp_path_factory), tmp_path / "theirs"))
    put_file(folder, "/identity.json", file_of(ours, "/identity.json"))
    return folder


def link_on(air: VirtualAir, passkey: int | None = None) -> BleLink:
    async def entered() -> int:
        assert passkey is not None
        return passkey

    scanner, client = backend(air.hci)
    return BleLink(backend=Backend(scanner, client), passkey=None if passkey is None else entered)


async def pair(ours: Path, air: VirtualAir) -> str:
    """Pair with our sock, and meet it once more; its serial."""
    passkey = int(json.loads(file_of(ours, "/identity.json"))["passkey"])
    async with VirtualBoard(ours, air=air, seed=1):
        await found(air.hci)
        async with link_on(air, passkey) as link:
            assert link.protection == "bonded"
        async with link_on(air) as again:
            return again.info.serial


async def record(air: VirtualAir, logs: Path) -> None:
    """As every recording does: follow, and keep what comes."""
    recorder = Recorder(logs, moniker="ble:")
    try:
        async with Reconnecting(lambda: link_on(air)) as sock:
            await follow(sock, recorder.take)
    finally:
        recorder.close()


@pytest.mark.parametrize("guarded", [False, True])
async def test_nothing_of_an_impostor_is_taken(ours: Path, theirs: Path, tmp_path: Path, guarded: bool) -> None:
    if guarded:  # it says that it is, and lets everybody in all the same
        gate = (DEVICE / "gate.py").read_text()
        put_file(
            theirs,
            "/device/gate.py",
            gate.replace('if pairs and not allow_unprotected else "none"', "if pairs else ''"),
        )
    before = file_of(theirs, "/settings.json")
    async with VirtualAir() as air:
        serial = await pair(ours, air)
        async with VirtualBoard(theirs, air=air, seed=2):
            await found(air.hci)
            with pytest.raises(WrongSock, match=f"says that it is {serial}, .* cannot prove it"):
                await record(air, tmp_path / "logs")
            with pytest.raises(WrongSock, match="cannot prove it"):
                await OwnedSock(lambda _name: link_on(air), "").connect()
    assert not (tmp_path / "logs").exists()
    assert file_of(theirs, "/settings.json") == before


async def test_one_that_is_really_guarded_tells_nothing_without_the_bond(
    ours: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Path(shutil.copytree(flashed(tmp_path_factory, allow_unprotected=False), tmp_path / "other"))
    put_file(other, "/bonds.json", "{}")
    async with VirtualAir() as air:
        await pair(ours, air)
        async with VirtualBoard(other, air=air, seed=2):
            await found(air.hci)
            with pytest.raises(SockRefused, match="tells strangers nothing"):
                async with link_on(air):
                    pass


async def test_its_owner_may_say_over_the_cable_that_it_lets_everybody_in(ours: Path, theirs: Path) -> None:
    async with VirtualAir() as air:
        serial = await pair(ours, air)
        bumble_host._identities.pop(air.hci)  # this machine has lost its bonds as well
        async with VirtualBoard(theirs, air=air, seed=2):
            await found(air.hci)
            with pytest.raises(LinkError, match="cannot prove it"):
                async with link_on(air):
                    pass
            proof.lets_everybody_in(serial)
            async with link_on(air) as link:
                assert link.info.serial == serial
