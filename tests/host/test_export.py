"""Recordings for other programs: what their own libraries read is what we have, to the last digit."""

import errno
import json
import re
from pathlib import Path

import duckdb
import mne
import numpy as np
import pandas
import polars
import pyedflib
import pytest
from gradsock.analysis.check import check
from gradsock.errors import GradsockError, LogError, UsageError
from gradsock.export.about import about
from gradsock.export.course import course_of
from gradsock.export.edf import fill
from gradsock.export.exporting import FORMATS, export
from gradsock.export.pseudonym import pseudonym
from gradsock.link import BlockReceived
from gradsock.log import recording as recordings
from gradsock.log.notes import add_note
from gradsock.log.recorder import Recorder
from gradsock.log.seal import seal
from sock import MISSING, event
from sock.header import UNSCANNED

from tests.host.log_bench import encoded

SITES = ("ankle", "calf", "knee")


@pytest.fixture
def course(holed):
    return course_of(recordings.open(holed))


def ours(course, site):
    pressure = course.pressure_cmmHg[site]
    return np.where(pressure == MISSING, np.nan, pressure / 100)


def test_csv_is_what_check_reads(holed, course, tmp_path) -> None:
    file = export(holed, "csv", out=tmp_path)
    table = pandas.read_csv(file)
    assert list(table) == ["t_s", *SITES]
    for site in SITES:
        np.testing.assert_array_equal(table[site].to_numpy(), ours(course, site))
    np.testing.assert_allclose(table["t_s"], (course.utc_us - course.utc_us[0]) / 1e6, atol=5e-4)
    told = json.loads(file.with_suffix(".json").read_text())
    assert told["samples"] == len(course) == 2750
    assert told["gaps_s"] == [[40.0, 50.0]]


def test_parquet_opens_in_pandas_polars_and_duckdb(holed, course, tmp_path) -> None:
    file = export(holed, "parquet", out=tmp_path)
    by_pandas, by_polars = pandas.read_parquet(file), polars.read_parquet(file)
    with duckdb.connect() as database:
        by_duckdb = database.execute(f"select * from '{file}' order by t_s").fetchnumpy()
    for site in SITES:
        for values in (by_pandas[f"{site}_mmHg"], by_polars[f"{site}_mmHg"].to_pandas(), by_duckdb[f"{site}_mmHg"]):
            np.testing.assert_array_equal(np.ma.filled(values, np.nan), ours(course, site))
        counts = by_polars[f"{site}_counts"].fill_null(MISSING).to_numpy()
        np.testing.assert_array_equal(counts, course.counts[site])
    utc_us = by_polars["utc"].dt.epoch("us").to_numpy()
    np.testing.assert_array_equal(utc_us, course.utc_us)


def test_edf_opens_in_pyedflib_and_mne(holed, course, tmp_path) -> None:
    file = export(holed, "edf", out=tmp_path)
    slots = np.rint((course.utc_us - course.utc_us[0]) / course.period_us).astype(int)
    with pyedflib.EdfReader(str(file)) as reader:
        assert reader.getSignalLabels() == list(SITES)
        assert reader.getSampleFrequencies().tolist() == [25.0] * 3
        for number, site in enumerate(SITES):
            there = course.pressure_cmmHg[site] != MISSING
            np.testing.assert_allclose(reader.readSignal(number)[slots][there], ours(course, site)[there], atol=1e-6)
        onsets, durations, texts = reader.readAnnotations()
    gap = list(texts).index("BAD_gap")
    assert (onsets[gap], durations[gap]) == (40.0, 10.0)
    raw = mne.io.read_raw_edf(file, preload=True, verbose="error")
    assert raw.info["sfreq"] == 25.0
    np.testing.assert_allclose(raw.get_data("ankle")[0][slots], ours(course, "ankle"), atol=1e-6)
    assert "BAD_gap" in set(raw.annotations.description)
    missing = [a for a in raw.annotations if a["description"] == "BAD_missing knee"]
    assert len(missing) == (course.pressure_cmmHg["knee"] == MISSING).sum()


