"""A recording played again is the recording."""

import asyncio

import gradsock
import numpy as np
import pytest
from gradsock.analysis.check import check
from gradsock.analysis.csv_file import read_csv
from gradsock.errors import AnalysisError, LogError, SockRefused
from gradsock.link import BlockReceived, InfoRead, State, StateChanged
from gradsock.link.reach import follow, reach
from gradsock.link.replay import open_replay
from gradsock.log.recorder import Recorder
from gradsock.view.watched import Watched
from sock import SITES


async def played(what, speed=10_000):
    events = []
    async with reach(f"replay:{what}?speed={speed}") as sock:
        await follow(sock, events.append)
    return events


async def test_recording_a_replay_gives_the_same_samples_and_times(recorded):
    with Recorder() as recorder:
        for happened in await played(recorded):
            recorder.take(happened)

    first, second = gradsock.open(recorded), gradsock.open(recorder.path)
    for column in ("index", "boot", "ticks_ms", "utc_us"):
        assert np.array_equal(getattr(first, column), getattr(second, column)), column
    for site in SITES:
        assert np.array_equal(first.counts[site], second.counts[site])
        assert np.array_equal(first.pressure_mmHg[site], second.pressure_mmHg[site], equal_nan=True)
    assert [fit for _, fit in first.fits] == [fit for _, fit in second.fits]
    assert first.settings == second.settings
    assert first.account.as_dict() == second.account.as_dict()


async def test_it_begins_with_the_sock_and_ends_by_itself(recorded):
    events = await played(recorded)
    kinds = [type(event) for event in events]
    assert kinds.index(InfoRead) < kinds.index(BlockReceived)
    assert isinstance(events[-1], StateChanged)
    assert events[-1].state is State.ENDED


async def test_speed_is_kept(recorded):
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    await played(recorded, speed=20)  # 4 s of recording
    assert loop.time() - began_s >= 0.15


async def test_a_recording_cannot_be_told_anything(recorded):
    async with open_replay(str(recorded)) as link:
        with pytest.raises(SockRefused, match="is a recording: it cannot be told anything"):
            await link.control(5, b"\x05")
        with pytest.raises(SockRefused, match="no clock to ask"):
            await link.probe()


async def test_leaving_ends_it_at_once(recorded):
    link = open_replay(str(recorded), speed=0.01)
    async with link:
        events = link.events()
        await anext(events)
        await link.stop()
        rest = [event async for event in events]
    assert not [event for event in rest if isinstance(event, BlockReceived) and event.data[0] & 0xF0 == 0xB0]


def write_csv(path, rows, header="t_s,ankle,calf,knee"):
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


async def test_a_csv_is_played_as_a_sock_with_these_pressures(tmp_path):
    rows = [f"{i / 25:.2f},{18 + i % 5},{14.25},{'' if i == 7 else 9.5}" for i in range(100)]
    path = write_csv(tmp_path / "walk.csv", rows)
    with Recorder() as recorder:
        for happened in await played(path):
            recorder.take(happened)

    recording = gradsock.open(recorder.path)
    assert recording.ticks_ms.tolist() == [40 * i for i in range(100)]
    wanted = np.array(read_csv(path).pressures_cmmHg) / 100
    for column, site in enumerate(SITES):
        read = recording.pressure_mmHg[site]
        missing = wanted[:, column] < -300
        assert np.isnan(read).tolist() == missing.tolist()
        assert np.abs(read - wanted[:, column])[~missing].max() <= 0.02
    assert recording.fits


async def test_a_finding_in_a_csv_that_is_played_lasts_as_long_as_in_its_check(tmp_path):
    rows = [f"{i / 10:.1f},{18 + i % 3 * 0.1:.2f},13.5,{19.8 if 90 <= i / 10 < 180 else 9}" for i in range(2600)]
    path = write_csv(tmp_path / "fold.csv", rows)
    watched = Watched("replay:fold")
    for happened in await played(path):
        watched.take(happened)
    found = [
        (each.kind, each.site, each.end_s - each.start_s) for each in check(path).findings if each.end_s is not None
    ]
    assert any(kind == "fold" for kind, _, _ in found)
    assert [(seen.kind, seen.site, seen.lasted_s) for seen in watched.findings if seen.ended_ms is not None] == found


async def test_a_gap_in_a_csv_is_a_gap(tmp_path):
    rows = [f"{t:.2f},18,14,9" for t in [*(i / 10 for i in range(20)), *(5 + i / 10 for i in range(20))]]
    with Recorder() as recorder:
        for happened in await played(write_csv(tmp_path / "gap.csv", rows)):
            recorder.take(happened)
    assert recorder.account.received == 40
    assert recorder.account.lost == 30


@pytest.mark.parametrize(
    ("rows", "header", "said"),
    [
        (["0,1,2,3"], "time,ankle,calf,knee", "the first line must be t_s,ankle,calf,knee, not 'time,ankle,calf,knee'"),
        (["0,1,2,3"], "", "the first line must be"),
        ([], "t_s,ankle,calf,knee", "holds no readings"),
        (["0,1,2"], "t_s,ankle,calf,knee", "line 2: 4 cells are wanted .* not 3"),
        (["0,1,2,3", "0,1,2,3"], "t_s,ankle,calf,knee", "line 3: t_s must grow"),
        (["0,1,2,3", "1,1,x,3"], "t_s,ankle,calf,knee", "line 3: calf is 'x', not a number from -300 to 300"),
        (["0,1,2,nan"], "t_s,ankle,calf,knee", "knee is 'nan'"),
        (["0,1,2,1e9"], "t_s,ankle,calf,knee", "knee is '1e9'"),
        (["-1,1,2,3"], "t_s,ankle,calf,knee", "t_s is '-1'"),
        ([",1,2,3"], "t_s,ankle,calf,knee", "t_s is ''"),
    ],
)
def test_a_csv_that_is_wrong_is_refused_with_its_line(tmp_path, rows, header, said):
    with pytest.raises(AnalysisError, match=said):
        read_csv(write_csv(tmp_path / "bad.csv", rows, header))


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "bad.csv").write_bytes(bytes(range(128, 256)))
    with pytest.raises(AnalysisError, match="not a text file"):
        read_csv(tmp_path / "bad.csv")


def test_what_cannot_be_replayed_is_said_at_once(tmp_path):
    with pytest.raises(LogError, match="no recording 'nix'"):
        open_replay("nix")
    (tmp_path / "x.gslog").write_bytes(b"something else entirely")
    with pytest.raises(LogError, match="not a gradsock log"):
        open_replay(str(tmp_path / "x.gslog"))
