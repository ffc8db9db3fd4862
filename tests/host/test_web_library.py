"""Recordings as the pages ask for them: few points, exact in the end, at once where that can be had."""

import asyncio
import contextlib
import json
from dataclasses import replace

import numpy as np
import pytest
from gradsock.errors import GradsockError, LogError, UsageError
from gradsock.export.course import course_of, marks_of
from gradsock.link import BlockReceived, Probed
from gradsock.log import layout, recording
from gradsock.log.notes import add_note, notes_of
from gradsock.log.recorder import Recorder
from gradsock.log.seal import seal
from gradsock.view.recorded import describe
from gradsock.view.web import digest
from gradsock.view.web.library import Library
from gradsock.view.web.maker import NOW, Maker
from sock import MISSING, event

GAP = range(3000, 3500, 5)


@pytest.fixture
def logs(tmp_path):
    return tmp_path / "logs"


@pytest.fixture
def worn(made, logs):
    """Five minutes with a gap of twenty seconds in them, sealed."""
    recorder = Recorder(logs)
    for happened in made.events(7500, drop=GAP):
        recorder.take(happened)
    recorder.close()
    (path,) = seal(recorder.path)
    return path


@contextlib.asynccontextmanager
async def library(logs):
    found = Library(logs)
    try:
        yield found
    finally:
        await found.close()


async def exact(found, names, *ends, width=1000):
    """A window once it is more than a draft."""
    async with asyncio.timeout(120):
        while (told := await found.window(names, *(ends or (None, None)), width))["draft"]:
            await asyncio.sleep(0.05)
    return told


def later(events, by_us):
    """The same at another time."""
    for happened in events:
        moved = replace(happened, t_utc_us=happened.t_utc_us + by_us)
        if isinstance(moved, Probed):
            sent, came = moved.probe.sent_utc_us + by_us, moved.probe.received_utc_us + by_us
            moved = replace(moved, probe=replace(moved.probe, sent_utc_us=sent, received_utc_us=came))
        yield moved


async def test_at_first_there_is_a_draft_and_then_what_is_exact(worn, logs, monkeypatch) -> None:
    monkeypatch.setattr("gradsock.view.web.library.FINE_US", 0)  # from far away
    async with library(logs) as found:
        first = await found.window([worn.stem], None, None, 100)
        assert first["draft"]
        assert len(first["t"]) > 50
        whole = await exact(found, [worn.stem], width=100)
    course = course_of(recording.open(worn))
    there = course.pressure_cmmHg["ankle"]
    assert max(v for v in whole["sites"]["ankle"]["high"] if v is not None) == there.max() / 100
    assert min(v for v in whole["sites"]["ankle"]["low"] if v is not None) == there[there != MISSING].min() / 100


async def test_of_many_recordings_the_first_draft_is_made_of_their_footers(made, logs, monkeypatch) -> None:
    monkeypatch.setattr("gradsock.view.web.library.FINE_US", 0)
    names = []
    for number in range(5):
        made.boot = 3 + number
        recorder = Recorder(logs)
        for happened in later(made.events(1500), number * 3600 * 1_000_000):
            recorder.take(happened)
        recorder.close()
        names += [path.stem for path in seal(recorder.path)]
    async with library(logs) as found:
        first = await found.window(names, None, None, 500)
        whole = await exact(found, names, width=500)
    assert first["draft"]
    assert len(first["gaps"]) == len(whole["gaps"]) == 4
    highest = [max(v for v in told["sites"]["ankle"]["high"] if v is not None) for told in (first, whole)]
    assert highest[0] == pytest.approx(highest[1], abs=1.5)  # a mean of a second, and the highest of its samples


async def test_close_up_the_samples_are_those_of_the_recording(worn, logs) -> None:
    course = course_of(recording.open(worn))
    async with library(logs) as found:
        start, end = int(course.utc_us[500]), int(course.utc_us[560])
        near = await exact(found, [worn.stem], start, end)
    at = np.searchsorted(course.utc_us, np.array(near["t"]) * 1000 - 1000)
    np.testing.assert_allclose(course.utc_us[at] / 1000, near["t"], atol=0.51)
    for site in ("ankle", "calf", "knee"):
        ours = [None if p == MISSING else p / 100 for p in course.pressure_cmmHg[site][at].tolist()]
        assert near["sites"][site]["low"] == near["sites"][site]["high"] == ours


async def test_a_gap_is_told_as_one(worn, logs) -> None:
    async with library(logs) as found:
        whole = await exact(found, [worn.stem])
    ((begins, ends),) = whole["gaps"]
    assert ends - begins == pytest.approx(len(GAP) * 5 * 40, abs=80)
    inside = [t for t in whole["t"] if begins < t < ends]
    assert len(inside) == 1
    assert whole["sites"]["ankle"]["high"][whole["t"].index(inside[0])] is None


@pytest.mark.parametrize("width", [16, 300, 4000, 10**9])
async def test_never_more_points_than_a_screen_has(worn, logs, width) -> None:
    async with library(logs) as found:
        whole = await exact(found, [worn.stem], width=width)
    assert len(whole["t"]) <= 3 * min(width, 4000) + 2


async def test_what_was_read_once_is_not_read_again(worn, logs) -> None:
    async with library(logs) as found:
        told = await found.show(worn.stem)
        checked = await found.check(worn.stem, None)
    folder = digest.folder_of(worn)
    assert {"about.json", "overview.npz", "t.npy", "ankle.npy", "check-own.json"} <= {p.name for p in folder.iterdir()}
    (folder / "about.json").write_text(json.dumps(told | {"samples": -1}))
    async with library(logs) as found:
        assert (await found.show(worn.stem))["samples"] == -1
        assert await found.check(worn.stem, None) == checked


