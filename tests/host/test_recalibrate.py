"""An old recording under a newer calibration: another one beside it, zeros included; the old one stays as it was."""

import json

import gradsock
import pytest
from gradsock import cli
from gradsock.calibrate.again import recalibrate
from gradsock.calibrate.files import file_of, keep
from gradsock.errors import CalibrateError
from gradsock.link import BlockReceived, InfoRead
from gradsock.log import layout
from gradsock.log.frames import Kind
from gradsock.log.recorder import Recorder
from gradsock.log.verify import verify
from gradsock.view.recorded import describe
from sock import SITES, event, zero
from sock.calibration import Q14, Calibration
from sock.event_reader import KIND_NAMES

STEEPER = Calibration("newer", (((0, 0), (Q14, 9000)),) * 3)
CREEPING = Calibration("creeping", (((0, 0), (Q14, 9000)),) * 3, (600, 600, 0), ((900, 900, 900),) * 3)
TARED_AT = 250  # index


@pytest.fixture
def newer(tmp_path):
    file = tmp_path / "newer.json"
    file.write_text(STEEPER.to_json())
    return file


def record(made, *, tared=False, seal=False):
    recorder = Recorder()
    for happened in made.events(samples=500):
        if tared and isinstance(happened, BlockReceived) and happened.data == made.block(TARED_AT):
            packed = zero.pack(1000 + 40 * TARED_AT, [300, 0, -300])
            (part,) = event.context_parts(packed, 240)
            recorder.take(BlockReceived(event.encode_event(event.TARE, made.boot, 9, 11_000, part), made.t0_us))
        recorder.take(happened)
    recorder.close()
    if seal:
        recorder.seal()
    return recorder.path


@pytest.mark.parametrize("seal", [False, True])
def test_it_is_read_by_the_newer_calibration_and_the_old_one_stays(made, newer, seal):
    path = record(made, seal=seal)
    before = path.read_bytes()
    derived = recalibrate(path, newer)
    assert path.read_bytes() == before
    old, new = gradsock.open(path), gradsock.open(derived)
    assert new.id == f"{old.id}-cal2"
    assert (new.session["derived_from"], new.calibration.id) == (old.id, "newer")
    assert new.counts["calf"].tolist() == old.counts["calf"].tolist()
    assert new.utc_us.tolist() == old.utc_us.tolist()
    for channel, site in enumerate(SITES[:2]):
        expected = [STEEPER.pressure_cmmHg(channel, made.counts(i)[channel], 24000) / 100 for i in range(500)]
        assert new.pressure_mmHg[site].tolist() == expected
    assert verify(derived).sound
    assert recalibrate(path, newer).stem == f"{old.id}-cal3"
    assert recalibrate(derived, newer).stem == f"{new.id}-cal2"


def test_zeros_that_were_taken_hold_under_it_too(made, newer):
    path = record(made, tared=True)
    old, new = gradsock.open(path), gradsock.open(recalibrate(path, newer))
    assert [KIND_NAMES[happened.kind] for happened in new.events] == ["tare"]
    for recording, calibration in ((old, made.calibration), (new, STEEPER)):
        moved = Calibration("moved", calibration.knots)
        zero.set_rest(moved, [300, 0, -300])
        for channel, site in enumerate(SITES[:2]):
            for index in (0, TARED_AT - 1, TARED_AT, 499):
                by = moved if index >= TARED_AT else calibration
                expected = by.pressure_cmmHg(channel, made.counts(index)[channel], 24000) / 100
                assert recording.pressure_mmHg[site][index] == expected


def test_a_calibration_that_knows_creep_takes_it_off(made, tmp_path):
    file = tmp_path / "creeping.json"
    file.write_text(CREEPING.to_json())
    new = gradsock.open(recalibrate(record(made), file))
    raw = [CREEPING.pressure_cmmHg(0, made.counts(i)[0], 24000) / 100 for i in range(500)]
    assert new.pressure_mmHg["ankle"][:20].tolist() == raw[:20]
    assert new.pressure_mmHg["ankle"][-1] < raw[-1] - 0.1


def test_what_does_not_fit_is_refused_and_leaves_nothing(made, tmp_path, newer):
    path = record(made)
    two = tmp_path / "two.json"
    two.write_text(Calibration("two", STEEPER.knots[:2]).to_json())
    with pytest.raises(CalibrateError, match=r"two has 2 curves, .* has 3 sensors"):
        recalibrate(path, two)
    other = tmp_path / "other.json"
    other.write_text(json.dumps(json.loads(STEEPER.to_json()) | {"serial": "OTHERONE"}))
    with pytest.raises(CalibrateError, match=r"newer is of sock OTHERONE, .* of TESTSOCK"):
        recalibrate(path, other)
    with pytest.raises(CalibrateError, match="cannot read"):
        recalibrate(path, tmp_path / "none.json")
    assert len(layout.files()) == 1


def test_the_command(made, newer, capsys):
    path = record(made)
    assert cli.run(["recalibrate", "last", "--calibration", str(newer)]) == 0
    said = capsys.readouterr().out
    assert said.startswith(
        f"{path.stem}-cal2: {path.stem} under newer; {path.stem} stays\nmedian pressure in mmHg: ankle"
    )
    assert cli.run(["recalibrate", path.stem, "--calibration", str(newer), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["derived_from"] == path.stem
    assert said["median_mmHg"]["calf"]["after"] == pytest.approx(1.5 * said["median_mmHg"]["calf"]["before"], rel=0.01)


def test_the_artefact_of_the_sock_s_calibration_is_in_every_recording_of_it(made, tmp_path):
    how = {"made": "2026-11-22T19:00", "operator": "Ada", "method": "cuff", "reference_uncertainty_mmHg": 0.6}
    whole = how | {"calibration": 1, "artefact": 1, "id": "test", "knots": [[[0, 0], [Q14, 6000]]] * 3}
    file = tmp_path / "elsewhere.json"
    file.write_text(json.dumps(whole))
    keep(file)
    assert file_of("test").exists()
    recording = gradsock.open(record(made))
    (kept,) = [json.loads(r.payload) for r in recording.contents.records if r.kind == Kind.ARTEFACT]
    assert (kept["id"], kept["operator"]) == ("test", "Ada")
    assert "calibrated   2026-11-22 by Ada, cuff, reference known to 0.6 mmHg" in describe(recording)


@pytest.mark.parametrize("id", ["../../etc/passwd", "unknown", None, 7, "", "a" * 40])
def test_an_id_that_is_no_artefact_s_brings_nothing(made, id):
    recorder = Recorder()
    recorder.take(InfoRead(made.info(calibration=id), made.t0_us))
    for happened in list(made.events())[1:]:
        recorder.take(happened)
    recorder.close()
    assert not [r for r in gradsock.open(recorder.path).contents.records if r.kind == Kind.ARTEFACT]
