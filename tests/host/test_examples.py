"""Each example of the library does what it says, on a recording."""

import runpy
import sys
from pathlib import Path

import gradsock
import pytest
from gradsock.log.sealing import seal_all

EXAMPLES = Path(__file__).parents[2] / "host" / "examples"


@pytest.fixture
def run(monkeypatch, capsys):
    """Run an example as a person would; what it printed."""

    def run(name, *arguments):
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
        return capsys.readouterr().out

    return run


@pytest.fixture
def sealed(recorded):
    """A recording in the folder of recordings, sealed."""
    list(seal_all([], None))
    return gradsock.open("last").path


def test_there_is_a_test_for_each() -> None:
    here = Path(__file__).read_text()
    for example in EXAMPLES.glob("*.py"):
        assert f'run("{example.name}"' in here


def test_stream_to_queue(run, recorded) -> None:
    lines = run("stream_to_queue.py", f"replay:{recorded}?speed=1000", 30).splitlines()
    assert len(lines) == 3  # a hundred samples at 25 Hz are four seconds, the last of which is not over
    assert all("ankle " in line and "mmHg" in line for line in lines)


def test_stream_to_queue_of_a_sock_that_is_not_there(run) -> None:
    with pytest.raises(gradsock.GradsockError, match="no recording 'nix'"):
        run("stream_to_queue.py", "replay:nix")


def test_record_an_hour(run, recorded, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("GRADSOCK_LOGS", str(tmp_path / "again"))
    assert "100 samples, 0 lost" in run("record_an_hour.py", f"replay:{recorded}?speed=1000")
    assert len(gradsock.open("last")) == 100


def test_open_in_pandas(run, sealed) -> None:
    said = run("open_in_pandas.py", "last")
    assert "ankle" in said
    assert len(said.splitlines()) >= 2


def test_recheck_folder(run, sealed) -> None:
    assert sealed.stem in run("recheck_folder.py", "ral:II")
