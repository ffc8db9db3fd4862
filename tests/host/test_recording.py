"""What a link told is what a recording gives back."""

import json

import gradsock
import numpy as np
import pytest
from gradsock.errors import LogError, WrongSock
from gradsock.link import BlockDoubled, BlockReceived, InfoRead
from gradsock.log import frames, layout
from gradsock.log.frames import Kind, Record
from gradsock.log.recorder import Recorder
from gradsock.log.seal import seal
from gradsock.log.timeline import UNDATED
from gradsock.log.verify import verify
from gradsock.view.recorded import describe
from sock import MISSING, SITES, event, warmth
from sock.header import UNSCANNED

from tests.host.log_bench import encoded, fetched, live, said


def record(events):
    with Recorder() as recorder:
        for happened in events:
            recorder.take(happened)
    return recorder


def test_every_sample_comes_back_with_its_identity(made):
    recording = gradsock.open(record(made.events(samples=500)).path)

    assert len(recording) == 500
    assert recording.index.tolist() == list(range(500))
    assert set(recording.boot.tolist()) == {made.boot}
    assert recording.ticks_ms.tolist() == [1000 + 40 * i for i in range(500)]
    for channel, site in enumerate(SITES):
        assert recording.counts[site].tolist() == [made.counts(i)[channel] for i in range(500)]


def test_pressure_is_the_socks_own_arithmetic(made):
    recording = gradsock.open(record(made.events(samples=500)).path)

    for channel, site in enumerate(SITES):
        expected = [made.calibration.pressure_cmmHg(channel, made.counts(i)[channel], 24000) for i in range(500)]
        read = recording.pressure_mmHg[site]
        assert np.isnan(read).tolist() == [p == MISSING for p in expected]
        assert np.nan_to_num(read).tolist() == [0 if p == MISSING else p / 100 for p in expected]


def test_time_comes_from_the_probes_and_not_from_arrival(made):
    recording = gradsock.open(record(made.events()).path)
    assert recording.utc_us.tolist() == [made.t0_us + 40_000 * i for i in range(100)]


def test_a_boot_without_probes_is_undated(made):
    recording = gradsock.open(record(made.events(probes=False)).path)
    assert set(recording.utc_us.tolist()) == {UNDATED}
    assert np.isnat(recording.utc_us.view("datetime64[us]")).all()


def test_copies_are_counted_and_kept_once(made):
    events = list(made.events())
    blocks = [e for e in events if isinstance(e, BlockReceived)]
    recorder = record([*events, *blocks[-5:], BlockDoubled(blocks[-1].data, made.t0_us)])

    assert recorder.account.doubled == 30
    recording = gradsock.open(recorder.path)
    assert len(recording) == 100
    assert recording.closing["doubled"] == 30


def test_what_comes_late_lands_in_its_place(made):
    events = list(made.events(drop={25, 60}))
    late = [BlockReceived(made.block(i), made.t0_us) for i in (60, 25)]
    recording = gradsock.open(record(events + late).path)
    assert recording.index.tolist() == list(range(100))
    assert recording.account.lost == 0


def test_the_loss_account_names_the_gaps(made):
    recorder = record(made.events(drop={25, 60, 65}))
    recording = gradsock.open(recorder.path)

    told = recording.account.as_dict()
    assert (told["expected"], told["received"], told["lost"]) == (100, 85, 15)
    assert told["gaps"] == [
        {"boot": made.boot, "first_index": 25, "count": 5},
        {"boot": made.boot, "first_index": 60, "count": 10},
    ]
    assert recording.closing == recorder.account.as_dict()
    assert recording.closing["unread"] == sum(made.counts(i)[2] == MISSING for i in recording.index)


def test_two_boots_lie_one_after_the_other(made):
    again = type(made)(boot=made.boot + 1)
    recording = gradsock.open(record([*made.events(samples=50), *again.events(samples=50)]).path)
    assert recording.boot.tolist() == [made.boot] * 50 + [made.boot + 1] * 50
    assert recording.account.lost == 0
    assert recording.duration_s == pytest.approx(4.0)


