"""What is seen without a terminal, and watching several socks at once."""

import asyncio
import contextlib
import errno
import json
import os

import gradsock
import pytest
from gradsock.cli import watch
from gradsock.cli.watch import lacking
from gradsock.errors import LogError, SockNotFound
from gradsock.link import BlockReceived, FitChanged, FitNow, InfoRead, State, StateChanged
from gradsock.link.reconnecting import Reconnecting
from gradsock.log.recorder import Recorder
from gradsock.period import duration
from gradsock.view import watching as module
from gradsock.view.lines import line
from gradsock.view.recorded import as_dict
from gradsock.view.summary import summary
from gradsock.view.watched import Watched
from gradsock.view.watching import Watching
from gradsock.view.words import age_text
from sock import MISSING, event, state
from sock.calibration import Calibration
from sock.fit import FitCheck
from sock.header import UNSCANNED
from sock.prescription import parse

from tests.host.log_bench import fetched, live, said

NOW_US = 1_760_000_010_000_000


def watched_of(made, samples=500, **options):
    watched = Watched("ble:made")
    watched.take(StateChanged(State.CONNECTED, "connected", 0))
    for happened in made.events(samples=samples, **options):
        watched.take(happened)
    return watched


def test_before_anything_came_it_says_what_is_going_on():
    watched = Watched("ble:sock-a1b2")
    assert line(watched, NOW_US).endswith("ble:sock-a1b2 looking for ble:sock-a1b2")


def test_a_lost_link_says_what_to_do(made):
    watched = watched_of(made)
    watched.take(StateChanged(State.LOST, "the connection is gone; come closer; it goes on by itself", 0))
    assert "come closer" in line(watched, NOW_US)


def test_a_line_tells_pressures_verdict_age_and_loss(made):
    watched = watched_of(made, samples=100, drop={25})
    said = line(watched, watched.last_block_utc_us + 1_500_000)
    assert "ankle" in said
    assert "mmHg  good" in said
    assert "1.5 s old, lost 5 of 100" in said


def test_a_site_that_cannot_be_read_is_not_zero(made):
    watched = watched_of(made, samples=100)
    assert watched.pressure_mmHg["knee"] is not None  # one reading of many is missing
    made.counts = lambda _index: (6000, 5000, MISSING)
    for index in range(100, 130, 5):
        watched.take(BlockReceived(made.block(index), NOW_US))
    assert watched.pressure_mmHg["knee"] is None
    assert "knee  -- mmHg" in line(watched, NOW_US)


def test_without_a_calibration_no_pressure_is_shown(made):
    watched = Watched("ble:made")
    for happened in made.events():
        if not (isinstance(happened, BlockReceived) and happened.data[0] & 0xF0 == 0xE0):
            watched.take(happened)
    assert not watched.calibrated
    assert set(watched.pressure_mmHg.values()) == {None}


def test_why_no_pressure_comes_is_said_with_what_to_do(made):
    assert lacking([watched_of(made)]) == ""  # one reading of many is missing
    new = made.info(calibration=None)
    bare = watched_of(made, samples=100)
    bare.take(InfoRead(new, 0))
    assert lacking([bare]) == "no calibration: gradsock calibrate"
    said = made.fit(5000, "inconclusive")
    bare.take(FitChanged(FitNow.parse(said), said, 0))
    assert line(bare, NOW_US).endswith("| no calibration: gradsock calibrate")
    assert lacking([watched_of(made), bare]) == f"{bare.label}: no calibration: gradsock calibrate"
    made.counts = lambda _index: (MISSING, 5000, MISSING)
    off = watched_of(made, samples=100)
    assert lacking([off]) == "nothing is read at ankle, knee: see gradsock doctor"
    off.take(InfoRead(new, 0))
    assert lacking([off]).startswith("nothing is read at")


def test_live_tells_why_no_pressure_comes_while_it_goes_on_and_at_the_end(
    made, made_link, reached, capsys, monkeypatch
):
    monkeypatch.setattr(module, "LINE_EVERY_S", 0)
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0)
    link = made_link(made, list(made.events(samples=500))[1:], ends=True)
    link.info = made.info(calibration=None)
    reached["ble:l"] = [link]
    watch.watch(["ble:l"], recording=False, for_=None, logs=None)
    told = capsys.readouterr().out.splitlines()
    assert "-- no calibration: gradsock calibrate" in told
    assert told[-1] == "no calibration: gradsock calibrate"


