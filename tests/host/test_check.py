"""`check` asks the sock's own machine, and says what it said."""

import json
from dataclasses import replace
from itertools import pairwise

import gradsock
import pytest
from gradsock.analysis.check import check
from gradsock.analysis.checked import FoundSpan, VerdictSpan
from gradsock.errors import AnalysisError, LogError, UsageError
from gradsock.log.recorder import Recorder
from gradsock.view.checked import describe
from sock import MISSING, SITES, fit, prescription

KEYS = ["schema", "samples", "duration_s", "prescription", "descending_fraction", "verdicts", "findings"]
KEYS += ["lost", "unscanned", "damaged_bytes", "damage", "descending", "walking"]
KEYS += ["standing_minus_lying", "gaps", "moved", "settled_mmHg", "notes", "advice"]


def csv_of(path, seconds=240, fold_from=90, fold_to=180, hz=10):
    lines = ["t_s,ankle,calf,knee"]
    for i in range(seconds * hz):
        t = i / hz
        knee = 9.0 * (2.2 if fold_from <= t < fold_to else 1.0)
        lines.append(f"{t:.1f},{18 + (i % 3) * 0.1:.2f},{13.5:.2f},{knee:.2f}")
    path.write_text("\n".join(lines) + "\n")
    return path


def test_percentiles_are_of_what_was_worn_and_settled_alone(tmp_path):
    lines = ["t_s,ankle,calf,knee"]
    for i in range(6000):
        worn = 200 <= i / 10 < 550  # lying about before and after
        row = (18 + i % 3 * 0.1, 13.5 + (i % 3) // 2 * 0.1, 9.0) if worn else (0, 0, 0)
        lines.append(f"{i / 10:.1f}," + ",".join(f"{v:.2f}" for v in row))
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n")
    checked = check(tmp_path / "a.csv", prescription="custom:ankle=14-18.1")
    told = checked.as_dict()["settled_mmHg"]
    assert told == {"ankle": [18, 18.1, 18.2], "calf": [13.5, 13.5, 13.6], "knee": [9, 9, 9]}
    ankle, calf, _ = checked.settled
    assert ankle.in_band == pytest.approx(2 / 3, abs=0.02)  # and of the seconds until it is known to be off
    assert (ankle.site, calf.site) == ("ankle", "calf")


def test_the_json_has_the_shape_that_was_agreed(tmp_path):
    told = json.loads(json.dumps(check(csv_of(tmp_path / "a.csv"), prescription="custom:ankle=14-22").as_dict()))

    assert list(told) == KEYS
    assert (told["schema"], told["samples"], told["duration_s"]) == (1, 2400, 240.0)
    assert told["prescription"]["text"] == prescription.parse("custom:ankle=14-22").text
    assert told["descending_fraction"] is None or 0 <= told["descending_fraction"] <= 1
    assert all(list(span) == ["verdict", "start_s", "end_s"] for span in told["verdicts"])
    for found in told["findings"]:
        assert list(found) == ["kind", "site", "level", "start_s", "notified_s", "end_s", "evidence"]
        assert found["level"] in ("info", "notice", "warning")
        assert found["site"] in (None, *SITES)


def test_the_verdicts_cover_the_time_without_gap_or_overlap(tmp_path):
    checked = check(csv_of(tmp_path / "a.csv"))
    spans = checked.verdicts
    assert spans[0].start_s == 0.0
    assert spans[-1].end_s == checked.duration_s
    for before, after in pairwise(spans):
        assert before.end_s == after.start_s
        assert before.verdict != after.verdict


def test_it_says_what_the_machine_says(tmp_path):
    path = csv_of(tmp_path / "a.csv")
    machine, kinds = fit.FitCheck(prescription.parse("us:15-20")), set()
    for i, row in enumerate(path.read_text().splitlines()[1:]):
        cells = row.split(",")[1:]
        if machine.add(i * 100, tuple(round(float(cell) * 100) for cell in cells)):
            kinds |= {(f.kind, f.site) for f in [*machine.take_closed(), *machine.open_findings()]}

    checked = check(path, prescription="us:15-20")

    assert {(f.kind, f.site) for f in checked.findings} == kinds
    assert checked.verdicts[-1].verdict == machine.verdict
    for found in checked.findings:
        assert 0 <= found.start_s <= (found.notified_s or found.start_s) <= (found.end_s or checked.duration_s)


def test_a_recording_is_checked_as_the_sock_saw_it(recorded, made):
    recording = gradsock.open(recorded)
    checked = check(recorded)
    assert checked.samples == len(recording) == 100
    assert checked.duration_s == 4.0
    assert checked.prescription.text == "us:15-20"
    assert checked.verdicts[0].start_s == 0.0


def test_what_ended_only_just_before_the_recording_did_is_told(tmp_path):
    lines = ["t_s,ankle,calf,knee"]
    for i in range(9000):
        factor = 1.6 if 20 <= i / 5 < 1600 else 1.0  # too tight for 26 min, and right for the last three
        lines.append(f"{i / 5:.1f},{18 * factor + i % 3 * 0.1:.2f},{13.5 * factor:.2f},{9 * factor + i % 2 * 0.1:.2f}")
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n")
    checked = check(tmp_path / "a.csv", prescription="us:15-20")
    (tight,) = [found for found in checked.findings if found.kind == "over-range"]
    assert (tight.level, tight.site, checked.verdicts[-1].verdict) == ("notice", "ankle", "good")
    assert tight.end_s == pytest.approx(1610, abs=30)
    assert f"{tight.level:<8} over-range at the ankle" in describe(checked)


def test_a_level_that_came_late_is_not_taken_for_one_that_was_kept_from_the_wearer(tmp_path):
    lines = ["t_s,ankle,calf,knee"]
    for i in range(24000):
        ankle = 21.5 + 5.5 * min(1, max(0, i / 5 - 600) / 1800)  # it swells
        lines.append(f"{i / 5:.1f},{ankle + i % 3 * 0.1:.2f},{14 + i % 2 * 0.1:.2f},{9 + i % 2 * 0.1:.2f}")
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n")
    said = describe(check(tmp_path / "a.csv", prescription="us:15-20"))
    assert "notice   over-range at the ankle" in said
    assert ", at first as an info, said after" in said


def test_another_prescription_may_be_asked_for(recorded):
    assert check(recorded, prescription="ral:II").prescription.text == "ral:II"
    with pytest.raises(AnalysisError, match="prescription: unknown standard 'nix'"):
        check(recorded, prescription="nix:1")


def test_two_boots_are_two_stretches_of_one_axis(made):
    again = type(made)(boot=made.boot + 1)
    with Recorder() as recorder:
        for happened in [*made.events(samples=50), *again.events(samples=50, probes=False)]:
            recorder.take(happened)
    checked = check(recorder.path)
    assert checked.samples == 100
    assert checked.duration_s == pytest.approx(4.0)
    assert checked.verdicts[-1].end_s == pytest.approx(4.0)


def test_a_log_without_its_calibration_holds_no_pressures(made):
    from gradsock.link import BlockReceived

    with Recorder() as recorder:
        for happened in made.events():
            if not (isinstance(happened, BlockReceived) and happened.data[0] & 0xF0 == 0xE0):
                recorder.take(happened)
    with pytest.raises(AnalysisError, match="holds no calibration"):
        check(recorder.path)
    recording = gradsock.open(recorder.path)
    assert set(recording.columns.pressure_cmmHg["ankle"].tolist()) == {MISSING}


def test_what_is_not_there_is_said(tmp_path):
    with pytest.raises(LogError, match="no recording 'nix'"):
        check("nix")
    with pytest.raises(AnalysisError, match="no such file"):
        check(tmp_path / "nix.csv")


def test_a_prescription_that_nobody_named_is_said_to_be_assumed(tmp_path):
    path = csv_of(tmp_path / "a.csv")
    assert "that of a new sock, since none is named: --prescription gives another" in describe(check(path))
    assert "new sock" not in describe(check(path, prescription="ral:II"))


def test_a_long_list_is_cut_to_the_worst_and_says_so(tmp_path):
    checked = check(csv_of(tmp_path / "a.csv"))
    found = [FoundSpan("fold", "knee", "warning" if n == 90 else "info", n, n, n + 1, {}) for n in range(100)]
    verdicts = [VerdictSpan("fold" if n % 2 else "good", n, n + 1) for n in range(100)]
    told = describe(replace(checked, findings=tuple(found), verdicts=tuple(verdicts))).splitlines()
    assert "  and 60 more verdicts; --json lists them" in told
    assert "  and 80 more findings, none of them worse; --json lists them" in told
    assert sum(line.startswith("  warning") for line in told) == 1
    assert sum(line.startswith("  info") for line in told) == 19


@pytest.mark.parametrize(
    ("head", "line", "said"),
    [
        ("# by me", "0,1,2,3", "take out the lines of comment"),
        ("t_s,ankle,calf,knee,note", "0,1,2,3,x", "take out its other columns, note"),
        ("t_s,ankle,calf,knee", "0,nan,2,3", "leave the cell empty where there is no reading"),
    ],
)
def test_what_others_write_into_a_csv_is_told_how_to_mend(tmp_path, head, line, said):
    (tmp_path / "a.csv").write_text(f"{head}\n{line}\n")
    with pytest.raises(AnalysisError, match=said):
        check(tmp_path / "a.csv")


@pytest.mark.parametrize("ending", ["csv", "edf", "parquet", "gslog"])
def test_an_empty_file_is_called_so(tmp_path, ending):
    file = tmp_path / f"a.{ending}"
    file.touch()
    with pytest.raises((AnalysisError, LogError), match="it is empty"):
        check(file)


def test_what_a_recording_lacks_is_said(made):
    from gradsock.log.recorder import Recorder

    with Recorder(moniker="ble:made") as recorder:
        for happened in made.events(samples=1000, drop=set(range(400, 600, 5))):
            recorder.take(happened)
    data = bytearray(recorder.path.read_bytes())
    data[-600] ^= 1
    recorder.path.write_bytes(data)
    checked = check(recorder.path)
    told = checked.as_dict()
    assert told["lost"] >= 200
    assert told["damaged_bytes"] > 0
    assert f"not whole: {told['lost']} samples lost, {told['damaged_bytes']} bytes damaged" in describe(checked)
    assert not [span for span in checked.verdicts if span.start_s < 18 < span.end_s]  # in the middle of the gap
    assert check(f"replay:{recorder.id}").samples == checked.samples


@pytest.mark.parametrize("what", [None, 5])
def test_what_is_no_recording_is_said_so(what):
    with pytest.raises(UsageError, match=f"{what} is no recording: say its id or file"):
        check(what)
