"""`check --explain`: the numbers that decided at a moment."""

import json
from itertools import pairwise

import pytest
from gradsock.analysis.check import check
from gradsock.analysis.evidence import REASONS, worded
from gradsock.analysis.explain import explain
from gradsock.errors import AnalysisError, UsageError
from gradsock.period import between
from sock import faults, reducer

STATES = ("OK", "ABSENT", "OPEN", "SHORT", "SATURATED", "STUCK", "NOISY", "LOOSE")

PRESCRIPTION = "custom:ankle=14-22,calf=0.6-0.9,knee=0.35-0.6,profile=graduated"


@pytest.fixture
def folded(tmp_path):
    """18 / 14 / 8 mmHg, the knee at 16 from 120 s on."""
    lines = ["t_s,ankle,calf,knee"]
    for i in range(200 * 5):
        knee = 8.0 if i < 600 else 16.0
        lines.append(f"{i / 5:.1f},{18 + i % 3 / 10:.2f},{14 + i % 2 / 10:.2f},{knee + i % 5 / 10:.2f}")
    path = tmp_path / "folded.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_before_a_fold_the_levels_are_those_known(folded):
    told = explain(folded, 110, prescription=PRESCRIPTION)
    knee = told.sites[2]
    assert (told.verdict, told.findings) == ("good", ())
    assert knee.baseline_mmHg == pytest.approx(8.2, abs=0.2)
    assert knee.known_mmHg is not None


def test_in_a_fold_baseline_and_pressure_stand_side_by_side(folded):
    told = explain(folded, 190, prescription=PRESCRIPTION)
    knee = told.sites[2]
    assert told.verdict == "fold"
    assert knee.mean_mmHg == pytest.approx(16.2, abs=0.2)
    assert knee.baseline_mmHg == pytest.approx(8.2, abs=0.2)
    assert "fold at the knee" in told.findings[0]
    assert told.lines()[0] == "at 190 s: fold"


@pytest.mark.parametrize("since_s", [0.0, 0.13])
def test_the_verdict_of_a_moment_is_that_of_the_table(folded, since_s):
    lines = [line.partition(",") for line in folded.read_text().splitlines()[1:]]
    folded.write_text("t_s,ankle,calf,knee\n" + "".join(f"{float(t) + since_s:.2f},{rest}\n" for t, _, rest in lines))
    spans = check(folded, prescription=PRESCRIPTION).verdicts
    assert [span.verdict for span in spans] == ["not worn", "settling", "good", "fold"]
    for before, span in pairwise(spans):
        told = explain(folded, span.start_s, prescription=PRESCRIPTION)
        assert (told.t_s, told.verdict) == (span.start_s, span.verdict)
        assert explain(folded, span.start_s - 0.01, prescription=PRESCRIPTION).verdict == before.verdict
    assert explain(folded, "fold", prescription=PRESCRIPTION).t_s == spans[-1].start_s


def test_a_sensor_that_stands_still_for_the_steps_it_is_written_in_is_told_of(tmp_path):
    """Whole mmHg, 25 a second: all of them move, but the ankle not from 120 s to 123 s."""
    lines = ["t_s,ankle,calf,knee"]
    for i in range(180 * 25):
        ankle = 18 if 3000 <= i < 3075 else 18 + i % 2
        lines.append(f"{i / 25:.2f},{ankle},{14 + i % 2},{8 + i % 3 // 2}")
    path = tmp_path / "whole.csv"
    path.write_text("\n".join(lines) + "\n")
    checked = check(path, prescription=PRESCRIPTION)
    (span,) = [span for span in checked.verdicts if span.verdict == "inconclusive"]
    (note,) = [note for note in checked.notes if "stood still" in note]
    assert note.startswith(f"{span.end_s - span.start_s:.0f} second")
    assert note.endswith("readings in steps of 1 mmHg look like that")
    told = explain(path, span.start_s, prescription=PRESCRIPTION)
    assert [site.why for site in told.sites] == ["not trusted: has not moved for 2 s while the others did", "", ""]
    assert "ankle  now - (not trusted: has not moved for 2 s while the others did), " in told.lines()[2]
    assert explain(path, span.end_s, prescription=PRESCRIPTION).sites[0].why == ""
    assert explain(path, 0.5, prescription=PRESCRIPTION).sites[0].why == ""  # no second is over