def test_a_damaged_block_is_counted_and_not_kept(made):
    broken = bytearray(made.block(100))
    broken[-1] ^= 1
    recorder = record([*made.events(), BlockReceived(bytes(broken), made.t0_us)])
    assert recorder.account.damaged_blocks == 1
    assert len(gradsock.open(recorder.path)) == 100


def test_a_log_is_self_contained(recorded, made):
    recording = gradsock.open(recorded)
    assert recording.serial == "TESTSOCK"
    assert recording.side == "left"
    assert recording.prescription == "us:15-20"
    assert recording.calibration.knots == made.calibration.knots
    assert recording.infos[0].firmware == "0.1.0"
    assert len(recording.probes) == 4
    assert [fit.verdict for _, fit in recording.fits] == ["good"] * 4
    assert set(recording.session) == {"gradsock", "sock", "zone", "moniker", "started_utc_us"}


def test_a_side_that_is_said_only_later_was_meant_from_the_beginning(made, capsys):
    from gradsock import cli

    later, made.side = type(made)(made.serial, made.side, made.boot + 1), "unset"
    assert gradsock.open(record(made.events()).path).side == "unset"
    cli.run(["logs"])
    assert "unset" not in capsys.readouterr().out
    cli.run(["logs", "show", "last"])
    assert "side not set" in capsys.readouterr().out
    recorder = record([*made.events(), *later.events()])
    assert gradsock.open(recorder.path).side == "left"


def test_nothing_is_left_of_an_attempt_that_brought_no_samples(made, tmp_path):
    assert record([InfoRead(made.info(), 0), *list(made.events(samples=0))]).path is None
    assert not (tmp_path / "logs").exists()


def test_another_sock_is_not_recorded_into_the_same_log(made, made_right):
    recorder = Recorder()
    for happened in made.events():
        recorder.take(happened)
    with pytest.raises(WrongSock, match="RIGHTSOC answers instead of TESTSOCK"):
        recorder.take(InfoRead(made_right.info(), 0))
    recorder.close()


def test_a_recording_that_was_cut_off_is_read_and_said_to_be(recorded):
    whole = recorded.read_bytes()
    last = frames.last_record(whole)
    recorded.write_bytes(whole[: -len(frames.pack(last)) - 3])

    recording = gradsock.open(recorded)
    result = verify(recorded)

    assert recording.closing is None
    assert len(recording) >= 95
    assert result.sound
    assert any("not closed" in remark for remark in result.remarks)


def test_every_byte_changed_is_noticed_and_the_rest_is_read(recorded):
    whole = recorded.read_bytes()
    stride = 7  # every byte of the framing is fuzzed in test_log_frames; here the content goes through the whole reader
    for at in range(0, len(whole), stride):
        broken = bytearray(whole)
        broken[at] ^= 0x40
        recorded.write_bytes(broken)
        result = verify(recorded)
        assert not result.sound or any("unfinished" in remark for remark in result.remarks), f"byte {at}"
        assert result.samples >= 95 or at < 2000, f"byte {at}"


def test_a_record_of_a_kind_to_come_is_passed_over(recorded):
    with recorded.open("ab") as file:
        file.write(frames.pack(Record(200, 1, b"of a later version")))
    recording = gradsock.open(recorded)
    assert len(recording) == 100
    assert not recording.damage
    assert not recording.unreadable


def test_whole_records_that_make_no_sense_are_told(recorded):
    with recorded.open("ab") as file:
        file.write(frames.pack(Record(Kind.FIT, 1, b"not json")))
        file.write(frames.pack(Record(Kind.PROBE, 1, json.dumps({"boot": 1}).encode())))
        file.write(frames.pack(Record(Kind.BLOCK, 1, b"\xb1")))
    assert len(gradsock.open(recorded).unreadable) == 3


