"""What `check` makes of recordings that are not as one would wish: gaps, restarts, odd rates, lost sensors."""

import math
from array import array
from itertools import pairwise

import gradsock
import numpy as np
import pytest
from gradsock.analysis.check import check
from gradsock.analysis.csv_file import LONG_BYTES, _at_once, read_csv
from gradsock.analysis.explain import explain
from gradsock.errors import AnalysisError
from gradsock.link import BlockReceived, InfoRead
from gradsock.link.csv_replay import IDENTITY, REFERENCE_COUNTS, _counts
from gradsock.log.recorder import Recorder
from gradsock.log.seal import seal
from gradsock.view.checked import advice_on, describe
from hypothesis import given
from hypothesis import strategies as st
from sock import MISSING, block, event
from sock.fit import FitCheck
from sock.header import UNSCANNED
from sock.prescription import parse

from tests.host import own_check

SIGEL = "custom:ankle=14-22,calf=0.6-0.9,knee=0.35-0.6,profile=graduated"


def rows(seconds, hz=10, knee=8.0, start_s=0.0, seed=1, sites=(18.0, 14.0)):
    """18 / 14 / 8 mmHg with noise."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 0.3, (round(seconds * hz), 3))
    levels = np.array([*sites, knee])
    return [(start_s + i / hz, *(levels + noise[i])) for i in range(len(noise))]


def write(path, lines):
    text = "".join(f"{t:.3f}," + ",".join("" if p is None else f"{p:.2f}" for p in ps) + "\n" for t, *ps in lines)
    path.write_text("t_s,ankle,calf,knee\n" + text)
    return path


def verdicts(checked):
    """In their order, but the seconds before anything is known to be worn."""
    told = [span.verdict for span in checked.verdicts]
    return told[1:] if told[0] == "not worn" else told


def kinds(checked, *levels):
    return [(f.kind, f.site) for f in checked.findings if f.level in (levels or ("notice", "warning"))]


def test_a_gap_shorter_than_ten_seconds_changes_nothing(tmp_path):
    path = write(tmp_path / "a.csv", rows(120) + rows(60, start_s=128, knee=16.0, seed=2))
    checked = check(path, prescription=SIGEL)
    assert kinds(checked) == [("fold", "knee")]
    assert [(gap.start_s, gap.end_s, gap.boot) for gap in checked.gaps] == [(120.0, 128.0, False)]
    assert verdicts(checked) == ["settling", "good", "good", "fold"]


def test_after_a_gap_of_minutes_the_baseline_stands_and_nothing_is_said_of_the_gap(tmp_path):
    path = write(tmp_path / "a.csv", rows(120) + rows(60, start_s=240, knee=16.0, seed=2))
    checked = check(path, prescription=SIGEL)
    assert kinds(checked) == [("fold", "knee")]
    assert not [span for span in checked.verdicts if span.start_s < 180 < span.end_s]
    assert "the baselines stay" in "\n".join(explain(path, 200, prescription=SIGEL).lines())


@pytest.mark.parametrize("gap_s", [4.3, 120, 3600.7])
def test_table_and_explanation_agree_on_both_sides_of_a_gap(tmp_path, gap_s):
    path = write(tmp_path / "a.csv", rows(120) + rows(60, start_s=120 + gap_s, knee=16.0, seed=2))
    spans = check(path, prescription=SIGEL).verdicts
    assert len(spans) > 3
    for span in spans:
        for at_s in (span.start_s, span.start_s + 0.5, span.end_s - 0.01):
            assert explain(path, at_s, prescription=SIGEL).verdict == span.verdict, at_s


def test_after_a_gap_of_an_hour_it_is_judged_anew(tmp_path):
    path = write(tmp_path / "a.csv", rows(120) + rows(100, start_s=3720, knee=16.0, seed=2))
    checked = check(path, prescription=SIGEL)
    assert kinds(checked) == []
    after = [span.verdict for span in checked.verdicts if span.end_s > 3720]
    assert after[0] in ("good", "not worn")  # the second before the gap is complete with the first sample after it
    assert "settling" in after
    assert after[-1] == "inconclusive"
    assert "judged anew" in "\n".join(explain(path, 2000, prescription=SIGEL).lines())


def test_a_sensor_that_dies_and_comes_back_is_a_sensor_and_the_rest_is_judged(tmp_path):
    lines = rows(120)
    lines += [(t, a, None, k) for t, a, _, k in rows(60, start_s=120, seed=2)]
    lines += rows(60, start_s=180, seed=3) + rows(60, start_s=240, knee=16.0, seed=4)
    checked = check(write(tmp_path / "a.csv", lines), prescription=SIGEL)
    fault, fold = (f for f in checked.findings if f.level != "info")
    assert (fault.kind, fault.site, fold.kind, fold.site) == ("sensor-fault", "calf", "fold", "knee")
    assert fault.notified_s <= 130
    assert 180 <= fault.end_s <= 190


def test_a_few_missing_values_are_not_a_fault(tmp_path):
    lines = [(t, a, c, None if 60 <= t % 97 < 60.45 else k) for t, a, c, k in rows(300)]
    assert kinds(check(write(tmp_path / "a.csv", lines), prescription=SIGEL)) == []


@pytest.mark.parametrize("hz", [1, 2, 100])
def test_a_fold_is_found_at_any_rate(tmp_path, hz):
    path = write(tmp_path / "a.csv", rows(120, hz) + rows(60, hz, start_s=120, knee=16.0, seed=2))
    checked = check(path, prescription=SIGEL)
    assert kinds(checked) == [("fold", "knee")]
    assert checked.duration_s == 180
    assert any("one reading a second" in note for note in checked.notes) == (hz == 1)
    assert any("fewer than 10 readings" in note for note in checked.notes) == (hz < 10)


def test_less_than_a_reading_a_second_is_refused(tmp_path):
    with pytest.raises(AnalysisError, match=r"a reading every 5 s: the fit check needs one a second at least"):
        check(write(tmp_path / "slow.csv", rows(300, 0.2)))


def test_half_a_minute_is_too_short_for_a_word_about_the_leg(tmp_path):
    checked = check(write(tmp_path / "a.csv", rows(30)), prescription=SIGEL)
    assert (checked.descending, kinds(checked, "info", "notice", "warning")) == (None, [])
    assert any("shorter than 60 s" in note for note in checked.notes)


@pytest.mark.parametrize(("of", "told"), [(7.5, True), (1.0, False)], ids=["kPa", "mmHg"])
def test_readings_in_another_unit_are_told_of(tmp_path, of, told):
    lines = [(t, *(p / of for p in pressures)) for t, *pressures in rows(90)]
    notes = check(write(tmp_path / "a.csv", lines), prescription=SIGEL).notes
    assert (
        any(note.startswith("readings never exceed 5 mmHg: ") and "mmHg are expected" in note for note in notes) == told
    )


@pytest.mark.parametrize(
    ("ankle_mmHg", "of", "told"),
    [
        (45.0, 7.5, True),
        (50.0, 7.5, True),
        (45.0, 1.0, False),
        (8.0, 1.0, False),
        (10.0, 1.0, False),
        (15.0, 1.0, False),
    ],
)
def test_a_tight_sock_in_kPa_is_told_from_a_loose_one(tmp_path, ankle_mmHg, of, told):
    lines = [(t, *(p * ankle_mmHg / 18.0 / of for p in pressures)) for t, *pressures in rows(120)]
    path = write(tmp_path / "a.csv", lines)
    for prescription in (SIGEL, "ral:II", "ral:III", "us:8-15"):
        notes = [note for note in check(path, prescription=prescription).notes if "mmHg are expected" in note]
        assert bool(notes) == (told and prescription != "us:8-15"), prescription
        assert all(f"in kPa would be a sock of {ankle_mmHg:.0f} mmHg" in note for note in notes)


def test_a_sock_as_loose_as_none_is_told_from_one_in_kPa_by_its_strides(tmp_path):
    still = [(t, *(p / 3 for p in pressures)) for t, *pressures in rows(120)]
    strides = [(t, a + 3 * math.sin(6 * t), c, k) for t, a, c, k in still]
    notes = check(write(tmp_path / "a.csv", strides), prescription=SIGEL).notes
    assert not any("mmHg are expected" in note for note in notes)


def test_one_reading_is_no_verdict(tmp_path):
    checked = check(write(tmp_path / "a.csv", rows(0.1)))
    assert (checked.samples, checked.verdicts, checked.findings, checked.advice) == (1, (), (), "")


@pytest.mark.parametrize("wanted", ["ral:XII", "custom:ankle=30-20", "custom:ankle=14-22,calf=1.2-1.4", "us", ""])
def test_a_prescription_that_makes_no_sense_is_refused_with_its_reason(tmp_path, wanted):
    with pytest.raises(AnalysisError, match=r"^prescription: .{10}") as refused:
        check(write(tmp_path / "a.csv", rows(5)), prescription=wanted)
    assert "\n" not in str(refused.value)


# Slots in which nobody looked, restarts, and where the sock's own check stood


@pytest.mark.parametrize("sealed", [False, True])
@pytest.mark.parametrize("flags", [0, UNSCANNED], ids=["nothing answered", "nobody looked"])
def test_a_second_in_which_the_sock_was_busy_is_a_gap_and_no_fault(made, flags, sealed):
    lines = rows(120, 25)
    blank = [(t, None, None, None) for t, *_ in lines[2000:2075]]
    path = recording_of(made, lines[:2000] + blank + lines[2075:], flags=flags)
    if sealed:
        (path,) = seal(path)
    checked = check(path, prescription=SIGEL)
    assert ("sensor-fault" in {kind for kind, _ in kinds(checked)}) == (flags == 0)
    assert [(gap.start_s, gap.end_s) for gap in checked.gaps] == ([] if flags == 0 else [(80.0, 83.0)])
    account = gradsock.open(path).account
    assert (account.unread, account.unscanned) == ((0, 75) if flags else (75, 0))


def recording_of(made, lines, boots=(0,), states=None, first=0, silence=(0, 0), flags=0):
    """A recording of these pressures at 25 Hz from one line on; boots begin at these lines, states were told there."""
    with Recorder(moniker="ble:made") as recorder:
        for number, begin in enumerate(boots):
            end = boots[number + 1] if number + 1 < len(boots) else len(lines)
            sock = type(made)(boot=made.boot + number)
            recorder.take(InfoRead(sock.info(), made.t0_us))
            own_check.tell(recorder, sock, event.CONTEXT_CALIBRATION, IDENTITY.pack())
            own_check.tell_states(recorder, sock, states)
            for at in range(max(first, begin), end, 5):
                if silence[0] <= at < silence[1]:
                    continue
                encoder = block.BlockEncoder(3, 240)
                ticks_ms = round(1000 * lines[at][0])
                encoder.begin(sock.boot, at - begin, ticks_ms, 40, REFERENCE_COUNTS, (1, 1, 1), flags)
                for _, *pressures in lines[at : min(at + 5, end)]:
                    counts = [MISSING if p is None else _counts(round(100 * p)) for p in pressures]
                    assert encoder.add(array("h", counts))
                recorder.take(BlockReceived(bytes(encoder.finish()), made.t0_us))
    return recorder.path


def test_a_restart_in_the_middle_ends_what_was_found_and_begins_anew(made):
    lines = rows(120, 25) + rows(60, 25, start_s=120, knee=16.0, seed=2)
    lines += rows(100, 25, start_s=5, knee=16.0, seed=3)
    checked = check(recording_of(made, lines, (0, 180 * 25)), prescription=SIGEL)
    fold = next(f for f in checked.findings if f.kind == "fold")
    assert fold.end_s == pytest.approx(180, abs=0.1)
    after = [span.verdict for span in checked.verdicts if span.start_s >= fold.end_s]
    assert after[:2] == ["not worn", "settling"]
    assert after[-1] == "inconclusive"  # folded from the moment that it was heard of again: nobody can tell
    assert any("2 starts" in note for note in checked.notes)
    assert checked.duration_s == pytest.approx(280)


def test_a_host_clock_that_was_set_back_moves_no_start_before_an_earlier_one(made):
    """Both starts are dated to the same moment by their probes."""
    again = type(made)(boot=made.boot + 1)
    with Recorder(moniker="ble:made") as recorder:
        for happened in [*made.events(samples=250), *again.events(samples=250)]:
            recorder.take(happened)
    checked = check(recorder.path)
    assert checked.duration_s == pytest.approx(20.0)
    for before, after in pairwise(checked.verdicts):
        assert before.end_s <= after.start_s
    assert checked.verdicts[-1].end_s == pytest.approx(20.0)


def streamed(recording):
    """A sock's own check over the samples of a recording: all it found, and its state before some of them."""
    machine = FitCheck(parse(SIGEL))
    sites = np.stack([recording.columns.pressure_cmmHg[site] for site in recording.sites], axis=1)
    return machine, *own_check.streamed(machine, recording.ticks_ms, sites, JOINED)


