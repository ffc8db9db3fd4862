"""A firmware update that is cut off at any operation of the flash ends as the old firmware or the new one.

The file system is real littlefs on the virtual board's flash, which tears the operation at which the power fails.
"""

import importlib.util
import json
import shutil
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import pytest
from gradsock.sim.flash_image import FlashImage
from gradsock.sim.volume import Volume

SOURCE = Path(__file__).parents[2] / "firmware/device/update.py"
SIZE = 256 * 1024
SAME = {f"/device/part{i}.mpy": f"part {i} " * 60 for i in range(4)}
BOOTING = {"/main.py", "/device/__init__.mpy", "/device/update.mpy"}
OLD = {
    "/main.py": "old main",
    "/device/__init__.mpy": "old device",
    "/device/update.mpy": "old update",
    "/sock/__init__.mpy": "old sock",
    "/sock/gone.mpy": "gone",
}
NEW = {
    "/main.py": "new main",
    "/device/__init__.mpy": "new device",
    "/device/update.mpy": "new update",
    "/sock/__init__.mpy": "new sock",
    "/device/app.mpy": "new app " * 200,
    "/extra/x.mpy": "x",
}
CHANGED = {f"/device/changed{i}.mpy": f"{i} changed " * 80 for i in range(3)}


class PowerCut(BaseException):
    """Nothing catches this, as nothing catches the end of the current."""


