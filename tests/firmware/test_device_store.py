"""The sock's small files: replaced whole, and worth nothing when they are broken."""

import json
import os
import re
from pathlib import Path

import pytest
from device import store
from sock import settings

CALIBRATION = {"calibration": 1, "id": "cuff-1", "knots": [[[0, 0], [16384, 8000]]] * 3}


@pytest.fixture(autouse=True)
def flash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_boots_are_numbered_from_one() -> None:
    assert [store.next_boot() for _ in range(5)] == [1, 2, 3, 4, 5]


def test_a_write_cut_off_leaves_the_old_file(monkeypatch: pytest.MonkeyPatch) -> None:
    store.write("a", "old")
    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            store.write("a", "new")
    assert store.read("a") == "old"
    store.write("a", "newer")
    assert store.read("a") == "newer"


def test_a_file_system_that_does_not_rename_over_a_file(monkeypatch: pytest.MonkeyPatch, flash: Path) -> None:
    whole = os.rename

    def as_on_fat(old: str, new: str) -> None:
        if Path(new).exists():
            raise OSError(17)
        whole(old, new)

    monkeypatch.setattr(os, "rename", as_on_fat)
    store.write("a", "old")
    store.write("a", "new")
    assert store.read("a") == "new"
    assert sorted(path.name for path in flash.iterdir()) == ["a"]


def test_the_serial_is_made_once() -> None:
    serial = store.serial()
    assert re.fullmatch("[A-Z2-7]{8}", serial)
    assert store.serial() == serial


def test_a_serial_given_by_the_cable_is_kept(flash: Path) -> None:
    (flash / "identity.json").write_text('{"serial": "ABCD2345"}')
    assert store.serial() == "ABCD2345"


@pytest.mark.parametrize("broken", ["", "{", "[]", "null", '{"serial": 5}', '{"serial": ""}'])
def test_a_broken_identity_is_made_anew(flash: Path, broken: str) -> None:
    (flash / "identity.json").write_text(broken)
    assert store.serial() == store.serial()


def test_the_name_follows_from_the_serial_and_fits_an_advertisement() -> None:
    assert re.fullmatch("sock-[0-9a-f]{4}", store.name_for("ABCD2345"))
    assert store.name_for("ABCD2345") == store.name_for("ABCD2345") != store.name_for("ABCD2346")


@pytest.mark.parametrize("broken", [None, "", "{", "[]", '{"rate_Hz": 7}', '{"allow_unprotected": 1}', "\xff"])
def test_broken_settings_are_the_defaults_which_allow_the_least(flash: Path, broken: str | None) -> None:
    if broken is not None:
        (flash / "settings.json").write_text(broken, encoding="latin-1")
    assert store.load_settings() == settings.defaults()
    assert store.load_settings()["allow_unprotected"] is False


def test_partial_settings_leave_the_rest_at_the_defaults(flash: Path) -> None:
    (flash / "settings.json").write_text('{"side": "left", "allow_unprotected": true, "of another version": 1}')
    assert store.load_settings() == settings.defaults() | {"side": "left", "allow_unprotected": True}


def test_a_calibration_counts_only_whole_and_for_all_channels(flash: Path) -> None:
    assert store.load_calibration(3) is None
    (flash / "calibration.json").write_text(json.dumps(CALIBRATION))
    loaded = store.load_calibration(3)
    assert loaded is not None
    assert loaded.id == "cuff-1"
    assert store.load_calibration(4) is None
    (flash / "calibration.json").write_text(json.dumps(CALIBRATION)[:-5])
    assert store.load_calibration(3) is None
