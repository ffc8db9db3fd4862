"""A firmware update that is cut off at any of its operations ends as the old firmware or the new one."""

import importlib.util
import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

SOURCE = Path(__file__).parents[2] / "firmware/device/update.py"
OLD = {"/main.py": "old main", "/sock/__init__.mpy": "old sock", "/sock/gone.mpy": "gone", "/board.mpy": "same"}
NEW = {"/main.py": "new main", "/sock/__init__.mpy": "new sock", "/device/app.mpy": "added", "/board.mpy": "same"}


class PowerCut(BaseException):
    """Nothing catches this, as nothing catches the end of the current."""


class Flash:
    """The `os` of a board whose power fails at the nth operation that changes something."""

    def __init__(self, operations: int = 10**6) -> None:
        self.left = operations
        self.listdir, self.stat = os.listdir, os.stat

    def _once(self, do, *args: str) -> None:
        if self.left == 0:
            raise PowerCut
        self.left -= 1
        do(*args)

    def rename(self, old: str, new: str) -> None:
        self._once(os.replace, old, new)

    def remove(self, path: str) -> None:
        self._once(os.remove, path)

    def mkdir(self, path: str) -> None:
        self._once(os.mkdir, path)

    def rmdir(self, path: str) -> None:
        self._once(os.rmdir, path)


def update_on(flash: object) -> SimpleNamespace:
    spec = importlib.util.spec_from_file_location("update_under_test", SOURCE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.os = flash
    return module


def write(root: Path, files: dict[str, str], under: str = "") -> None:
    for path, text in files.items():
        file = root / f".{under}{path}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def installed(root: Path) -> dict[str, str]:
    found = {f"/{file.relative_to(root)}": file.read_text() for file in root.rglob("*") if file.is_file()}
    return {path: text for path, text in found.items() if not path.startswith(("/new", "/manifest", "/settings"))}


@pytest.fixture
def board(tmp_path: Path) -> Path:
    """An old firmware, and a new one complete beside it, of which only the changed files were sent."""
    write(tmp_path, OLD | {"/manifest.json": json.dumps(dict.fromkeys(OLD, "hash")), "/settings.json": "{}"})
    write(tmp_path, {path: text for path, text in NEW.items() if OLD.get(path) != text}, under="/new")
    write(tmp_path, {"/new/manifest.json": json.dumps(dict.fromkeys(NEW, "hash"))})
    return tmp_path


def test_a_complete_update_moves_into_place_and_leaves_nothing_behind(board: Path) -> None:
    assert update_on(Flash()).finish(str(board))
    assert installed(board) == NEW
    assert not (board / "new").exists()
    assert json.loads((board / "manifest.json").read_text()) == dict.fromkeys(NEW, "hash")
    assert (board / "settings.json").exists()


def test_without_its_manifest_an_update_does_not_count(board: Path) -> None:
    (board / "new/manifest.json").rename(board / "new/manifest.part")
    assert not update_on(Flash()).finish(str(board))
    assert installed(board) == OLD


def test_a_board_without_an_update_is_left_alone(tmp_path: Path) -> None:
    assert not update_on(Flash(0)).finish(str(tmp_path))


@pytest.mark.parametrize("operations", range(16))
@pytest.mark.parametrize("again", [0, 1, 3])
def test_cut_off_anywhere_it_is_finished_at_the_next_start(board: Path, operations: int, again: int) -> None:
    for budget in (operations, again):
        try:
            update_on(Flash(budget)).finish(str(board))
        except PowerCut:
            assert {"/main.py", "/sock/__init__.mpy"} <= installed(board).keys()
            if installed(board)["/main.py"] == "new main":
                assert NEW.items() <= installed(board).items()
    update_on(Flash()).finish(str(board))
    assert installed(board) == NEW
    assert not list((board / "new").glob("**/*.mpy"))


def test_the_first_firmware_of_a_board_has_no_main_until_all_else_is_there(tmp_path: Path) -> None:
    write(tmp_path, NEW, under="/new")
    write(tmp_path, {"/new/manifest.json": json.dumps(dict.fromkeys(NEW, "hash"))})
    for operations in range(12):
        try:
            update_on(Flash(operations)).finish(str(tmp_path))
        except PowerCut:
            assert "/main.py" not in installed(tmp_path) or installed(tmp_path) == NEW
    assert installed(tmp_path) == NEW


def test_maintenance_is_asked_for_once(tmp_path: Path) -> None:
    (tmp_path / "maintenance").touch()
    update = update_on(Flash())
    assert update.maintenance(str(tmp_path))
    assert not update.maintenance(str(tmp_path))
