"""Every sample exactly once, in the session of its wear, whatever comes when."""

import errno
import json
import os

import gradsock
import numpy as np
import pyarrow.parquet as pq
import pytest
from gradsock.errors import LogError
from gradsock.link import BlockReceived, InfoRead, Probe, Probed
from gradsock.link.events import BlockFetched
from gradsock.log import catalogue, layout, seal, sealed, sealing
from gradsock.log.recorder import Recorder
from gradsock.log.verify import verify
from gradsock.view.recorded import describe
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.host.conftest import MadeSock
from tests.host.log_bench import fetched, live, pressed, record, said

HOUR_US = 3_600_000_000


def whole(logs):
    """Every sample in the folder: how often each identity is there."""
    seen = {}
    for path in layout.files(logs):
        opened = gradsock.open(path)
        for identity in zip(opened.boot.tolist(), opened.index.tolist(), strict=True):
            seen[identity] = seen.get(identity, 0) + 1
    return seen


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
    assert [each.state for each in catalogue.entries(tmp_path)] == ["", "replayed"]
    assert sealed.read_summary(session)["repeats"] == "replay:last"
    assert "replayed     from last: it repeats the samples of that" in describe(gradsock.open(session))


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


def test_what_the_disk_did_not_take_is_not_held(made, tmp_path, monkeypatch):
    """Nor is the sock told to forget it: what could not be written is missing still, and may come again."""

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with Recorder(tmp_path) as recorder:
        for happened in (*said(made), *fetched([made.block(0, 25)], made.t0_us)):
            recorder.take(happened)
        with monkeypatch.context() as patched:
            patched.setattr(os, "write", full)
            with pytest.raises(LogError, match="the disk is full"):
                recorder.take(BlockFetched(made.block(25, 25), made.t0_us))
        assert recorder.missing(made.boot, 0, 49) == [(25, 49)]
        recorder.take(BlockFetched(made.block(25, 25), made.t0_us))
        assert recorder.missing(made.boot, 0, 49) == []
    assert len(gradsock.open(recorder.path)) == 50


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
