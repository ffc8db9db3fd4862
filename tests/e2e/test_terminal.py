"""The screen over a virtual sock, with keys pressed: what is told reaches the sock, and the terminal is given back."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import gradsock
import pytest
from gradsock.view.terminal.app import LiveApp
from gradsock.view.terminal.dialogs import Asked, Sure
from gradsock.view.watching import Watching

HANG_S = 180.0  # no test waits for a time; this only ends one that hangs


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADSOCK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GRADSOCK_LOGS", str(tmp_path / "logs"))


async def test_a_virtual_sock_is_watched_recorded_and_told_things(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole of `gradsock record` in a terminal, but for the terminal."""
    seen: list[str] = []

    async def headless(app: LiveApp) -> None:
        async with app.run_test(size=(80, 24)) as pilot:

            def rows() -> str:
                strips = app.screen._compositor.render_strips()
                return "\n".join("".join(segment.text for segment in strip) for strip in strips)

            async def until(*words: str) -> None:
                async with asyncio.timeout(HANG_S):
                    while not all(word in rows() for word in words):
                        await pilot.pause(0.1)
                seen.append(rows())

            await until("flashing the virtual board")
            await until("recording ", "battery 6", "lost 0 of", "SETTLING")
            await pilot.press("m")
            assert isinstance(app.screen, Asked)
            await pilot.press(*"stairs", "enter")
            await until("marked it")
            await pilot.press("t")
            assert isinstance(app.screen, Sure)
            await pilot.press("y")
            await until("lay the sock")  # it is worn: what it reads is no zero
            await pilot.press("a")
            await until("is silent")
            await pilot.press("p")
            await until("PAUSED")
            await pilot.press("q")

    monkeypatch.setattr(LiveApp, "run_async", headless)
    watching = Watching(["sim:stand"], recording=True, screen=True)
    await watching.run()

    last = seen[-1]
    assert re.search(r"A (1\d|2\d) ●", last), last  # the ankle is in its band, and says so
    assert any(0x2801 <= ord(letter) <= 0x28FF for letter in last)
    wear = gradsock.open("last")
    assert [event.payload for event in wear.events if event.name == "mark"] == [b"stairs"]
    assert wear.account.received > 100  # what it had not sent yet when it was left, the next one fetches


@pytest.mark.parametrize(("end", "code"), [(b"q", 0), (b"\x03", 0), (signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_the_terminal_is_given_back(end: bytes | int, code: int, tmp_path: Path) -> None:
    """However it ends: the screen of before, a cursor, and a line of what was seen."""
    table = tmp_path / "wear.csv"
    table.write_text("\n".join(["t_s,ankle,calf,knee", *(f"{t / 25},22,16,12" for t in range(10_000))]))
    terminal, inner = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "gradsock", "live", f"replay:{table}"],
        stdin=inner,
        stdout=inner,
        stderr=inner,
        start_new_session=True,
        env=os.environ | {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"},
    ) as live:
        os.close(inner)
        said = until_it_ends(terminal, live, end)
    os.close(terminal)
    assert live.returncode == code
    assert said.count(b"\x1b[?1049h") == said.count(b"\x1b[?1049l") == 1
    after = said.rpartition(b"\x1b[?1049l")[2]
    assert b"\x1b[?25h" in after
    assert b"received" in after


def until_it_ends(terminal: int, live: subprocess.Popen[bytes], end: bytes | int) -> bytes:
    """All that comes out; once data are on the screen a key is pressed, or a signal sent."""
    said, told = b"", False
    while True:
        try:
            more = os.read(terminal, 65536)
        except OSError:  # its other end is closed
            return said
        if not more:
            return said
        said += more
        if not told and b"lost 0" in said:
            told = True
            os.write(terminal, end) if isinstance(end, bytes) else live.send_signal(end)
