"""Sealing: every sample exactly once in the session of its wear, whatever comes when, and whatever stops it."""

import errno
import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import gradsock
import numpy as np
import pyarrow.parquet as pq
import pytest
from gradsock import cli
from gradsock.errors import LogError
from gradsock.link import BlockReceived, InfoRead, Probe, Probed
from gradsock.link.events import BlockFetched
from gradsock.log import layout, lock, seal, sealing
from gradsock.log.recorder import Recorder
from gradsock.log.verify import verify
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.host.conftest import MadeSock
from tests.host.log_bench import fetched, live, pressed, record, said, same

HOUR_US = 3_600_000_000


def whole(logs):
    """Every sample in the folder: how often each identity is there."""
    seen = {}
    for path in layout.files(logs):
        opened = gradsock.open(path)
        for identity in zip(opened.boot.tolist(), opened.index.tolist(), strict=True):
            seen[identity] = seen.get(identity, 0) + 1
    return seen


def test_a_sealed_recording_is_the_same_and_takes_its_place(made, tmp_path):
    path = record(tmp_path, *made.events(samples=500, drop={25, 60}))
    before = gradsock.open(path)

    (session,) = seal.seal(path)

    assert session == path.with_suffix(".parquet")
    assert not path.exists()
    after = gradsock.open(before.id, logs=tmp_path)
    assert same(before, after)
    assert after.closing == before.closing
    assert after.fits == before.fits
    for site in before.sites:
        assert np.array_equal(before.pressure_mmHg[site], after.pressure_mmHg[site], equal_nan=True)
    assert verify(session).sound


def test_what_was_cut_off_is_sealed_with_an_account(made, tmp_path):
    recorder = Recorder(tmp_path)
    for happened in made.events(drop={50}):
        recorder.take(happened)
    recorder._writer.close()  # as a killed process leaves it
    (session,) = seal.seal(recorder.path)
    assert gradsock.open(session).closing["lost"] == 5


@given(st.data())
@settings(max_examples=25)
def test_however_it_comes_every_sample_is_there_once(tmp_path_factory, data):
    """Several recordings of one wear, live and fetched blocks, copies, overlaps, two boots, sealed in any order."""
    logs, made, came = tmp_path_factory.mktemp("logs"), MadeSock(), set()
    for n in range(data.draw(st.integers(1, 4))):
        events = list(said(made, 3, made.t0_us + n * HOUR_US))
        for k in range(data.draw(st.integers(1, 6))):
            boot = data.draw(st.sampled_from([3, 4]))
            first, count = data.draw(st.integers(0, 80)), data.draw(st.integers(1, 12))
            kind = data.draw(st.sampled_from([BlockReceived, BlockFetched]))
            events.append(kind(made.block(first, count, boot), made.t0_us + n * HOUR_US + k))
            came |= {(boot, i) for i in range(first, first + count)}
        with Recorder(logs) as recorder:
            for happened in events:
                recorder.take(happened)
        if data.draw(st.booleans()):
            recorder.seal()
    for outcome in sealing.seal_all((), logs):
        assert outcome.failure is None

    assert whole(logs) == dict.fromkeys(came, 1)
    assert not list(logs.glob("**/*.gslog"))
    for path in layout.files(logs):
        assert verify(path).sound


def test_what_is_fetched_later_fills_the_gap_of_its_session(made, tmp_path):
    first = record(tmp_path, *made.events(samples=500, drop={100, 105, 300}))
    (session,) = seal.seal(first)
    late = record(
        tmp_path, *said(made, at_us=made.t0_us + HOUR_US), *fetched([made.block(300), made.block(100, 10)], made.t0_us)
    )

    assert seal.seal(late) == [session]

    told = gradsock.open(session).account
    assert (told.lost, told.received, told.recovered) == (0, 500, 15)
    assert [path.name for path in layout.files(tmp_path)] == [session.name]


def test_what_goes_on_where_a_session_ended_belongs_to_it(made, tmp_path):
    (session,) = seal.seal(record(tmp_path, *made.events(samples=100)))
    later = record(tmp_path, *said(made, at_us=made.t0_us + HOUR_US), *fetched([made.block(100, 50)], made.t0_us))
    assert seal.seal(later) == [session]
    assert len(gradsock.open(session)) == 150


def test_two_recordings_with_a_gap_between_are_two_sessions(made, tmp_path):
    record_one = record(tmp_path, *made.events(samples=100))
    record_two = record(tmp_path, *said(made, at_us=made.t0_us + HOUR_US), *live([made.block(600)], made.t0_us))
    assert len({*seal.seal(record_one), *seal.seal(record_two)}) == 2