def test_a_site_that_is_not_read_is_told_of(tmp_path):
    path = tmp_path / "two.csv"
    path.write_text("t_s,ankle,calf,knee\n" + "".join(f"{i / 5:.1f},{18 + i % 3 / 10},,8\n" for i in range(300)))
    assert explain(path, 30, prescription=PRESCRIPTION).sites[1].why == "not read"


def test_a_moment_outside_of_the_recording_is_refused(folded):
    for at in (9999, -1, 200.5):
        with pytest.raises(AnalysisError, match="lies outside of the recording: it goes from 0 to 200 s"):
            explain(folded, at, prescription=PRESCRIPTION)
    for at in (float("nan"), "nan", "inf"):
        with pytest.raises(UsageError, match="is no moment"):
            explain(folded, at, prescription=PRESCRIPTION)
    assert explain(folded, 200, prescription=PRESCRIPTION).verdict == "fold"


def test_a_moment_is_written_as_findings_tell_it(folded):
    for at in ("190", "3:10", "0:03:10"):
        assert explain(folded, at, prescription=PRESCRIPTION).t_s == 190
    with pytest.raises(AnalysisError, match="a time is written 329 or 5:29"):
        explain(folded, "3:75", prescription=PRESCRIPTION)


@pytest.mark.parametrize("text", ["300-360", "5m-6m", "5:00-6:00", "0:05:00-0:06:00"])
def test_a_span_is_written_as_findings_tell_it(text):
    assert between(text) == (300, 360)


def test_a_finding_is_explained_as_it_was_said(folded):
    for asked in ("fold", "fold:knee"):
        told = explain(folded, asked, prescription=PRESCRIPTION)
        assert 120 < told.t_s <= 140
        assert told.verdict == "fold"
        (fold,) = check(folded, prescription=PRESCRIPTION).findings
        said = f"notice fold at the knee: when said, at 2:{fold.notified_s - 120:02.0f}: pressure 1"
        assert told.findings[0].startswith(said)
        assert explain(folded, 199, prescription=PRESCRIPTION).findings == told.findings  # it is dated, not of now
        assert told.findings[0].endswith("baseline 8.2 mmHg")
    with pytest.raises(AnalysisError, match="there is no finding 'bunching:calf' in it: fold:knee"):
        explain(folded, "bunching:calf", prescription=PRESCRIPTION)


def test_it_is_json_too(folded):
    told = json.loads(json.dumps(explain(folded, 190, prescription=PRESCRIPTION).as_dict()))
    assert told["schema"] == 1
    assert (told["t_s"], told["verdict"], told["sites"][2]["site"]) == (190.0, "fold", "knee")


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        ({"reason": 4}, "stuck"),
        ({"reason": 99}, "reason 99"),
        ({"pressure_cmmHg": 1620, "below_cmmHg": 1400}, "pressure 16.2 mmHg, the site below 14.0 mmHg"),
    ],
)
def test_evidence_is_told_in_words(evidence, words):
    assert worded(evidence) == words


def test_every_reason_that_a_sensor_is_at_fault_has_a_name():
    named = {value for of in (reducer, faults) for name, value in vars(of).items() if name.lstrip("_") in STATES}
    assert sorted(named) == list(range(len(REASONS)))


def test_a_prescription_that_makes_no_sense_is_refused(folded):
    with pytest.raises(AnalysisError):
        explain(folded, 1, prescription="ral:XII")