def test_a_recording_is_found_by_id_by_its_beginning_and_as_the_last(recorded, made_right):
    other = record(made_right.events()).path
    assert layout.find(recorded.stem) == recorded
    assert layout.find("last") in (recorded, other)
    assert layout.find(str(recorded)) == recorded
    with pytest.raises(LogError, match="type more of it"):
        layout.find(recorded.stem[:6])
    with pytest.raises(LogError, match=r"no recording 'nix' in .*; `gradsock logs` lists them"):
        layout.find("nix")


def test_recordings_of_one_minute_get_names_of_their_own(made):
    paths = [record(made.events()).path for _ in range(3)]
    assert len({path.stem for path in paths}) == 3
    assert [path.parent.parent.name for path in paths] == ["sock=TESTSOCK"] * 3


@pytest.mark.parametrize("serial", ["", "../../etc", "a b", "x" * 17, "ÄÖ"])
def test_a_serial_that_could_name_another_file_is_refused(made, serial):
    with pytest.raises(WrongSock):
        made.info(serial=serial)


@pytest.mark.parametrize("sealed", [False, True])
def test_how_warm_the_sensors_were_is_a_column(made, sealed):
    told = [
        BlockReceived(event.encode_event(event.WARMTH, made.boot, 50 + n, 0, part), made.t0_us)
        for n, (ticks_ms, cC) in enumerate([(2000, 2350), (3000, 2400)])
        for part in event.context_parts(warmth.pack(ticks_ms, cC), 240)
    ]
    with Recorder(moniker="ble:made") as recorder:
        for happened in [*made.events(), *told]:
            recorder.take(happened)
    recording = gradsock.open(seal(recorder.path)[0] if sealed else recorder.path)
    degC = recording.temperature_degC
    assert np.isnan(degC[recording.ticks_ms < 2000]).all()
    assert set(degC[recording.ticks_ms >= 2000].tolist()) == {23.5, 24.0}
    assert set(recording.ticks_ms[degC == 24.0].tolist()) == {t for t in recording.ticks_ms.tolist() if t >= 3000}
    assert recording.to_arrow()["temperature_degC"].null_count == int(np.isnan(degC).sum())
    assert "sensors      23.5 to 24.0 degC" in describe(recording)


def test_without_a_thermistor_there_is_none(recorded):
    recording = gradsock.open(recorded)
    assert recording.temperature_degC is None
    assert "temperature_degC" not in recording.to_arrow().column_names


def test_of_a_block_that_is_known_in_part_only_the_rest_is_counted(made, tmp_path):
    """Blocks of the journal are longer than those that came live."""
    few, more = (bytes(encoded(made.boot, 0, [(MISSING,) * 3] * count, flags=UNSCANNED)) for count in (5, 10))
    with Recorder(tmp_path) as recorder:
        for happened in (*said(made), *live([few], made.t0_us), *fetched([more], made.t0_us)):
            recorder.take(happened)
    counted = recorder.account
    assert (counted.received, counted.doubled, counted.unscanned, counted.unread) == (10, 5, 10, 0)
    read = gradsock.open(recorder.path).account
    assert (read.received, read.unscanned, read.unread) == (10, 10, 0)


def test_counts_that_no_calibration_reads_are_not_called_missing(made):
    """Every hundredth reading of the knee is."""
    uncalibrated = [
        happened
        for happened in made.events(samples=200)
        if not (isinstance(happened, BlockReceived) and happened.data[0] & 0xF0 == 0xE0)
    ]
    recording = gradsock.open(record(uncalibrated).path)
    assert recording.calibration is None
    assert recording.columns.unread("ankle") == {"missing": 0, "open": 0, "short": 0, "without a calibration": 200}
    told = describe(recording).splitlines()
    assert "  ankle        nothing read; not readable: 200 without a calibration" in told
    assert "  knee         nothing read; not readable: 2 missing, 198 without a calibration" in told
