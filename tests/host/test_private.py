"""What gradsock keeps of a person lies in folders that nobody else can look into."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from gradsock.calibrate import artefact, files
from gradsock.export.exporting import FORMATS, export
from gradsock.export.pseudonym import pseudonym
from gradsock.link import known, proof
from gradsock.log import catalogue
from gradsock.log.notes import add_note
from gradsock.log.seal import seal
from gradsock.owner import evening, leg
from gradsock.places import logs_folder
from gradsock.view.report.reporting import report


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


def test_nobody_else_can_read_what_is_written_of_a_recording(recorded: Path, tmp_path: Path) -> None:
    (sealed,) = seal(recorded)
    add_note(sealed, 1, "cold foot")
    assert len(catalogue.entries()) == 1
    out = tmp_path / "out"
    out.mkdir()
    for form in FORMATS:
        export(sealed, form, out=out)
    report(str(sealed), out=out)
    written = [path for folder in (logs_folder(), out) for path in folder.rglob("*")]
    kinds = {path.suffix for path in written if path.is_file()}
    assert kinds >= {".notes", ".sqlite", ".csv", ".json", ".parquet", ".edf", ".html"}
    for path in written:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
