"""What gradsock keeps of a person lies in folders that nobody else can look into."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from gradsock.calibrate import artefact, files
from gradsock.export.pseudonym import pseudonym
from gradsock.link import known, proof
from gradsock.owner import evening, leg


def calibrate() -> None:
    artefact.check_writable(files.file_of("K7QM2ABC"))


def measure() -> None:
    leg.remember("left", {"ankle": leg.Measure(22.5, 10.0)})


KEPT: dict[str, Callable[[], object]] = {
    "a calibration": calibrate,
    "measures of a leg": measure,
    "an evening": lambda: evening._replace(evening._file(), "{}"),
    "socks that were met": lambda: known.remember("K7QM2ABC", "sock-1"),
    "socks that were paired with": lambda: proof._note("K7QM2ABC", True),
    "the key of pseudonyms": lambda: pseudonym("K7QM2ABC"),
}


@pytest.mark.parametrize("kind", KEPT)
def test_nobody_else_can_look_at(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("GRADSOCK_HOME", str(home))
    KEPT[kind]()
    folders = [home, *(path for path in home.rglob("*") if path.is_dir())]
    assert len(folders) >= 2
    for folder in folders:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
