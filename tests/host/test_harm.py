"""Damage is said wherever a damaged recording is used: what it costs, and what to do."""

import json
import os

import gradsock
import numpy as np
import pyarrow.parquet as pq
import pytest
from gradsock import cli
from gradsock.analysis.check import check
from gradsock.log import catalogue, entry, layout
from gradsock.log import sealed as sealed_files
from gradsock.log.recorder import Recorder
from gradsock.log.seal import seal
from gradsock.log.verify import verify

from tests.host.log_bench import record


@pytest.fixture
def sealed(made, tmp_path):
    """A sealed session of 500 samples in the folder of this test."""
    (session,) = seal(record(tmp_path / "logs", *made.events(samples=500)))
    return session


def change(path, at):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def chunk(path, name):
    """Where a column begins."""
    group = pq.read_metadata(path).row_group(0)
    return next(c.data_page_offset for c in map(group.column, range(group.num_columns)) if c.path_in_schema == name)


def call(capsys, *arguments):
    return (cli.run([str(argument) for argument in arguments]), *capsys.readouterr())


@pytest.mark.parametrize(
    ("name", "blank"),
    [
        ("utc", {}),
        ("index", {}),
        ("knee_mmHg", {}),
        ("calf_steps", {"calf": 500}),
        ("block.flags", {}),
        ("block.reference", {"ankle": 500, "calf": 500, "knee": 500}),
    ],
)
def test_what_a_damaged_column_costs_is_known_and_true(sealed, name, blank):
    change(sealed, chunk(sealed, name) + 8)
    recording = gradsock.open(sealed)
    gone = {site: len(samples) for site, samples in recording.harm.blank.items()}
    assert (recording.harm.samples, gone, recording.harm.told) == (0, blank, False)
    for site in recording.sites:
        known = int((~np.isnan(recording.pressure_mmHg[site])).sum())
        assert (known < 100) == (site in blank), site
        assert recording.columns.unread(site)["missing"] <= 5, "what damage took is no fault of a sensor"
    assert ("nothing is lost" in recording.harm.lost) == (not blank)


def test_samples_that_stood_in_damaged_blocks_are_counted(made, tmp_path):
    path = record(tmp_path / "logs", *made.events(samples=500))
    change(path, path.read_bytes().index(made.block(250)) + 20)
    recording = gradsock.open(path)
    assert recording.harm.samples == 500 - len(recording) > 0
    assert f"lost: {500 - len(recording)} samples" in recording.harm.in_words()


