"""A firmware that does not start: the former one comes back, and where there is none the journal can be fetched."""

import asyncio
import json
import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from gradsock.sim.conductor import run_virtual
from gradsock.sim.launch import VirtualAir, VirtualBoard
from sock import protocol

from tests.e2e.sock_bench import HANG_S, Fetcher, Listener, file_of, flash_of, flashed, found, host, put_file

FAULTS = {
    "raises at import": "raise ValueError('broken on purpose')\n",
    "hangs at import": "import time\nwhile True:\n    time.sleep_ms(100)\n",
    "raises when it runs": "async def main():\n    raise ValueError('broken on purpose')\n",
    "dies after two seconds": "import asyncio\nimport board\nasync def main():\n    board.wdt(8000)\n"
    "    await asyncio.sleep(2)\n    board.reset()\n",
    "hangs after two seconds": "import asyncio\nimport time\nimport board\nasync def main():\n    board.wdt(8000)\n"
    "    await asyncio.sleep(2)\n    while True:\n        time.sleep_ms(100)\n",
}
"""Each the source of a /device/app.py, which a board prefers to the compiled one."""


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    return Path(shutil.copytree(flashed(tmp_path_factory), tmp_path / "board"))


def update_to(folder: Path, source: str) -> None:
    """Lay the next firmware beside the one of a board that is off, complete: the board moves it into place itself."""
    manifest = json.loads(file_of(folder, "/manifest.json"))
    manifest["/device/app.py"] = sha256(source.encode()).hexdigest()
    with flash_of(folder) as volume:
        volume.call("fs.mkdir", ["/new"], b"")
        volume.call("fs.mkdir", ["/new/device"], b"")
    put_file(folder, "/new/device/app.py", source)
    put_file(folder, "/new/manifest.json", json.dumps(manifest))


def run(folder: Path, minutes: float = 1.0) -> tuple[list[int], dict[str, object], list[bytes]]:
    """Switch the sock on, and once it can be found read what it says of itself and what it kept; its boots' causes."""

    async def main() -> tuple[list[int], dict[str, object], list[bytes]]:
        causes: list[int] = []
        async with VirtualAir() as air, VirtualBoard(folder, air=air, leg="demo", seed=1) as board:

            async def note() -> None:
                while True:
                    causes.append((await board.event("boot"))["cause"])

            noting = asyncio.create_task(note())
            async with asyncio.timeout(minutes * 60):
                while True:
                    async with host(await found(air.hci), air.hci) as client:
                        info = json.loads(await client.read_gatt_char(protocol.INFO_UUID))
                        fetcher = Fetcher(client)
                        await fetcher.subscribe()
                        if info["journal"]:
                            await fetcher.fetch()
                        noting.cancel()
                        return causes, info, [entry for _, entry in sorted(fetcher.entries.items())]

    return run_virtual(main())


def kept_before(folder: Path) -> list[bytes]:
    """Have the sock run for a while; what its journal holds then."""

    async def main() -> None:
        async with VirtualAir() as air, VirtualBoard(folder, air=air, leg="demo", seed=1) as board:
            await board.command("wear")
            await asyncio.sleep(40)
            await board.command("power-cut")

    run_virtual(main())
    return run(folder)[2]


@pytest.mark.parametrize("fault", ["raises at import", "hangs after two seconds"])
def test_after_three_starts_that_fail_the_former_firmware_is_back(folder: Path, fault: str) -> None:
    kept = kept_before(folder)
    manifest = file_of(folder, "/manifest.json")
    update_to(folder, FAULTS[fault])
    _, info, entries = run(folder, 3)
    assert "safe" not in info
    assert file_of(folder, "/manifest.json") == manifest
    assert entries[: len(kept)] == kept


@pytest.mark.parametrize("fault", ["raises when it runs", "hangs at import", "dies after two seconds"])
def test_without_a_former_one_the_journal_can_be_fetched_all_the_same(folder: Path, fault: str) -> None:
    kept = kept_before(folder)
    put_file(folder, "/device/app.py", FAULTS[fault])
    _, info, entries = run(folder, 3)
    assert info["safe"] is True
    assert {channel[3] for channel in info["channels"]} == {1}  # whole counts
    assert info["crash"] is True
    assert entries[: len(kept)] == kept
    assert kept


def test_in_safe_mode_nothing_else_is_done(folder: Path) -> None:
    put_file(folder, "/device/app.py", FAULTS["raises at import"])

    async def main() -> None:
        async with VirtualAir() as air, VirtualBoard(folder, air=air, leg="demo", seed=1):
            device = await found(air.hci)
            async with asyncio.timeout(HANG_S * 3), host(device, air.hci) as client:
                listener = Listener(client)
                await listener.subscribe()
                for opcode, payload in ((protocol.START, b"\1"), (protocol.WIPE, b""), (protocol.TARE, b"")):
                    assert await listener.ask(opcode, payload) == (protocol.NOT_PERMITTED, b"safe mode")
                await client.write_gatt_char(protocol.SETTINGS_UUID, b'{"side":"left"}', response=True)
                answer = await asyncio.wait_for(listener.answers.get(), HANG_S)
                assert answer[:3] == bytes([protocol.SETTINGS_WRITTEN | 0x80, 0, protocol.NOT_PERMITTED])
                await asyncio.sleep(30)  # the watchdog is fed
                fetcher = Fetcher(client)
                await fetcher.subscribe()
                await fetcher.fetch()

    before = file_of(folder, "/settings.json")
    run_virtual(main())
    assert file_of(folder, "/settings.json") == before


def test_starts_that_are_ended_on_purpose_never_count(folder: Path) -> None:
    async def main() -> dict[str, object]:
        async with VirtualAir() as air, VirtualBoard(folder, air=air, leg="demo", seed=1) as board:
            for side in ("left", "right", "left", "right", "left"):
                async with asyncio.timeout(HANG_S), host(await found(air.hci), air.hci) as client:
                    await client.write_gatt_char(
                        protocol.SETTINGS_UUID, json.dumps({"side": side}).encode(), response=True
                    )
                    while client.is_connected:
                        await asyncio.sleep(0.05)
            for _ in range(5):
                await board.command("power-cut")
                await board.command("power-on")
                await asyncio.sleep(3)
            async with host(await found(air.hci), air.hci) as client:
                return dict(json.loads(await client.read_gatt_char(protocol.INFO_UUID)))

    info = run_virtual(main())
    assert "safe" not in info
    assert info["side"] == "left"


def test_a_sock_in_safe_mode_is_tried_again_when_it_is_switched_on(folder: Path) -> None:
    put_file(folder, "/trying", "3")
    assert "safe" not in run(folder)[1]