JOINED = (25 * 100 + 10, 25 * 200, 25 * 235 + 24)


@pytest.fixture(scope="module")
def folded():
    lines = rows(180, 25) + rows(60, 25, start_s=180, knee=16.0, seed=2) + rows(60, 25, start_s=240, seed=3)
    return lines + rows(60, 25, start_s=300, knee=16.0, seed=4)


@pytest.mark.parametrize("joined", JOINED)
def test_a_log_that_begins_in_the_middle_finds_what_the_sock_found(made, folded, joined):
    machine, found, states = streamed(gradsock.open(recording_of(made, folded)))
    checked = check(recording_of(made, folded, states={joined: states[joined]}, first=joined), prescription=SIGEL)
    offset_s = joined / 25
    later = [f for f in found if f.end_ms is None or f.end_ms > 1000 * offset_s]
    assert [(f.kind, f.level, f.evidence) for f in checked.findings] == [(f.kind, f.level, f.evidence) for f in later]
    assert len(later) == (1 if joined > 25 * 240 else 2)
    for mine, theirs in zip(checked.findings, later, strict=True):
        assert mine.start_s + offset_s == pytest.approx(theirs.start_ms / 1000)
        assert mine.notified_s + offset_s == pytest.approx(theirs.notified_ms / 1000)
    assert checked.verdicts[-1].verdict == machine.verdict == "fold"
    assert checked.verdicts[0].verdict in ("good", "fold")  # and not as if it had just been put on