def test_a_finding_stays_one_while_it_stands_and_is_new_when_it_returns(made):
    watched = watched_of(made)
    for second in [*range(100, 120), *range(200, 205)]:
        level = "warning" if second == 110 else "notice"
        said = made.fit(second * 1000, "fold", [("fold", "knee", level)])
        watched.take(FitChanged(FitNow.parse(said), said, 0))
    assert [(f.kind, f.site, f.level, f.first_ticks_ms, f.last_ticks_ms) for f in watched.findings] == [
        ("fold", "knee", "warning", 100_000, 119_000),
        ("fold", "knee", "notice", 200_000, 204_000),
    ]
    told = summary(watched)
    assert "fold at the knee (warning, 20 s), fold at the knee (notice, 5 s)" in told
    assert "fold 25 s" in told


def told_of(made, ticks_ms, start_ms, end_ms=None, level="notice"):
    """The event blocks by which a sock tells of a fold."""
    fields = {"kind": "fold", "site": "knee", "level": level, "start_ms": start_ms, "notified_ms": start_ms + 11_000}
    told = json.dumps({**fields, "end_ms": end_ms, "evidence": {"pressure_cmmHg": 1620}}).encode()
    for part in event.context_parts(told, 100):
        yield BlockReceived(event.encode_event(event.NOTICE, made.boot, 7, ticks_ms, part), 0)


def test_a_finding_lasts_from_its_onset_to_when_the_sock_says_that_it_ended(made):
    watched = watched_of(made)
    for happened in told_of(made, 100_900, 89_000):
        watched.take(happened)
    for second in range(101, 145):  # not told for a while, though it is not over: it rests
        if not 110 < second < 130:
            said = made.fit(second * 1000, "fold", [("fold", "knee", "notice")])
            watched.take(FitChanged(FitNow.parse(said), said, 0))
    assert [found.lasted_s for found in watched.findings] == [55]
    for happened in told_of(made, 144_900, 89_000, end_ms=134_000):
        watched.take(happened)
    said = made.fit(144_500, "fold", [("fold", "knee", "notice")])  # was on its way
    watched.take(FitChanged(FitNow.parse(said), said, 0))
    assert [found.lasted_s for found in watched.findings] == [45]
    assert "fold at the knee (notice, 45 s)" in summary(watched)
    said = made.fit(150_000, "fold", [("fold", "knee", "notice")])
    watched.take(FitChanged(FitNow.parse(said), said, 0))
    for happened in told_of(made, 150_100, 139_000):
        watched.take(happened)
    assert [found.lasted_s for found in watched.findings] == [45, 11]


def test_a_finding_that_stood_when_the_watching_began_lasts_from_its_onset_too(made):
    watched, check = watched_of(made), FitCheck(parse("us:15-20"))
    for second in range(300):
        knee = 800 if second < 200 else 1700
        for sample in range(10):
            check.add(1000 * second + 100 * sample, (1900 + 20 * (sample % 3), 1500 + 20 * (sample % 2), knee))
    (found,) = (each for each in check.open_findings() if each.kind == "fold")
    assert found.start_ms < 215_000
    for part in event.context_parts(state.pack(check, 1000), 200):
        watched.take(BlockReceived(event.encode_event(event.CONTEXT_FIT, made.boot, 7, 300_000, part), 0))
    said = made.fit(300_000, "fold", [("fold", "knee", "notice")])
    watched.take(FitChanged(FitNow.parse(said), said, 0))
    (seen,) = (each for each in watched.findings if each.kind == "fold")
    assert seen.lasted_s == (300_000 - found.start_ms) / 1000


def test_the_summary_names_the_gaps(made):
    told = summary(watched_of(made, samples=100, drop={25, 60}))
    assert "90 received, 10 lost, 0 doubled" in told
    assert "gap: 5 samples from 25 of boot 3" in told


def test_the_summary_of_a_recording_counts_what_the_recording_holds(made, tmp_path):
    recorder, watched = Recorder(tmp_path), Watched("ble:made")
    for happened in (*said(made), *live([made.block(200)], made.t0_us), *fetched([made.block(0, 25)], made.t0_us)):
        watched.take(happened)
        recorder.take(happened)
    (session,) = recorder.seal()

    told = summary(watched, recorder.sessions, tmp_path, recorder.account)
    shown = as_dict(gradsock.open(session))["account"]

    assert watched.account.received < recorder.account.received == shown["received"]
    assert f"{shown['received']} received ({shown['recovered']} of them from the sock's memory)" in told
    assert f"{shown['lost']} lost, {shown['doubled']} doubled" in told
    assert f"gradsock logs show {session.stem}" in told


async def test_one_that_has_ended_is_not_told_as_if_it_went_on(made, made_link, reached, capsys):
    reached["ble:l"] = [made_link(made, list(made.events(samples=50)), ends=True)]
    watching = Watching(["ble:l"], screen=False)
    await watching.run()
    (watched,) = watching.socks
    later = line(watched, watched.last_block_utc_us + 60_000_000)
    assert "ended, lost 0 of 50" in later and "old" not in later