def test_a_session_ends_where_the_next_wear_begins(made, tmp_path):
    worn, off = (20, 15, 12), (0.5, 0.5, 0.5)
    blocks = [
        *pressed(3, 0, worn, seconds=40),
        *pressed(3, 1000, off, seconds=60),
        *pressed(3, 2500, worn, seconds=40),
    ]
    path = record(tmp_path, *said(made), *live(blocks, made.t0_us))
    expected = gradsock.open(path)

    one, two = (gradsock.open(session) for session in seal.seal(path))

    assert one.index[0] == 0 and 2490 <= two.index[0] <= 2525
    assert np.array_equal(np.concatenate([one.index, two.index]), expected.index)
    assert one.id == path.stem and two.id != one.id
    assert two.calibration is not None and two.settings == one.settings
    assert two.path.parent == one.path.parent


def test_a_disconnect_splits_nothing(made, tmp_path):
    worn = (20, 15, 12)
    blocks = [*pressed(3, 0, worn, seconds=40), *pressed(3, 9000, worn, seconds=40)]
    assert len(seal.seal(record(tmp_path, *said(made), *live(blocks, made.t0_us)))) == 1


def test_two_boots_of_one_wear_are_one_session_and_a_night_between_makes_two(made, tmp_path):
    worn = (20, 15, 12)
    for pause_us, sessions in ((60_000_000, 1), (9 * HOUR_US, 2)):
        logs = tmp_path / str(sessions)
        later = made.t0_us + 40_000_000 + pause_us
        path = record(
            logs,
            *said(made, 3),
            *live(pressed(3, 0, worn, seconds=40), made.t0_us),
            *said(made, 4, later),
            *live(pressed(4, 0, worn, seconds=40), later),
        )
        assert len(seal.seal(path)) == sessions


def test_what_is_played_again_stays_apart(made, tmp_path):
    seal.seal(record(tmp_path, *made.events()))
    with Recorder(tmp_path, moniker="replay:last") as again:
        for happened in made.events():
            again.take(happened)
    (session,) = again.seal()
    assert len(gradsock.open(session)) == 100
    assert len(layout.files(tmp_path)) == 2


def test_marks_and_verdicts_go_with_their_wear_and_context_with_both(made, tmp_path):
    from sock import event

    worn, off = (20, 15, 12), (0.5, 0.5, 0.5)
    mark = event.encode_event(event.MARK, 3, 50, 1000 + 40 * 2900, b"here")
    path = record(
        tmp_path,
        *said(made),
        *live(pressed(3, 0, worn, seconds=40), made.t0_us),
        *live(pressed(3, 1000, off, seconds=60), made.t0_us + 40_000_000),
        *live(pressed(3, 2500, worn, seconds=40), made.t0_us + 100_000_000),
        BlockReceived(mark, made.t0_us + 200_000_000),
    )
    one, two = (gradsock.open(session) for session in seal.seal(path))
    assert [e.payload for e in one.events] == [] and [e.payload for e in two.events] == [b"here"]
    assert one.calibration.id == two.calibration.id == "test"


@pytest.mark.parametrize("step", ["write", "fsync", "replace", "unlink"])
def test_a_seal_that_is_cut_off_anywhere_loses_nothing_and_is_done_again(made, tmp_path, monkeypatch, step):
    path = record(tmp_path, *made.events(samples=200, drop={20}))
    expected = gradsock.open(path)

    class Killed(BaseException):
        pass

    def killed(*_, **__):
        raise Killed

    with monkeypatch.context() as patched:
        if step in ("write", "fsync"):
            patched.setattr(os, step, killed)
        else:
            real = getattr(Path, step)

            def only_ours(self, *arguments, **named):
                if self.suffix == ".gslog" or step == "replace":
                    killed()
                return real(self, *arguments, **named)

            patched.setattr(Path, step, only_ours)
        with pytest.raises(Killed):
            seal.seal(path)

    assert path.exists()
    assert len(layout.files(tmp_path)) == 1
    (session,) = seal.seal(path)
    assert same(expected, gradsock.open(session))
    assert sorted(file.suffix for file in session.parent.iterdir()) == [".parquet"]


SEALS = "import sys; from pathlib import Path; from gradsock.log.seal import seal; seal(Path(sys.argv[1]))"


def test_killed_at_any_moment_it_leaves_the_recording_or_its_seal(made, tmp_path):
    path = record(tmp_path, *made.events(samples=2000))
    expected = gradsock.open(path)
    for pause_s in (0.25, 0.5, 0.7, 0.9):
        with subprocess.Popen([sys.executable, "-c", SEALS, path]) as process:
            time.sleep(pause_s)
            os.kill(process.pid, signal.SIGKILL)
        (found,) = layout.files(tmp_path)
        assert same(expected, gradsock.open(found))
    for _ in sealing.seal_all((), tmp_path):
        pass
    assert [file.suffix for file in layout.files(tmp_path)] == [".parquet"]