def test_states_that_are_told_on_the_way_change_nothing(made, folded):
    path = recording_of(made, folded)
    _, _, states = streamed(gradsock.open(path))
    plain, told = check(path, prescription=SIGEL), check(recording_of(made, folded, states=states), prescription=SIGEL)
    assert (told.findings, told.verdicts, told.descending) == (plain.findings, plain.verdicts, plain.descending)


def test_what_comes_after_a_silence_is_not_said_of_the_silence(made, folded):
    _, _, states = streamed(gradsock.open(recording_of(made, folded)))
    back = JOINED[1]
    path = recording_of(made, folded, states={back: states[back]}, silence=(25 * 150, back))
    checked = check(path, prescription=SIGEL)
    assert [(gap.start_s, gap.end_s) for gap in checked.gaps] == [(150.0, 200.0)]
    assert not [span for span in checked.verdicts if span.start_s < 175 < span.end_s]
    assert [span.verdict for span in checked.verdicts if span.start_s <= 200 < span.end_s] == ["fold"]
    assert [f.start_s for f in checked.findings][:1] == [pytest.approx(180, abs=2)]  # in the silence


def test_a_state_of_another_firmware_is_no_state(made, folded):
    _, _, states = streamed(gradsock.open(recording_of(made, folded)))
    joined = JOINED[1]
    broken = states[joined][:-1] + b"\x05"
    checked = check(recording_of(made, folded, states={joined: broken}, first=joined), prescription=SIGEL)
    assert checked.verdicts[0].verdict != "fold"
    assert any("of another version" in note for note in checked.notes)