async def test_whoever_presses_ctrl_c_twice_has_a_sealed_recording_all_the_same(made, made_link, monkeypatch, tmp_path):
    """The second one comes while the sock is being left."""

    @contextlib.asynccontextmanager
    async def reach(moniker, **_options):
        yield Reconnecting(lambda: made_link(made, made.events(), moniker=moniker), probing=False)

    monkeypatch.setattr(module, "reach", reach)
    watching = Watching(["ble:made"], recording=True, logs=tmp_path, screen=False)
    leaving = asyncio.Event()

    async def stop(_socks):
        leaving.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(watching, "_stop", stop)
    running = asyncio.create_task(watching.run())
    while watching.socks[0].account.received < 100:
        await asyncio.sleep(0.01)
    running.cancel()
    await leaving.wait()
    running.cancel()
    await asyncio.wait([running])
    (session,) = tmp_path.glob("*/*/*")
    assert session.suffix == ".parquet" and len(gradsock.open(session)) == 100


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (59.4, "59 s"), (59.6, "1:00"), (125, "2:05"), (3725, "1:02:05")]
)
def test_spans_are_told_as_people_do(seconds, text):
    assert duration(seconds) == text


def test_ages_are_told_as_people_do():
    assert [age_text(age) for age in (None, 0.24, 61)] == ["no data yet", "0.2 s old", "1:01 old"]


@pytest.fixture
def reached(monkeypatch):
    """Makes monikers lead to given links."""
    links = {}

    @contextlib.asynccontextmanager
    async def reach(moniker, **_):
        yield Reconnecting(lambda: links[moniker].pop(0), probing=False)

    monkeypatch.setattr(module, "reach", reach)
    return links


async def test_two_socks_are_recorded_each_into_its_own_log(made, made_right, made_link, reached):
    reached["ble:l"] = [made_link(made, list(made.events(samples=500))[1:], ends=True)]
    reached["ble:r"] = [made_link(made_right, list(made_right.events(samples=250, drop={50}))[1:], ends=True)]
    watching = Watching(["ble:l", "ble:r"], recording=True, screen=False)

    await watching.run()

    left, right = (gradsock.open(recorder.path) for recorder in watching.recorders)
    assert (left.serial, left.side, len(left), left.account.lost) == ("TESTSOCK", "left", 500, 0)
    assert (right.serial, right.side, len(right), right.account.lost) == ("RIGHTSOC", "right", 245, 5)
    assert watching.summary().count("look at it again") == 2


async def test_one_sock_that_fails_does_not_end_the_other(made, made_link, reached):
    reached["ble:l"] = [made_link(made, list(made.events(samples=500))[1:], ends=True)]
    reached["ble:gone"] = [made_link(made, [], fails=SockNotFound("no sock called 'gone' answers"))]
    watching = Watching(["ble:gone", "ble:l"], recording=True, screen=False)

    with pytest.raises(SockNotFound):
        await watching.run()

    assert watching.recorders[0].path is None
    assert len(gradsock.open(watching.recorders[1].path)) == 500


async def test_ending_asks_the_sock_to_stop_and_closes_the_log(made, made_link, reached):
    class Endless(made_link):
        async def events(self):
            for happened in list(made.events(samples=50))[1:]:
                yield happened
            while not self.stopped:
                await asyncio.sleep(0.01)
            yield BlockReceived(made.block(50), NOW_US)  # what was on its way

    link = Endless(made, [])
    reached["ble:l"] = [link]
    watching = Watching(["ble:l"], recording=True, screen=False, for_s=0.05)

    await watching.run()

    assert link.stopped
    assert link.left
    assert len(gradsock.open(watching.recorders[0].path)) == 55


async def test_each_of_several_socks_has_its_time(made, made_link, reached):
    class Endless(made_link):
        begins = asyncio.Event()

        async def events(self):
            yield next(iter(made.events(samples=5)))
            await self.begins.wait()
            for happened in list(made.events(samples=50))[1:]:
                yield happened
            while not self.stopped:
                await asyncio.sleep(0.01)

    class Late(Endless):
        begins = asyncio.Event()

    Endless.begins.set()
    soon, late = Endless(made, []), Late(made, [])
    reached["ble:l"], reached["ble:r"] = [soon], [late]
    watching = Watching(["ble:l", "ble:r"], screen=False, for_s=0.05)
    running = asyncio.create_task(watching.run())
    while not soon.left:
        await asyncio.sleep(0.01)
    assert not late.stopped and not running.done()
    Late.begins.set()
    await running
    assert late.stopped and late.left
    assert [watched.account.received for watched in watching.socks] == [50, 50]


@pytest.mark.parametrize("socks", [["ble:l"], ["ble:l", "ble:r"]])
async def test_a_disk_that_is_full_from_the_start_is_what_is_said(made, made_link, reached, monkeypatch, socks):
    for moniker in socks:
        reached[moniker] = [made_link(made, list(made.events()), ends=True)]
    watching = Watching(socks, recording=True, screen=False)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(LogError, match="the disk is full"):
        await watching.run()
    monkeypatch.undo()
    told = watching.summary()
    assert "no samples came" not in told
    assert told.count("the disk is full") == (0 if len(socks) == 1 else 2)