def test_edf_holds_the_very_numbers_and_what_happened(made, tmp_path) -> None:
    """To the last digit that we have, and marks, notes, findings and gaps as annotations in both libraries."""
    recorder = Recorder(tmp_path / "logs")
    for happened in made.events(3000, drop=range(1000, 1250, 5)):
        recorder.take(happened)
    mark = event.encode_event(event.MARK, made.boot, 9, 1000 + 40 * 500, b"stairs")
    recorder.take(BlockReceived(mark, made.t0_us + 21_000_000))
    recorder.close()
    (path,) = seal(recorder.path)
    read = recordings.open(path)
    add_note(path, int(read.utc_us[750]), "größer als sonst")
    course = course_of(read)
    told = about(read, course, None, identify=False)
    found = {"kind": "fold", "site": "knee", "level": "warning", "start_s": 60.0, "end_s": 75.5}
    fill(course, told | {"check": {"findings": [found]}}, tmp_path / "all.edf")
    slots = np.rint((course.utc_us - course.utc_us[0]) / course.period_us).astype(int)
    with pyedflib.EdfReader(str(tmp_path / "all.edf")) as reader:
        for number, site in enumerate(SITES):
            there = course.pressure_cmmHg[site] != MISSING
            stored = reader.readSignal(number, digital=True)[slots]
            np.testing.assert_array_equal(stored[there], course.pressure_cmmHg[site][there])
            np.testing.assert_array_equal(reader.readSignal(number).round(2)[slots][there], ours(course, site)[there])
        by_pyedflib = set(zip(*(part.tolist() for part in reader.readAnnotations()), strict=True))
    raw = mne.io.read_raw_edf(tmp_path / "all.edf", preload=True, verbose="error")
    for site in SITES:
        there = course.pressure_cmmHg[site] != MISSING
        read_mmHg = raw.get_data(site)[0][slots].round(2)
        np.testing.assert_array_equal(read_mmHg[there], ours(course, site)[there])
    by_mne = {(a["onset"], a["duration"], a["description"]) for a in raw.annotations}
    for onset, lasted, text in (
        (20.0, 0.0, "mark: stairs"),
        (30.0, 0.0, "mark: größer als sonst"),
        (60.0, 15.5, "fold knee (warning)"),
        (40.0, 10.0, "BAD_gap"),
    ):
        assert any((at, said) == (pytest.approx(onset, abs=0.01), text) for at, _, said in by_pyedflib), text
        assert any((at, of, said) == (pytest.approx(onset, abs=0.01), lasted, text) for at, of, said in by_mne), text


def test_edf_holds_every_annotation_and_the_whole_of_each(made, tmp_path) -> None:
    recorder = Recorder(tmp_path / "logs")
    for happened in made.events(500, drop=range(0, 500, 10)):  # fifty gaps in twenty seconds
        recorder.take(happened)
    recorder.close()
    (path,) = seal(recorder.path)
    read = recordings.open(path)
    text = "ä" * 300
    add_note(path, int(read.utc_us[100]), text)
    course = course_of(read)
    told = about(read, course, None, identify=False)
    found = {"kind": "fold", "site": "knee", "level": "warning", "start_s": 6.0, "end_s": 7.5}
    fill(course, told | {"check": {"findings": [found]}}, tmp_path / "all.edf")
    with pyedflib.EdfReader(str(tmp_path / "all.edf")) as reader:
        texts = list(reader.readAnnotations()[2])
    by_mne = mne.io.read_raw_edf(tmp_path / "all.edf", preload=True, verbose="error").annotations
    for said in (texts, [each["description"] for each in by_mne]):
        assert said.count("BAD_gap") == len(course.gaps()) + 1 > 40  # the last second is filled up
        assert "fold knee (warning)" in said
        assert sum(each.count("ä") for each in said) == len(text)


def test_slots_in_which_a_busy_sock_did_not_look_are_gaps_in_what_is_exported(made, tmp_path) -> None:
    """And so nothing that a check of it would call a broken sensor."""
    recorder = Recorder(tmp_path / "logs")
    for happened in made.events(3000, drop=range(2000, 2100)):
        recorder.take(happened)
    unseen = encoded(made.boot, 2000, [(MISSING,) * 3] * 100, flags=UNSCANNED)
    recorder.take(BlockReceived(bytes(unseen), made.t0_us + 90_000_000))
    recorder.close()
    (path,) = seal(recorder.path)
    assert recordings.open(path).account.unscanned == 100
    wanted = check(path)
    for form in FORMATS:
        again = check(export(path, form, out=tmp_path), prescription=wanted.prescription.text)
        assert again.samples == 2900
        assert [f.kind for f in again.findings if f.kind == "sensor-fault"] == []


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_tells_whose_it_is(holed, tmp_path, form) -> None:
    file = export(holed, form, out=tmp_path)
    assert re.fullmatch(rf"\d{{8}}T\d{{6}}_left_p[a-z2-7]{{6}}\.{form}", file.name)
    for written in file.parent.glob(file.stem + ".*"):
        content = written.read_bytes().lower()
        for telling in (b"testsock", b"sock-test", holed.stem.encode()):
            assert telling not in content
        assert written.stat().st_mode & 0o077 == 0


