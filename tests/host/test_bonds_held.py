"""This machine's bonds: one program at a time has them, and one that has not says why."""

from pathlib import Path

import pytest
from bumble.keys import JsonKeyStore, MemoryKeyStore
from gradsock.errors import UsageError
from gradsock.link import bumble_identity
from gradsock.link.bumble_identity import identity
from gradsock.places import state_folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRADSOCK_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(bumble_identity, "_held", {})
    return tmp_path / "home"


def test_the_first_has_them_and_the_second_is_told_so(home: Path) -> None:
    first, second = identity(), identity()
    assert isinstance(first.bonds, JsonKeyStore) and first.stranger == ""
    assert isinstance(second.bonds, MemoryKeyStore) and "another gradsock" in second.stranger
    assert first.address != second.address


def test_where_nothing_can_be_kept_the_folder_is_named(home: Path) -> None:
    (home / "state").mkdir(parents=True)
    (home / "state" / "bluetooth").touch()
    assert f"{home / 'state' / 'bluetooth'} cannot be used" in identity().stranger


def test_a_home_that_is_no_folder_is_refused(home: Path) -> None:
    home.touch()
    with pytest.raises(UsageError, match=f"GRADSOCK_HOME is {home}, which is no folder"):
        state_folder()