class Board:
    """A flash with littlefs on it, and the `os` and `open` of a program that runs there."""

    def __init__(self, image: Path, cut_after: int | None = None, volume_bytes: int = 2 << 20) -> None:
        self.flash = FlashImage(image, SIZE)
        self.volume = Volume(self.flash)
        self.flash.cut_after = cut_after
        self.os = SimpleNamespace(
            rename=lambda old, new: self.call("rename", old, new),
            remove=lambda path: self.call("remove", path),
            rmdir=lambda path: self.call("rmdir", path),
            mkdir=lambda path: self.call("mkdir", path),
            stat=lambda path: self.call("stat", path),
            listdir=lambda path: [entry[0] for entry in self.call("list", path)],
            statvfs=lambda _path: (4096, 4096, volume_bytes // 4096),
        )

    def __enter__(self) -> "Board":
        return self

    def __exit__(self, *_: object) -> None:
        self.flash.close()

    def call(self, name: str, *args: object, data: bytes = b"") -> object:
        try:
            answer, read = self.volume.call(f"fs.{name}", list(args), data)
        except OSError:
            if not self.flash.dead:
                raise
        if self.flash.dead:
            raise PowerCut
        return read if name == "read" else answer

    def open(self, path: str, mode: str = "r") -> "File":
        return File(self, path, mode)

    def write(self, files: dict[str, str], under: str = "") -> None:
        for path, text in files.items():
            at = 0
            while (at := (under + path).find("/", at + 1)) > 0:
                with suppress(OSError):
                    self.os.mkdir((under + path)[:at])
            with self.open(under + path, "w") as file:
                file.write(text)

    def files(self, folder: str = "") -> dict[str, str]:
        found = {}
        for name, mode, _ in self.call("list", folder or "/"):
            path = f"{folder}/{name}"
            if mode & 0x4000:
                found |= self.files(path)
            else:
                with self.open(path) as file:
                    found[path] = file.read()
        return found

    def firmware(self) -> dict[str, str]:
        apart = ("/new", "/old", "/manifest", "/boot")
        return {path: text for path, text in self.files().items() if not path.startswith(apart)}

    @property
    def update(self) -> SimpleNamespace:
        """The module under test, on this board."""
        spec = importlib.util.spec_from_file_location("update_under_test", SOURCE)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.os, module.open = self.os, self.open
        return module


class File:
    def __init__(self, board: Board, path: str, mode: str) -> None:
        self.board, self.number, self.binary = board, board.call("open", path, mode), "b" in mode

    def __enter__(self) -> "File":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None or not issubclass(kind, PowerCut):
            self.board.call("close", self.number)

    def read(self) -> str | bytes:
        data = self.board.call("read", self.number, -1)
        return data if self.binary else data.decode()

    def write(self, text: str | bytes) -> None:
        self.board.call("write", self.number, data=text if isinstance(text, bytes) else text.encode())


BEFORE = OLD | SAME | dict.fromkeys(CHANGED, "as it was")
AFTER = NEW | SAME | CHANGED


def manifest_of(files: dict[str, str]) -> dict[str, str]:
    return {path: sha256(text.encode()).hexdigest() for path, text in files.items()}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> Path:
    """An old firmware, and a new one complete beside it, of which only the changed files were sent."""
    image = tmp_path_factory.mktemp("update") / "flash.img"
    with Board(image) as board:
        board.write(BEFORE | {"/manifest.json": json.dumps(manifest_of(BEFORE))})
        board.write(NEW | CHANGED | {"/manifest.json": json.dumps(manifest_of(AFTER))}, under="/new")
    return image


@pytest.fixture
def image(prepared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(prepared, tmp_path / "flash.img"))


def test_a_complete_update_moves_into_place_and_leaves_nothing_behind(image: Path) -> None:
    with Board(image) as board:
        assert board.update.finish()
        assert board.firmware() == AFTER
        assert "new" not in board.os.listdir("/")
        assert json.loads(board.files()["/manifest.json"]) == manifest_of(AFTER)
        assert not board.update.finish()


def test_what_the_sock_keeps_by_itself_stays(image: Path) -> None:
    kept = {"/journal/00000001": "segment", "/journal/0000abcd": "segment", "/settings.json": "{}"}
    with Board(image) as board:
        board.write(kept)
        assert board.update.finish()
        assert board.firmware() == AFTER | kept


def test_without_its_manifest_an_update_does_not_count(image: Path) -> None:
    with Board(image) as board:
        board.os.rename("/new/manifest.json", "/new/manifest.part")
        assert not board.update.finish()
        assert board.firmware() == BEFORE


def test_a_start_without_an_update_changes_nothing(image: Path) -> None:
    with Board(image) as board:
        board.update.finish()
        before = board.flash.counts.programs
        assert not board.update.finish()
        assert board.flash.counts.programs == before


def test_cut_off_anywhere_it_is_finished_at_the_next_start(prepared: Path, tmp_path: Path) -> None:
    """Every operation of the flash in turn, once and then once more in the run that was to mend it."""
    operations = 0
    while not cut_after(prepared, tmp_path / "flash.img", operations):
        for again in (0, 1, 4, 9):
            cut_after(prepared, tmp_path / "flash.img", operations)
            try:
                with Board(tmp_path / "flash.img", again) as board:
                    board.update.finish()
            except PowerCut:
                pass
            with Board(tmp_path / "flash.img") as board:
                board.update.finish()
                assert board.firmware() == AFTER, f"cut after {operations}, then after {again}"
        operations += 1
    assert operations > 20


def cut_after(prepared: Path, image: Path, operations: int) -> bool:
    """Begin the update and cut it off; True when it was finished before that."""
    shutil.copy(prepared, image)
    try:
        with Board(image, operations) as board:
            return board.update.finish()
    except PowerCut:
        with Board(image) as board:
            found = board.firmware()
            assert found.keys() >= BOOTING, "what finishes it is never missing"
            assert found["/main.py"] == "old main" or found.items() >= AFTER.items(), "main.py moves last"
        return False


def test_the_first_firmware_of_a_board_has_no_main_until_all_else_is_there(tmp_path: Path) -> None:
    operations, done = 0, False
    while not done:
        image = tmp_path / f"{operations}.img"
        with Board(image) as board:
            board.write(AFTER | {"/manifest.json": json.dumps(dict.fromkeys(AFTER, "hash"))}, under="/new")
        try:
            with Board(image, operations) as board:
                done = board.update.finish()
        except PowerCut:
            pass
        with Board(image) as board:
            board.volume.call("fs.mkdir", ["/touched"], b"")  # shows what a cut in a rename hides
            assert "/main.py" not in board.firmware() or board.firmware() == AFTER
        operations += 6


def test_maintenance_is_asked_for_once(image: Path) -> None:
    with Board(image) as board:
        board.write({"/maintenance": ""})
        assert board.update.maintenance()
        assert not board.update.maintenance()


def test_the_former_firmware_comes_back(image: Path) -> None:
    with Board(image) as board:
        assert board.update.finish()
        board.write({"/trying": "3", "/settings.json": "{}"})
        assert board.update.fall_back()
        assert board.update.finish()
        assert board.firmware() == BEFORE | {"/settings.json": "{}"}
        assert json.loads(board.files()["/manifest.json"]) == manifest_of(BEFORE)
        assert not {"old", "trying"} & set(board.os.listdir("/"))
        assert not board.update.fall_back(), "there is none before that"


@pytest.mark.parametrize("damaged", ["/old/main.py", "/device/part1.mpy"])
def test_a_former_firmware_that_is_not_as_it_was_does_not_come_back(image: Path, damaged: str) -> None:
    with Board(image) as board:
        assert board.update.finish()
        board.write({damaged: "something else"})
        assert not board.update.fall_back()
        assert board.firmware().items() >= AFTER.items() - {(damaged, AFTER.get(damaged))}


def test_where_there_is_no_room_for_two_the_former_one_is_not_kept(image: Path) -> None:
    with Board(image, volume_bytes=848 * 1024) as board:
        assert board.update.finish()
        assert board.firmware() == AFTER
        assert "old" not in board.os.listdir("/")


def test_cut_off_anywhere_the_former_one_still_comes_back(prepared: Path, tmp_path: Path) -> None:
    """Every operation of the update, and every one of coming back, each ended by a power cut."""
    updated, image = tmp_path / "updated.img", tmp_path / "flash.img"
    operations = 0
    while not cut_after(prepared, updated, operations):
        with Board(updated) as board:
            board.update.finish()
            assert board.update.fall_back(), f"cut after {operations}"
            board.update.finish()
            assert board.firmware() == BEFORE
        operations += 1
    back, done = 0, False
    while not done:
        shutil.copy(updated, image)
        try:
            with Board(image, back) as board:
                board.update.fall_back()
                done = board.update.finish()
        except PowerCut:
            pass
        with Board(image) as board:
            if board.update.fall_back():  # it was cut off before it was declared
                assert board.firmware() == AFTER
            board.update.finish()
            assert board.firmware() == BEFORE, f"cut after {back}"
        back += 1
    assert back > 20


def test_what_was_ended_on_purpose_is_no_start_that_failed(image: Path) -> None:
    with Board(image) as board:
        board.write({"/maintenance": "", "/trying": "2"})
        board.update.maintenance()
        assert "trying" not in board.os.listdir("/")