def test_two_processes_seal_the_same_recording_once(made, tmp_path):
    path = record(tmp_path, *made.events(samples=1000))
    expected = gradsock.open(path)
    processes = [
        subprocess.Popen([sys.executable, "-c", SEALS, path], stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    said_by = [process.communicate()[1] for process in processes]
    assert sorted(process.returncode for process in processes) in ([0, 0], [0, 1])
    assert all("Error" not in text or "SealedElsewhere: " in text for text in said_by)
    (found,) = layout.files(tmp_path)
    assert same(expected, gradsock.open(found))


def test_a_recorder_finds_what_another_process_sealed(made, tmp_path):
    recorder = Recorder(tmp_path)
    for happened in made.events():
        recorder.take(happened)
    recorder.close()
    (session,) = seal.seal(recorder.path)
    assert recorder.seal() == [session] == [recorder.path]


def test_what_is_being_recorded_is_neither_sealed_nor_deleted(made, tmp_path):
    recorder = Recorder(tmp_path)
    for happened in made.events():
        recorder.take(happened)
    with pytest.raises(LogError, match="is being recorded"):
        seal.seal(recorder.path)
    with pytest.raises(LogError, match="is being recorded: end that first"):
        layout.delete(recorder.path)
    assert [outcome.left for outcome in sealing.seal_all((), tmp_path)] == ["it is being recorded"]
    recorder.close()
    assert len(seal.seal(recorder.path)) == 1


def test_a_full_disk_leaves_the_recording_as_it_is(made, tmp_path, monkeypatch):
    path = record(tmp_path, *made.events())
    before = path.read_bytes()

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(LogError, match="the disk is full; its recording stays as it is"):
            seal.seal(path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_what_was_not_written_as_meant_removes_nothing(made, tmp_path, monkeypatch):
    path = record(tmp_path, *made.events())
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: real(handle, bytes(data[:50]) + b"?" + bytes(data[51:])))
    with pytest.raises(LogError, match="which stays as it is"):
        seal.seal(path)
    assert path.exists() and not path.with_suffix(".parquet").exists()


def test_a_folder_that_refuses_says_so(made, tmp_path, monkeypatch):
    path = record(tmp_path, *made.events())

    def refused(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patched:
        patched.setattr(lock.os, "open", refused)
        with pytest.raises(LogError, match=r"cannot write into .*: read-only file system"):
            seal.seal(path)
    assert len(gradsock.open(path)) == 100


def test_damage_stays_beside_what_could_be_read(made, tmp_path):
    path = record(tmp_path, *made.events())
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    left = len(gradsock.open(path))

    (session,) = seal.seal(path)

    assert len(gradsock.open(session)) == left
    assert path.with_name(path.name + "-damaged").read_bytes() == data
    assert layout.files(tmp_path) == [session]


def test_a_damaged_session_that_is_filled_up_is_kept_beside_the_new_one(made, tmp_path):
    (session,) = seal.seal(record(tmp_path, *made.events(drop={20})))
    data = bytearray(session.read_bytes())
    data[300] ^= 1
    session.write_bytes(data)
    late = record(tmp_path, *said(made, at_us=made.t0_us + HOUR_US), *fetched([made.block(0, 25)], made.t0_us))
    assert seal.seal(late) == [session]
    assert session.with_name(session.name + "-damaged").read_bytes() == data
    assert verify(session).sound


def test_the_next_recording_seals_what_a_killed_one_left(made, tmp_path):
    killed = Recorder(tmp_path)
    for happened in made.events():
        killed.take(happened)
    killed._writer.close()
    with Recorder(tmp_path) as recorder:
        for happened in (*said(made, at_us=made.t0_us + HOUR_US), *live([made.block(500)], made.t0_us + HOUR_US)):
            recorder.take(happened)
    recorder.seal()
    assert [path.suffix for path in layout.files(tmp_path)] == [".parquet"] * 2


def test_the_baseline_is_told_and_goes_with_every_wear(made, tmp_path):
    from sock import event

    worn, off, packed = (20, 15, 12), (0.5, 0.5, 0.5), b"\x01\x01" + bytes(range(6))
    (part,) = event.context_parts(packed, 240)
    path = record(
        tmp_path,
        *said(made),
        BlockReceived(event.encode_event(event.CONTEXT_DONNINGS, 3, 40, 950, part), made.t0_us),
        *live(pressed(3, 0, worn, seconds=40), made.t0_us),
        *live(pressed(3, 1000, off, seconds=60), made.t0_us + 40_000_000),
        *live(pressed(3, 2500, worn, seconds=40), made.t0_us + 100_000_000),
    )
    sessions = seal.seal(path)
    assert len(sessions) == 2
    for session in sessions:
        metadata = pq.read_metadata(session).metadata
        assert json.loads(metadata[b"gradsock.baseline"]) == packed.hex()
        assert json.loads(metadata[b"gradsock.events"]) == []


def test_files_are_private(made, tmp_path):
    logs = tmp_path / "a" / "b"
    path = record(logs, *made.events())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (session,) = seal.seal(path)
    for file in logs.rglob("*"):
        assert stat.S_IMODE(file.stat().st_mode) == (0o700 if file.is_dir() else 0o600), file
    assert stat.S_IMODE(logs.stat().st_mode) == stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700
    assert session.is_file()


def test_a_recorder_knows_what_is_held_anywhere(made, tmp_path):
    seal.seal(record(tmp_path, *made.events(samples=100)))
    record(tmp_path, *said(made, at_us=made.t0_us + HOUR_US), *live([made.block(200)], made.t0_us))
    with Recorder(tmp_path) as recorder:
        with pytest.raises(LogError, match="has not yet said"):
            recorder.missing(made.boot, 0, 10)
        for happened in (*said(made, at_us=made.t0_us + 2 * HOUR_US), *fetched([made.block(110)], made.t0_us)):
            recorder.take(happened)
        assert recorder.missing(made.boot, 0, 210) == [(100, 109), (115, 199), (205, 210)]
        assert recorder.held(made.boot) == [(0, 99), (110, 114), (200, 204)]
        assert recorder.missing(9, 0, 1) == [(0, 1)]


def test_synced_means_on_the_disk(made, tmp_path, monkeypatch):
    told = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (told.append(handle), real(handle)))
    with Recorder(tmp_path) as recorder:
        recorder.sync()
        for happened in (*said(made), *fetched([made.block(0)], made.t0_us)):
            recorder.take(happened)
        told.clear()
        recorder.sync()
        assert len(told) == 1


def test_the_commands_seal_verify_and_delete(made, tmp_path, capsys, monkeypatch):
    def call(*arguments):
        return (cli.run(list(arguments)), *capsys.readouterr())

    monkeypatch.setenv("GRADSOCK_LOGS", str(tmp_path))
    path = record(tmp_path, *made.events())
    code, out, _ = call("logs", "seal", "--json")
    assert code == 0 and json.loads(out)[0]["sessions"] == [str(path.with_suffix(".parquet"))]
    assert call("logs", "seal")[1] == "everything is sealed\n"
    assert call("logs", "verify")[0] == 0
    assert json.loads(call("logs", "rebuild", "--json")[1])[0]["sealed"] is True
    assert call("check", "last", "--json")[0] == 0
    assert json.loads(call("logs", "show", "last", "--json")[1])["samples"] == 100
    session = path.with_suffix(".parquet")
    broken = bytearray(session.read_bytes())
    broken[200] ^= 1
    session.write_bytes(broken)
    code, out, err = call("logs", "verify")
    assert code == 1 and "damaged" in out and "the rest of it is still read" in err
    assert json.loads(call("logs", "delete", "last", "--yes", "--json")[1]) == {"deleted": [str(session)]}
    assert json.loads(call("logs", "--json")[1]) == []


def drifting(made, ppm, ticks_ms):
    """A probe of a sock whose clock is slow by so much; sent when its ticks say so."""
    sent = made.t0_us + round((ticks_ms - 1000) * 1000 * (1 + ppm * 1e-6))
    return Probed(Probe(made.boot, sent - 5_000, sent + 5_000, ticks_ms, ticks_ms), sent + 5_000)


def test_sessions_of_one_boot_share_their_probes(made, tmp_path):
    """Two meetings half a day apart: only together do they know how fast the sock's clock goes."""
    half_a_day = 12 * 3600 * 25
    indices, sessions, off_us = (0, half_a_day, 2 * half_a_day), [], []

    def off(session):
        opened = gradsock.open(session)
        truth = made.t0_us + np.rint(40_000 * opened.index * (1 + 40e-6))
        return int(np.abs(opened.utc_us - truth).max())

    for some in (indices[:2], indices[2:]):
        probes = [drifting(made, 40, 1800 + 40 * some[-1] + n * 100) for n in range(8)]
        blocks = live([made.block(index, 20) for index in some], made.t0_us)
        (session,) = seal.seal(record(tmp_path, InfoRead(made.info(), made.t0_us), *blocks, *probes))
        sessions.append(session)
        off_us.append(off(sessions[0]))

    assert off_us[0] > 1_000_000
    assert off_us[1] < 10_000 and off(sessions[1]) < 10_000
    for session in sessions:
        assert len(gradsock.open(session).probes) == 16
        assert verify(session).sound