# CSV


@given(st.lists(st.tuples(*[st.one_of(st.none(), st.floats(-300, 300))] * 3), min_size=1, max_size=30))
def test_both_readers_of_a_csv_read_the_same(tmp_path_factory, pressures):
    path = write(tmp_path_factory.mktemp("csv") / "a.csv", [(i / 7, *ps) for i, ps in enumerate(pressures)])
    fast, slow = _at_once(path), read_csv(path)
    assert fast is not None
    assert fast.t_ms.tolist() == slow.t_ms.tolist()
    assert fast.pressures_cmmHg.tolist() == slow.pressures_cmmHg.tolist()


@pytest.mark.parametrize("wrong", ["nan,1,2,3", "9999999,x,2,3", "9999999,1,2", "9999999,1,2,301", ",1,2,3", "0,1,2,3"])
def test_in_a_long_file_too_the_line_is_named(tmp_path, wrong):
    line = "{:.2f},18.00,14.00,8.00\n"
    count = LONG_BYTES // 20
    path = tmp_path / "long.csv"
    path.write_text("t_s,ankle,calf,knee\n" + "".join(line.format(i / 25) for i in range(count)) + wrong + "\n")
    assert path.stat().st_size >= LONG_BYTES
    with pytest.raises(AnalysisError, match=f"line {count + 2}: "):
        read_csv(path)


