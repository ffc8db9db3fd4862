"""What the wearer gets, on a virtual board: commands and flash; and a recording that finds what the sock found."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import gradsock as library
import pytest
from gradsock import clock
from gradsock.analysis.check import check
from gradsock.analysis.checked import Checked
from gradsock.link import InfoRead
from gradsock.link.reconnecting import Reconnecting
from gradsock.link.sim import VirtualSock
from gradsock.log.recorder import Recorder
from gradsock.log.syncing import Syncing
from gradsock.sim.conductor import run_virtual
from gradsock.sim.launch import VirtualAir, VirtualBoard
from sock import event
from sock.event_reader import ContextParts

from tests.e2e.sock_bench import file_of
from tests.e2e.test_owner import gradsock

SCENARIO = """# Put on, walked in, folded twice, the second time while nobody listens.
sock sigel
0:02 don over=8
1:50 walk
2:20 stand
3:00 fold knee x1.9
4:00 smooth knee
4:55 fold knee x1.9
7:00 end
"""


@pytest.fixture
async def air(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[VirtualAir]:
    async with VirtualAir() as made:
        monkeypatch.setenv("GRADSOCK_HCI", made.hci)
        monkeypatch.setenv("GRADSOCK_HOME", str(tmp_path / "home"))
        yield made


async def test_what_a_wearer_tells_the_sock(board: VirtualBoard) -> None:
    code, said, _ = await gradsock("snooze", "2h")
    assert (code, said.split(" ", 1)[1]) == (0, "reminds of nothing for 120 min\n")
    name = said.split()[0]
    assert (await gradsock("reminders", "off"))[1] == f"reminders of {name} are off\n"
    assert (await gradsock("mark", "smooth"))[0] == 0
    assert "Take the sock off" in (await gradsock("mark", "cramp"))[1]
    assert (await gradsock("ack"))[1].startswith(f"{name} is silent. ")
    assert (await gradsock("forget-baseline"))[1] == f"{name} settles anew, as if it had never been worn\n"
    for wrong in (("snooze",), ("snooze", "soon"), ("snooze", "900h"), ("reminders", "maybe"), ("ack", "this")):
        code, _, complaint = await gradsock(*wrong)
        assert (code, complaint.count("\n")) == (2, 1), wrong
    await board.__aexit__(None, None, None)
    kept = json.loads(file_of(board.folder, "wearer.json"))
    assert kept == {"v": 1, "off": True, "donnings": "0100"}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sock that was heard of first when it had long been worn, and once more after a minute of silence."""
    home = tmp_path_factory.mktemp("home")
    scenario = home / "worn.txt"
    scenario.write_text(SCENARIO)

    async def wear() -> Path:
        async with VirtualSock(str(scenario)) as virtual:
            await virtual.wear()
            await asyncio.sleep(100)
            with Recorder(home / "logs") as recorder:
                for seconds in (150, 90):
                    await listen(virtual, recorder, seconds)
                    await asyncio.sleep(70)
        assert recorder.path is not None
        return recorder.path

    async def listen(virtual: VirtualSock, recorder: Recorder, seconds: float) -> None:
        async with virtual.link() as link:
            recorder.take(InfoRead(link.info, clock.utc_us()))
            await link.start()

            async def record() -> None:
                async with contextlib.aclosing(link.events()) as events:
                    async for happened in events:
                        recorder.take(happened)

            recording = asyncio.create_task(record())
            await asyncio.sleep(seconds)
            await link.stop()
            await recording

    return at_home(home, wear)


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, but nobody is near before the end: all of it comes from the sock's journal."""
    home = tmp_path_factory.mktemp("home")
    scenario = home / "worn.txt"
    scenario.write_text(SCENARIO)

    async def wear() -> Path:
        async with VirtualSock(str(scenario)) as virtual:
            await virtual.wear()
            await asyncio.sleep(415)
            syncing = Syncing("sim:worn", home / "logs")
            await syncing.empty(Reconnecting(virtual.link))
            assert syncing.recorder.path is not None
            return syncing.recorder.path

    return at_home(home, wear)


def at_home(home: Path, wear: Callable[[], Coroutine[Any, Any, Path]]) -> Path:
    """What comes of it in virtual time, with a home of its own."""
    before = os.environ.get("GRADSOCK_HOME")
    os.environ["GRADSOCK_HOME"] = str(home / "home")
    try:
        return run_virtual(wear())
    finally:
        if before is None:
            del os.environ["GRADSOCK_HOME"]
        else:
            os.environ["GRADSOCK_HOME"] = before


def told_by(path: Path) -> dict[tuple[str, str, int], dict[str, Any]]:
    """What the sock itself told of its findings: the last word of each."""
    parts, told = ContextParts(), {}
    for happened in library.open(path).events:
        if happened.kind == event.NOTICE and (whole := parts.add(happened.payload)) is not None:
            finding = json.loads(whole)
            told[finding["kind"], finding["site"], finding["start_ms"]] = finding
    return told


def test_a_recording_finds_what_the_sock_found(recorded: Path) -> None:
    told, checked = told_by(recorded), check(recorded)
    zero_s = offset_s(recorded, checked)
    assert [finding["kind"] for finding in told.values() if finding["level"] != "info"] == ["fold"]
    found = {(f.kind, f.site, round(1000 * (f.start_s + zero_s))): f for f in checked.findings}
    for key, finding in told.items():
        mine = found[key]
        assert (mine.level, mine.evidence) == (finding["level"], finding["evidence"])
        assert round(1000 * ((mine.notified_s or 0) + zero_s)) == finding["notified_ms"]
    unheard = [f for key, f in found.items() if f.kind == "fold" and key not in told]
    assert len(unheard) == 1  # told while nobody listened; the state at the second start says so
    assert unheard[0].end_s is None


def test_what_the_journal_kept_holds_what_the_sock_found(fetched: Path) -> None:
    told, checked = told_by(fetched), check(fetched)
    zero_s = offset_s(fetched, checked)
    assert [f["kind"] for f in told.values() if f["level"] != "info"] == ["fold", "fold"]
    found = {(f.kind, f.site, round(1000 * (f.start_s + zero_s))): f for f in checked.findings}
    assert set(found) == set(told)
    for key, finding in told.items():
        mine = found[key]
        assert (mine.level, mine.evidence) == (finding["level"], finding["evidence"])
        assert round(1000 * ((mine.notified_s or 0) + zero_s)) == finding["notified_ms"]
        if finding["end_ms"] is not None:
            assert round(1000 * ((mine.end_s or 0) + zero_s)) == finding["end_ms"]


def test_every_second_has_the_verdict_that_the_sock_gave(recorded: Path) -> None:
    recording, checked = library.open(recorded), check(recorded)
    zero_s = offset_s(recorded, checked)
    compared = 0
    for _, fit in recording.fits:
        at_s = fit.ticks_ms / 1000 - zero_s  # the sock looks once a second whether a second is complete
        standing = [span for span in checked.verdicts if span.start_s + 1.1 < at_s < span.end_s]
        compared += len(standing)
        assert not standing or standing[0].verdict == fit.verdict, at_s
    assert compared > 200


def offset_s(path: Path, checked: Checked) -> float:
    """The sock's ticks, in s, at the zero of the common axis."""
    assert checked.verdicts[0].start_s == 0.0
    return float(library.open(path).ticks_ms[0]) / 1000
