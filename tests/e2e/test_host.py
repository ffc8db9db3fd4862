"""The command over virtual socks, every part of it in the process it really runs in."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import gradsock
import numpy as np
import pytest
from gradsock.link import State, StateChanged
from gradsock.link.reach import follow
from gradsock.link.reconnecting import Reconnecting
from gradsock.link.sim import VirtualSock
from gradsock.log.recorder import Recorder
from gradsock.log.timeline import UNDATED

from tests.bench.lossy import true_middles_us
from tests.e2e.sock_bench import assert_whole, true_scans

HANG_S = 120.0  # no test waits for a time; this only ends one that hangs
ENTRY_SAMPLES_MAX = 255  # an entry's count is a byte; entries come whole
SHORT = """# put on, folded, done
sock sigel
0:00 table
0:01 don over=2 settle=1
0:06 end
"""


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the boards stay flashed from one test to the next."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def environment(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADSOCK_HOME", str(home))
    monkeypatch.setenv("GRADSOCK_LOGS", str(tmp_path / "logs"))
    monkeypatch.setenv("GRADSOCK_DEBUG", "1")


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "gradsock", *arguments]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=HANG_S, check=False)


def listed() -> list[dict[str, Any]]:
    done = run("logs", "--json")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def board_folder(home: Path, serial: str) -> Path:
    """The folder of the virtual board that carries a sock: the only one whose flash holds its serial."""
    folders = [folder for folder in (home / "cache/boards").iterdir() if serial.encode() in _flash(folder)]
    assert len(folders) == 1
    return folders[0] / "board"


def _flash(slot: Path) -> bytes:
    return (slot / "board/flash.img").read_bytes()


def rows(recording: gradsock.Recording) -> list[tuple[int, tuple[int, ...], tuple[int, ...]]]:
    """(index, counts, steps) of every recorded sample."""
    channels = recording.infos[-1].raw["channels"]
    steps = tuple(channel[3] for channel in channels if channel[0] in recording.sites)
    counts = np.stack([recording.counts[site] for site in recording.sites], axis=1)
    return [(int(i), tuple(map(int, row)), steps) for i, row in zip(recording.index, counts, strict=True)]


def processes() -> set[int]:
    """Simulation processes that run now (this machine may run others of its own)."""
    found = set()
    for folder in Path("/proc").iterdir() if Path("/proc/1").exists() else ():
        try:
            line = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if b"gradsock.sim." in line:
            found.add(int(folder.name))
    return found


def children_of(pid: int) -> set[int]:
    """Processes started by a process, and by those."""
    found: set[int] = set()
    for folder in Path("/proc").iterdir() if Path("/proc/1").exists() else ():
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        if parent == pid:
            found |= {int(folder.name)} | children_of(int(folder.name))
    return found


def test_two_socks_are_recorded_and_not_a_sample_is_missing(home: Path) -> None:
    done = run("record", "sim:left", "sim:right", "--for", "12s")

    assert done.returncode == 0, done.stderr
    entries = listed()
    assert {entry["side"] for entry in entries} == {"left", "right"}
    for entry in entries:
        recording = gradsock.open(entry["path"])
        assert recording.closing is not None
        assert len(recording) >= 250
        assert (recording.account.lost, recording.closing["damaged_blocks"]) == (0, 0)
        assert recording.closing["doubled"] <= ENTRY_SAMPLES_MAX  # of the entry that the first live block lies in
        assert_whole(rows(recording), true_scans(board_folder(home, recording.serial)))
        assert len(recording.probes) >= 8
        assert UNDATED not in recording.utc_us
        assert recording.calibration is not None
        assert recording.settings["side"] == entry["side"]
    assert run("logs", "verify").returncode == 0
    checked = json.loads(run("check", entries[0]["id"], "--json").stdout)
    assert checked["samples"] == gradsock.open(entries[0]["path"]).columns.scanned.sum()  # a busy board skips slots


def test_the_time_of_a_sample_is_when_it_was_converted(home: Path) -> None:
    assert run("record", "sim:stand", "--for", "6s").returncode == 0
    recording = gradsock.open(listed()[0]["path"])
    folder = board_folder(home, recording.serial)
    first = assert_whole(rows(recording), true_scans(folder))
    scanned_utc_us = recording.utc_us[recording.columns.scanned]  # a busy board skips slots
    converted_utc_us = true_middles_us(folder)[first : first + len(scanned_utc_us)]
    assert np.median(np.abs(scanned_utc_us - converted_utc_us)) < 20_000  # half a sample; a late scan is late by itself


def test_a_demo_ends_with_its_scenario_and_says_where_its_log_is(tmp_path: Path) -> None:
    (tmp_path / "short.txt").write_text(SHORT)
    done = run("demo", str(tmp_path / "short.txt"))

    assert done.returncode == 0, done.stderr
    (entry,) = listed()
    assert entry["path"] in done.stdout
    assert f"gradsock logs show {entry['id']}" in done.stdout
    assert "on the virtual leg: standing" in done.stdout
    assert entry["lost"] == 0
    assert entry["state"] == ""


def test_the_second_start_flashes_nothing(tmp_path: Path) -> None:
    assert run("live", "sim:stand", "--for", "1s").returncode == 0
    again = run("live", "sim:stand", "--for", "1s")
    assert again.returncode == 0
    assert "flashing" not in again.stdout


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_recording_is_whole_and_leaves_no_process(number: int, code: int) -> None:
    with subprocess.Popen(
        command("record", "sim:stand"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as it:
        assert it.stdout
        for line in it.stdout:
            if "lost 0 of" in line:
                break
        started = children_of(it.pid)
        it.send_signal(number)
        out, err = it.communicate(timeout=HANG_S)
    assert (it.returncode, err) == (code, "")
    assert "look at it again" in out
    assert started or sys.platform != "linux"
    assert not started & processes()
    assert listed()[0]["state"] == ""


def test_an_interrupted_start_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADSOCK_HOME", str(tmp_path / "fresh"))
    with subprocess.Popen(command("demo"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as it:
        assert it.stdout
        for line in it.stdout:
            if "flashing" in line:
                break
        started = children_of(it.pid)
        it.send_signal(signal.SIGINT)
        _, err = it.communicate(timeout=HANG_S)
    assert (it.returncode, err) == (130, "")
    assert not started & processes()
    assert listed() == []


def test_a_killed_recording_is_there_and_its_boards_end() -> None:
    with subprocess.Popen(command("record", "sim:stand"), stdout=subprocess.PIPE, text=True) as it:
        assert it.stdout
        for line in it.stdout:
            if "lost 0 of" in line:
                break
        started = children_of(it.pid)
        os.kill(it.pid, signal.SIGKILL)
    assert listed()[0]["state"] == "cut off"
    assert len(gradsock.open("last")) > 0
    wait_until_gone(started)


def wait_until_gone(pids: set[int]) -> None:
    import time

    for _ in range(int(HANG_S * 10)):
        if not pids & processes():
            return
        time.sleep(0.1)
    raise AssertionError(f"still running: {pids & processes()}")


async def test_a_sock_that_loses_its_power_is_met_again_and_both_boots_are_in_the_log(home: Path) -> None:
    states: list[State] = []
    recorder = Recorder()
    async with asyncio.timeout(HANG_S), VirtualSock("stand") as virtual:
        assert virtual.board is not None
        sock = Reconnecting(virtual.link)

        def note(event: object) -> None:
            if isinstance(event, StateChanged):
                states.append(event.state)

        following = asyncio.create_task(follow(sock, recorder.take, note))
        await until(lambda: recorder.account.received >= 50)
        await virtual.board.command("power-cut")
        await until(lambda: State.LOST in states)
        await virtual.board.command("power-on")
        before = recorder.account.received
        await until(lambda: recorder.account.received >= before + 50)
        await sock.stop()
        await following
    recorder.close()

    assert recorder.path is not None
    recording = gradsock.open(recorder.path)
    boots = np.unique(recording.boot)
    assert len(boots) == 2
    assert boots[1] == boots[0] + 1
    assert recording.account.lost == 0  # within a boot nothing is missing
    assert sorted(recording.timelines) == boots.tolist()
    assert states.count(State.CONNECTED) == 2


async def until(holds: Any) -> None:
    while not holds():
        await asyncio.sleep(0.05)