def test_marks_of_byte_order_and_other_line_ends_are_read(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbft_s, ankle,calf,knee\r\n0,18,14,8\r\n\r\n1,18, ,8\r\n")
    assert read_csv(path).pressures_cmmHg.tolist() == [[1800, 1400, 800], [1800, MISSING, 800]]


# What to do


def test_a_little_above_its_band_the_end_says_nothing_that_the_finding_does_not(tmp_path):
    checked = check(write(tmp_path / "a.csv", rows(150, knee=20.0, sites=(34.0, 25.0))), prescription="ral:II")
    (found,) = checked.findings
    assert (checked.verdicts[-1].verdict, found.kind, found.level, found.end_s) == ("good", "over-range", "info", None)
    assert checked.advice == advice_on(found)
    assert checked.advice.startswith("The ankle is pressed somewhat more than prescribed: nothing to do now")


def test_far_above_its_band_it_says_what_to_do(tmp_path):
    checked = check(write(tmp_path / "a.csv", rows(200, knee=24.0, sites=(43.0, 30.0))), prescription="ral:II")
    assert checked.verdicts[-1].verdict == "too tight"
    assert "take the sock off" in checked.advice


def test_a_fold_in_a_sock_that_is_too_tight_is_told_beside(tmp_path):
    tight = {"sites": (43.0, 30.0)}
    lines = rows(200, knee=16.0, **tight) + rows(120, knee=38.0, start_s=200, seed=2, **tight)
    path = write(tmp_path / "a.csv", lines)
    checked = check(path, prescription="ral:II")
    (fold,) = [found for found in checked.findings if found.kind == "fold"]
    *_, last = checked.verdicts
    assert (last.verdict, fold.site, fold.end_s) == ("too tight", "knee", None)
    beside = f"also: {fold.level} fold at the knee"
    assert checked.advice.endswith(f"check its size and class. A{beside[1:]}.")
    told = describe(checked).splitlines()
    assert sum(line.endswith(f"  too tight, {beside}") for line in told) == 1
    assert told[-1] == f"at the end: {checked.advice}"
    assert explain(path, 319, prescription="ral:II").lines()[0].endswith(f" s: too tight, {beside}")
    before = explain(path, 190, prescription="ral:II").lines()[0]
    assert before.endswith("s: too tight")


def test_what_was_said_before_a_long_gap_is_not_said_behind_it(tmp_path):
    lines = rows(300) + rows(120, start_s=1600.0)
    told = check(write(tmp_path / "wear.csv", lines), prescription=SIGEL).verdicts
    behind = next(span for span in told if span.start_s >= 1600)
    assert told[told.index(behind) - 1].verdict == "good"
    assert behind.verdict != "good"