def test_where_nobody_wrote_an_account_nobody_can_tell(made, tmp_path):
    recorder = Recorder(tmp_path / "logs")
    for happened in made.events():
        recorder.take(happened)
    recorder._writer.close()
    assert gradsock.open(recorder.path).harm is None
    change(recorder.path, recorder.path.stat().st_size // 2)
    assert gradsock.open(recorder.path).harm.samples is None


def test_what_a_killed_recorder_leaves_is_no_harm(made, tmp_path):
    path = record(tmp_path / "logs", *made.events())
    path.write_bytes(path.read_bytes()[:-5])
    assert gradsock.open(path).harm is None
    assert entry.of(path).state == entry.CUT_OFF


def test_everyone_who_uses_it_is_told(sealed, capsys, tmp_path):
    change(sealed, chunk(sealed, "calf_steps") + 8)
    lost = "lost: the readings of calf in 500 samples"
    what_to_do = f"gradsock logs seal {sealed.stem} writes it anew from what is left"

    code, out, err = call(capsys, "logs")
    assert code == 0 and "damaged" in out and "gradsock logs verify" in err
    code, out, err = call(capsys, "logs", "verify")
    assert code == 1 and lost in out and what_to_do in err
    code, out, _ = call(capsys, "logs", "show", "last")
    assert code == 0 and lost in out and what_to_do in out
    code, out, err = call(capsys, "check", "last")
    assert code == 1 and "damage of its file took all readings of calf" in err
    for command in (["export", "last", "--out", tmp_path / "x.csv"], ["report", "last", "--out", tmp_path / "x.html"]):
        code, out, err = call(capsys, *command)
        assert code == 0 and lost in err and what_to_do in err
    assert lost in (tmp_path / "x.html").read_text()
    assert json.loads((tmp_path / "x.json").read_text())["damage"] == lost
    assert sealed.stem not in (tmp_path / "x.json").read_text() + (tmp_path / "x.html").read_text()


def test_of_a_whole_one_nobody_says_a_word(sealed, capsys, tmp_path):
    for command in (["logs"], ["logs", "verify"], ["logs", "show", "last"], ["export", "last", "--out", tmp_path]):
        code, out, err = call(capsys, *command)
        assert (code, err) == (0, "") and "damage" not in out
    assert check(sealed).as_dict()["damage"] is None


def test_what_the_disk_did_behind_our_back_is_listed_once_it_was_found(sealed):
    logs = sealed.parents[2]
    catalogue.entries(logs)
    before = sealed.stat()
    change(sealed, 200)
    os.utime(sealed, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert catalogue.entries(logs)[0].state == ""
    catalogue.note_damage(sealed, logs)
    assert catalogue.entries(logs)[0].state == entry.DAMAGED


def test_a_damaged_session_is_written_anew_when_asked_to(sealed, capsys):
    whole = gradsock.open(sealed)
    change(sealed, -200)  # its footer: other programs cannot read it
    damaged = sealed.read_bytes()

    code, out, _ = call(capsys, "logs", "seal", "last")
    kept = sealed.with_name(sealed.name + "-damaged")
    assert code == 0 and kept.name in out

    assert kept.read_bytes() == damaged
    assert layout.files(sealed.parents[2]) == [sealed]
    assert verify(sealed).sound and pq.read_table(sealed).num_rows == 500
    again = gradsock.open(sealed)
    assert again.contents.records[:-1] == whole.contents.records[:-1]  # the last is the account
    assert again.closing == whole.closing | {"damage": {"samples": 0, "blank": {}, "told": False}} and len(again) == 500
    for command in ("show", "verify"):
        assert f"nothing is lost by it; kept as {kept.name}" in call(capsys, "logs", command, "last")[1]

    change(sealed, 200)
    assert call(capsys, "logs", "seal", "last")[0] == 0
    assert kept.read_bytes() == damaged  # and the second one is kept beside it
    assert len(list(sealed.parent.glob("*-damaged"))) == 2
    assert call(capsys, "logs", "delete", sealed.stem, "--yes")[0] == 0
    assert not sealed.parent.exists()


@pytest.fixture
def two_minutes(made, tmp_path):
    """A sealed session of 3000 samples in row groups of 1000."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealed_files, "ROWS", 1000)
        (session,) = seal(record(tmp_path / "logs", *made.events(samples=3000)))
    return session


def test_what_damage_took_stays_a_gap_when_the_file_is_written_anew(two_minutes, capsys, tmp_path):
    group = pq.read_metadata(two_minutes).row_group(1)
    column = next(c for c in map(group.column, range(group.num_columns)) if c.path_in_schema == "calf_steps")
    change(two_minutes, column.data_page_offset + 8)
    lost = "lost: the readings of calf in 1,000 samples"
    before = check(two_minutes)

    assert call(capsys, "logs", "seal", "last")[0] == 0
    again = gradsock.open(two_minutes)
    assert again.harm is None and again.columns.unread("calf")["missing"] == 0 and again.account.lost == 0
    after = check(two_minutes)
    assert [(gap.start_s, gap.end_s, gap.why) for gap in after.gaps] == [(40.0, 80.0, "lost with the damaged file")]
    assert (after.gaps, after.findings, after.verdicts) == (before.gaps, before.findings, before.verdicts)
    assert not [found for found in after.findings if found.kind in ("sensor-fault", "site-missing")]

    told = f"written anew after damage; {lost}"
    assert catalogue.entries(two_minutes.parents[2])[0].state == entry.MENDED
    for command in (["logs", "show", "last"], ["logs", "verify"], ["check", "last"]):
        code, out, _ = call(capsys, *command)
        assert code == 0 and told in out, command
    assert call(capsys, "report", "last", "--out", tmp_path / "x.html")[0] == 0
    assert told in (tmp_path / "x.html").read_text()
    change(two_minutes, chunk(two_minutes, "knee_steps") + 8)
    assert call(capsys, "logs", "seal", "last")[0] == 0
    both = gradsock.open(two_minutes).loss_before
    assert {site: len(samples) for site, samples in both.blank.items()} == {"calf": 1000, "knee": 3000}


def test_what_blocks_lost_is_told_the_same_before_and_after_sealing(made, tmp_path, capsys):
    path = record(tmp_path / "logs", *made.events(samples=500))
    change(path, path.read_bytes().index(made.block(250)) + 20)
    lost = "lost: 5 samples"
    assert lost in call(capsys, "logs", "show", "last")[1]
    assert call(capsys, "logs", "seal")[0] == 0
    for command in (["logs", "show", "last"], ["logs", "verify"], ["check", "last"]):
        assert lost in call(capsys, *command)[1], command
    assert catalogue.entries(tmp_path / "logs")[0].lost == 5


def test_one_that_is_being_recorded_is_told_from_one_that_was_cut_off(made, tmp_path):
    logs = tmp_path / "logs"
    recorder = Recorder(logs)
    for happened in made.events():
        recorder.take(happened)
    assert [each.state for each in catalogue.entries(logs)] == [entry.RECORDING]
    recorder._writer.close()  # as the system does it when the recorder is killed: the file itself does not change
    assert [each.state for each in catalogue.entries(logs)] == [entry.CUT_OFF]


def test_one_that_was_closed_and_not_sealed_says_so(recorded):
    assert [each.state for each in catalogue.entries()] == [entry.NOT_SEALED]