async def test_a_recording_that_changed_is_read_anew_and_the_old_is_gone(worn, logs) -> None:
    async with library(logs) as found:
        await found.show(worn.stem)
        before = digest.folder_of(worn)
        worn.touch()
        assert (await found.show(worn.stem))["samples"] == 7500 - 5 * len(GAP)
    assert not before.exists()


async def test_a_mark_that_was_put_just_now_is_there(made, logs) -> None:
    with Recorder(logs) as recorder:
        for happened in made.events(2500):
            recorder.take(happened)
        async with library(logs) as found:
            name = recorder.path.stem
            assert (await found.show(name))["marks"] == []
            mark = event.encode_event(event.MARK, made.boot, 9, 1000 + 40 * 500, b"stairs")
            recorder.take(BlockReceived(mark, made.t0_us + 20_000_000))
            assert [one["text"] for one in (await found.show(name))["marks"]] == ["stairs"]
            assert (await found.window([name], None, None, 100))["t"]


async def test_samples_that_were_dropped_to_make_room_come_back(worn, logs) -> None:
    async with library(logs) as found:
        await found.show(worn.stem)
        (digest.folder_of(worn) / "t.npy").unlink()
        assert (await exact(found, [worn.stem]))["t"]


async def test_old_samples_make_room(worn, logs, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(digest, "KEPT_BYTES", 1000)
    digest.make(digest.Order(digest.COURSE, str(worn), str(digest.folder_of(worn))))
    assert digest.folder_of(worn).exists()
    other = tmp_path / "other.parquet"
    other.write_bytes(worn.read_bytes())
    digest.make(digest.Order(digest.COURSE, str(other), str(digest.folder_of(other))))
    left = {file.name for file in digest.folder_of(worn).iterdir()}
    assert "t.npy" not in left
    assert left >= {"overview.npz", "about.json"}


async def test_of_a_damaged_file_one_line_says_so(logs) -> None:
    folder = logs / "sock=X" / "date=2026-01-01"
    folder.mkdir(parents=True)
    (folder / "260101-0000-x.parquet").write_bytes(b"PAR1 and no more")
    async with library(logs) as found:
        for asked in (found.window(["260101-0000-x"], None, None, 100), found.show("260101-0000-x")):
            with pytest.raises(LogError, match="cannot read"):
                await asked


async def test_a_maker_that_dies_is_made_again(worn) -> None:
    maker, folder = Maker(), digest.folder_of(worn)
    try:
        await maker.make(digest.COURSE, worn, folder, when=NOW)
        maker._process.kill()
        await maker._process.wait()
        with pytest.raises(LogError, match="failed"):
            await maker.make(digest.CHECK, worn, folder, when=NOW)
        await maker.make(digest.CHECK, worn, folder, when=NOW)
        assert digest.check_file(folder, None).exists()
    finally:
        await maker.close()


@pytest.mark.parametrize("name", ["../x", "a/b", ".hidden", "\\x", "nothing"])
async def test_nothing_outside_of_the_folder_is_read(logs, worn, name) -> None:
    async with library(logs) as found:
        with pytest.raises(LogError):
            await found.show(name)


async def test_a_note_stands_beside_the_recording_and_with_its_marks(worn, logs) -> None:
    at = int(recording.open(worn).utc_us[100])
    before = worn.read_bytes()
    async with library(logs) as found:
        await found.show(worn.stem)
        await found.note(worn.stem, at, "  changed the stocking ")
        assert (await found.show(worn.stem))["notes"] == [{"utc_us": at, "text": "changed the stocking"}]
    assert worn.read_bytes() == before
    (mark,) = [mark for mark in marks_of(recording.open(worn)) if mark.note]
    assert (mark.utc_us, mark.text) == (at, "changed the stocking")
    layout.delete(worn)
    assert not list(logs.rglob("*.notes"))


@pytest.mark.parametrize("text", ["", "  ", "two\nlines", "x" * 501])
def test_a_note_is_one_line_of_words(worn, text) -> None:
    with pytest.raises(UsageError, match="one line"):
        add_note(worn, 0, text)
    assert notes_of(worn) == []


def test_nothing_is_noted_upon_what_may_still_change(recorded) -> None:
    with pytest.raises(GradsockError, match="seal"):
        add_note(recorded, 0, "too early")


def test_a_spoilt_line_of_notes_costs_no_other(worn) -> None:
    add_note(worn, 2, "second")
    with worn.with_suffix(".notes").open("a") as file:
        file.write("{no json\n[1]\n")
    add_note(worn, 1, "first")
    assert "notes        00:00:00  first\n               00:00:00  second" in describe(recording.open(worn))
    assert [note.text for note in notes_of(worn)] == ["first", "second"]


async def test_recordings_of_one_sock_belong_on_one_line_of_time(made, made_right, logs) -> None:
    names = []
    for sock in (made, made_right, made):
        recorder = Recorder(logs)
        for happened in sock.events(500):
            recorder.take(happened)
        recorder.close()
        names.append(recorder.path.stem)
    async with library(logs) as found:
        assert found.lines([*names, names[0]]) == [[names[0], names[2]], [names[1]]]
        with pytest.raises(LogError, match="no recording 'nope'"):
            found.lines([names[0], "nope"])
