"""The list of recordings: quick, never wrong for long, and never the only place of anything."""

import json
import os
import sqlite3
import subprocess
import sys

import pytest
from gradsock.errors import LogError
from gradsock.log import catalogue, entry, layout
from gradsock.log.seal import seal

from tests.host.log_bench import record


@pytest.fixture
def logs(made, made_right, tmp_path):
    """One sealed session, one block file."""
    folder = tmp_path / "logs"
    seal(record(folder, *made.events(samples=200)))
    record(folder, *made_right.events(drop={20}))
    return folder


def looked_into(monkeypatch):
    """Which files are opened from now on."""
    opened = []
    real = entry.of
    monkeypatch.setattr(entry, "of", lambda path: opened.append(path.name) or real(path))
    return opened


def test_it_says_what_the_files_say(logs):
    first, second = catalogue.entries(logs)
    assert {(each.serial, each.side, each.samples, each.lost) for each in (first, second)} == {
        ("TESTSOCK", "left", 200, 0),
        ("RIGHTSOC", "right", 95, 5),
    }
    assert {each.id: each for each in (first, second)} == {each.stem: entry.of(each) for each in layout.files(logs)}


def test_what_began_in_the_same_minute_keeps_its_order_whichever_was_written_last(made, made_right, tmp_path):
    for sock in (made, made_right):
        record(tmp_path, *sock.events())
    for path in layout.files(tmp_path):
        os.utime(path)  # as two that still run are, in turn
        listed = catalogue.entries(tmp_path)
        assert [each.id for each in listed] == sorted(each.stem for each in layout.files(tmp_path))
        assert [each.id for each in catalogue.rebuild(tmp_path)] == [each.id for each in listed]


def test_what_is_known_is_not_looked_into_again(logs, monkeypatch):
    catalogue.entries(logs)
    opened = looked_into(monkeypatch)
    assert len(catalogue.entries(logs)) == 2
    assert opened == []


def test_what_changed_is_looked_into_and_what_is_gone_is_forgotten(logs, made, monkeypatch):
    catalogue.entries(logs)
    opened = looked_into(monkeypatch)
    (block_file,) = (path for path in layout.files(logs) if path.suffix == ".gslog")
    seal(block_file)
    assert [each.sealed for each in catalogue.entries(logs)] == [True, True]
    assert opened == [block_file.with_suffix(".parquet").name]
    layout.delete(block_file.with_suffix(".parquet"))
    assert len(catalogue.entries(logs)) == 1
    assert opened == [block_file.with_suffix(".parquet").name]
    with sqlite3.connect(logs / catalogue.FILE) as known:
        assert known.execute("select count(*) from files").fetchone() == (1,)


@pytest.mark.parametrize("broken", [b"", b"no database" * 1000, None])
def test_a_catalogue_that_is_gone_or_damaged_costs_nothing(logs, broken):
    expected = catalogue.entries(logs)
    path = logs / catalogue.FILE
    if broken is None:
        path.unlink()
    else:
        path.write_bytes(broken)
    assert catalogue.entries(logs) == expected
    assert path.read_bytes().startswith(b"SQLite format 3"), "made anew, without being asked to"
    assert catalogue.rebuild(logs) == expected
    assert catalogue.entries(logs) == expected


def test_one_of_another_version_begins_anew(logs):
    expected = catalogue.entries(logs)
    with sqlite3.connect(logs / catalogue.FILE) as known:
        known.execute("pragma user_version = 99")
        known.execute("update files set entry = '[]'")
    assert catalogue.entries(logs) == expected


def test_a_folder_that_cannot_be_written_is_listed_all_the_same(logs, monkeypatch):
    def refused(*_):
        raise PermissionError(13, "Permission denied")

    expected = catalogue.entries(logs)
    monkeypatch.setattr(catalogue.os, "open", refused)
    assert catalogue.entries(logs) == expected
    with pytest.raises(LogError, match=r"cannot write into .*: permission denied; recordings are listed"):
        catalogue.rebuild(logs)


def test_what_cannot_be_read_is_listed_with_the_reason(logs):
    path = next(path for path in layout.files(logs) if path.suffix == ".parquet")
    path.write_bytes(b"PAR1")
    (told,) = (each for each in catalogue.entries(logs) if each.path == path)
    assert "cannot read" in told.state and told.samples is None


def test_several_processes_list_at_once(logs):
    ids = [each.id for each in catalogue.entries(logs)]
    code = "import sys; from pathlib import Path; from gradsock.log.catalogue import entries;" + (
        "print(*(e.id for _ in range(20) for e in entries(Path(sys.argv[1]))))"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, logs], stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for number in range(10):
        (logs / catalogue.FILE).touch()
        os.utime(layout.files(logs)[number % 2])
    assert [process.communicate()[0].split() for process in running] == [ids * 20] * 3


def test_thousands_are_listed_without_opening_a_file(logs, made, monkeypatch):
    """How long it takes, tests/bench/log.py says; here is why."""
    session = next(path for path in layout.files(logs) if path.suffix == ".parquet")
    for number in range(300):
        os.link(session, session.with_name(f"copy-{number:04}.parquet"))
    catalogue.entries(logs)
    opened = looked_into(monkeypatch)
    assert len(catalogue.entries(logs)) == 302
    assert opened == []


def test_nothing_in_a_recording_is_in_the_catalogue_alone(logs):
    known = catalogue.entries(logs)
    (logs / catalogue.FILE).unlink()
    assert json.dumps([each.as_dict() for each in catalogue.entries(logs)]) == json.dumps(
        [each.as_dict() for each in known]
    )