def test_what_goes_along_with_it_is_this_and_no_more(holed, tmp_path) -> None:
    told = json.loads(export(holed, "csv", out=tmp_path).with_suffix(".json").read_text())
    assert set(told) - {"check", "damage"} == {
        *("schema", "sock", "side", "start_utc_us", "zone", "dated", "period_ms", "samples", "sites", "prescription"),
        *("firmware", "board", "calibration", "gaps_s", "marks", "loss"),
    }
    assert set(told["calibration"]) == {"knots"}


def test_identify_tells(holed, tmp_path) -> None:
    file = export(holed, "csv", out=tmp_path, identify=True)
    assert "TESTSOCK" in file.name
    assert json.loads(file.with_suffix(".json").read_text())["name"] == "sock-test"


def test_a_pseudonym_stays_and_differs_elsewhere(tmp_path, monkeypatch) -> None:
    first = pseudonym("TESTSOCK")
    assert pseudonym("TESTSOCK") == first != pseudonym("TESTSOCL")
    monkeypatch.setenv("GRADSOCK_HOME", str(tmp_path / "elsewhere"))
    assert pseudonym("TESTSOCK") != first


def test_a_spoilt_key_is_named(tmp_path) -> None:
    pseudonym("TESTSOCK")
    key = tmp_path / "home" / "data" / "pseudonym.key"
    assert key.stat().st_mode & 0o077 == 0
    key.write_bytes(b"short")
    with pytest.raises(GradsockError, match=r"pseudonym\.key"):
        pseudonym("TESTSOCK")


@pytest.mark.parametrize(("form", "said"), [("edf", "an EDF file, which is"), ("parquet", "an export, not the")])
def test_an_export_given_for_a_recording_is_told_so(holed, tmp_path, form, said) -> None:
    file = export(holed, form, out=tmp_path)
    with pytest.raises(LogError, match=f"{said}.*say .*, or export it as CSV"):
        recordings.open(file)


def test_a_file_that_is_there_stays(holed, tmp_path) -> None:
    there = tmp_path / "mine.csv"
    there.write_text("precious")
    with pytest.raises(GradsockError, match="--overwrite"):
        export(holed, "csv", out=there)
    assert there.read_text() == "precious"
    export(holed, "csv", out=there, overwrite=True)
    assert there.read_text().startswith("t_s,")
    assert sorted(p.name for p in tmp_path.glob("mine*")) == ["mine.csv", "mine.json"]


@pytest.mark.parametrize("form", ["", "xlsx"])
def test_an_unknown_format_is_wrong_usage(holed, form) -> None:
    with pytest.raises(UsageError, match="csv, parquet, edf"):
        export(holed, form)


def test_the_ending_of_the_file_says_its_format_and_every_file_is_named(holed, tmp_path, call) -> None:
    for name, first in (("a.parquet", b"PAR1"), ("a.edf", b"0   "), ("a.csv", b"t_s,")):
        code, out, _ = call("export", holed, "--out", tmp_path / name)
        written = [Path(line) for line in out.split()]
        assert code == 0 and written[0].read_bytes()[:4] == first
        assert written[1:] == ([tmp_path / "a.json"] if name == "a.csv" else [])
    code, _, err = call("export", holed, "--format", "csv", "--out", tmp_path / "b.parquet")
    assert code == 2 and "end its name in .csv, or leave --format out" in err


@pytest.mark.parametrize("form", ["csv", "edf"])
def test_a_folder_that_is_not_there_is_said(holed, tmp_path, form) -> None:
    with pytest.raises(
        GradsockError, match=rf"^there is no folder {tmp_path / 'no'}: make it, or say another"
    ) as refused:
        export(holed, form, out=tmp_path / "no" / f"a b.{form}")
    assert "a b" not in str(refused.value)


@pytest.mark.parametrize("arguments", [["x.xlsx"], ["x.PDF"], ["x.json", "--format", "csv"]])
def test_an_ending_of_another_format_is_refused(holed, tmp_path, call, arguments) -> None:
    code, _, err = call("export", holed, "--out", tmp_path / arguments[0], *arguments[1:])
    assert (code, err.count("\n")) == (2, 1)
    assert "end its name in .csv, .parquet or .edf" in err
    assert not list(tmp_path.glob("x*"))


def test_of_two_files_that_belong_together_none_is_left_when_one_cannot_be_written(recorded, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "Error writing bytes to file")

    file = tmp_path / "x.csv"
    monkeypatch.setattr("gradsock.export.delimited.fill", full)
    with pytest.raises(GradsockError, match=r"cannot write .*x\.csv: the disk is full"):
        export(recorded, "csv", out=file)
    assert not [each for each in tmp_path.iterdir() if each.is_file()]