async def test_a_full_disk_ends_the_recording_with_what_fits(made, made_link, reached, monkeypatch):
    reached["ble:l"] = [made_link(made, list(made.events(samples=500))[1:], ends=True)]
    watching = Watching(["ble:l"], recording=True, screen=False)
    real, room = os.write, [6000]

    def nearly_full(handle, data):
        room[0] -= len(data)
        if room[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(handle, data)

    monkeypatch.setattr(os, "write", nearly_full)
    with pytest.raises(LogError, match="the disk is full"):
        await watching.run()
    monkeypatch.undo()

    kept = gradsock.open(watching.recorders[0].path)
    assert 0 < len(kept) < 500
    assert not kept.damage


async def test_cancelling_closes_the_log_too(made, made_link, reached, monkeypatch):
    class Endless(made_link):
        async def events(self):
            for happened in list(made.events(samples=50))[1:]:
                yield happened
            await asyncio.Event().wait()

    reached["ble:l"] = [Endless(made, [])]
    watching = Watching(["ble:l"], recording=True, screen=False)
    task = asyncio.create_task(watching.run())
    while watching.socks[0].account.received != 50:
        await asyncio.sleep(0.01)
    monkeypatch.setattr(module, "LEAVE_TIMEOUT_S", 0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert gradsock.open(watching.recorders[0].path).closing["received"] == 50


def test_open_and_short_wires_are_no_pressures(made):
    watched = watched_of(made, samples=100)
    made.calibration = None
    rails = Calibration("rails", (((400, 0), (16384, 6000)),) * 3)
    watched.context.calibration = rails
    made.counts = lambda _index: (0, 24000, 5000)
    for index in range(100, 130, 5):
        watched.take(BlockReceived(made.block(index), NOW_US))
    assert watched.pressure_mmHg["ankle"] is None
    assert watched.pressure_mmHg["calf"] is None
    assert watched.pressure_mmHg["knee"] > 0


def test_the_summary_tells_scans_that_did_not_happen_from_sites_that_failed(made):
    watched = watched_of(made, samples=100)
    made.counts = lambda _index: (MISSING, MISSING, MISSING)
    watched.take(BlockReceived(made.block(100, flags=UNSCANNED), NOW_US))
    watched.take(BlockReceived(made.block(100, flags=UNSCANNED), NOW_US))  # a copy counts once
    told = summary(watched)
    assert "5 of them without a reading: the board was busy" in told
    assert "sites that could not be read, in samples: knee 1" in told


def test_the_hint_works_with_a_folder_of_ones_own(made, tmp_path):
    told = summary(watched_of(made), [tmp_path / "a b" / "x.gslog"], tmp_path / "a b")
    assert told.endswith(f"gradsock logs show x --logs '{tmp_path / 'a b'}'")


def test_wear_counts_from_the_donning_also_when_nobody_looked_then(made):
    watched = watched_of(made, samples=100)
    assert watched.worn_s == pytest.approx(3.2, abs=1)  # of what was seen so far

    check = FitCheck(parse(made.info().prescription))
    for second in range(-3600, 0):
        check.add(1_000_000 + 1000 * second, (2000, 1500, 1000))
    assert check.wear.donned_ms is not None
    watched = Watched("ble:made")
    watched.take(next(iter(made.events())))
    for data in made.context():
        watched.take(BlockReceived(data, 0))
    for sequence, part in enumerate(event.context_parts(state.pack(check, 500), 240)):
        watched.take(BlockReceived(event.encode_event(event.CONTEXT_FIT, made.boot, sequence, 1_000_000, part), 0))
    said = made.fit(1_000_000)
    watched.take(FitChanged(FitNow.parse(said), said, 0))
    assert watched.worn_s == pytest.approx(3600, abs=10)

    said = made.fit(1_001_000, "not worn")
    watched.take(FitChanged(FitNow.parse(said), said, 0))
    assert watched.worn_s is None


@pytest.mark.parametrize(
    ("out", "into", "term", "there"),
    [
        (True, True, "xterm", True),
        (False, True, "xterm", False),
        (True, False, "xterm", False),
        (True, True, "dumb", False),
    ],
)
def test_there_is_a_screen_only_with_a_terminal_on_both_ends(monkeypatch, out, into, term, there):
    monkeypatch.setattr(module.sys, "stdout", type("Out", (), {"isatty": lambda self: out})())
    monkeypatch.setattr(module.sys, "stdin", type("In", (), {"isatty": lambda self: into})())
    monkeypatch.setenv("TERM", term)
    assert module.has_terminal() is there
