"""The owner's commands on a real run: each in its own process, the sock on a virtual board, radio and cable both."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from gradsock.sim.launch import VirtualAir, VirtualBoard

HANG_S = 240.0  # no test waits for a time; this only ends one that hangs


@pytest.fixture
async def air(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[VirtualAir]:
    async with VirtualAir() as made:
        monkeypatch.setenv("GRADSOCK_HCI", made.hci)
        monkeypatch.setenv("GRADSOCK_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("GRADSOCK_DEBUG", "1")
        yield made


async def gradsock(*arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one command."""
    done = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gradsock", *arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(done.communicate(), HANG_S)
    return done.returncode or 0, out.decode(), err.decode()


async def said(*arguments: str) -> str:
    """What a command printed that has to succeed."""
    code, out, err = await gradsock(*arguments)
    assert code == 0, err
    return out


async def told(*arguments: str) -> Any:
    return json.loads(await said(*arguments, "--json"))


async def doctor(*arguments: str) -> dict[str, list[dict[str, str]]]:
    """What the doctor found, part by part; a fault is a failure."""
    code, out, _ = await gradsock("doctor", *arguments, "--json")
    found: dict[str, list[dict[str, str]]] = json.loads(out)
    assert code == any(check["level"] == "fault" for checks in found.values() for check in checks)
    return found


async def test_settings_over_the_air_are_in_force_after_a_boot_and_survive_the_next(board: VirtualBoard) -> None:
    before = await told("status")
    after = await told("settings", "set", "side=left", "rate_Hz=50", "name=mine")
    assert (after["side"], after["rate_Hz"]) == ("left", 50)
    status = await told("status", "ble:mine")
    assert (status["side"], status["rate_Hz"], status["boot"]) == ("left", 50, before["boot"] + 1)
    assert status["battery_percent"] == before["battery_percent"]
    assert await told("settings", "--port", board.serial_url, "get", "rate_Hz") == 50

    code, _, err = await gradsock("settings", "ble:mine", "set", "side=right", "allow_unprotected=false")
    assert code == 2
    assert "can be set over the cable only" in err
    assert await told("settings", "ble:mine", "get", "side") == "left"


async def test_the_small_commands(board: VirtualBoard) -> None:
    name = (await told("status"))["name"]
    assert await said("identify", "--for", "5s") == f"{name} blinks for 5 s\n"
    assert await said("side", "right") == f"{name}: right\n"
    assert await said("rename", "mine") == "it is now ble:mine\n"
    assert await said("rename", "") == f"it is now ble:{name}\n"
    await said("prescription", "ral:I", "--physician")
    assert (await told("prescription"))["text"] == "ral:I"
    assert (await said("mark", "my foot is cold")).startswith("Take the sock off.")

    assert await said("tare") == f"{name} has its zero\n"
    await board.command("press", mmHg=30.0)
    code, _, err = await gradsock("tare")
    assert code == 1
    assert re.search(r"ankle reads \d+ mmHg: lay the sock flat, with nothing on it", err)


async def test_settings_and_doctor_over_the_cable(board: VirtualBoard) -> None:
    port = board.serial_url
    await told("settings", "--port", port, "set", "allow_unprotected=false", "side=left")
    assert await told("settings", "--port", port, "get", "allow_unprotected") is False
    code, _, err = await gradsock("status")
    assert code == 1
    assert "gradsock pair ble:" in err

    await board.command("unplug", address=72)
    looked = await doctor("--port", port)
    (part,) = (checks for name, checks in looked.items() if name.startswith("board at"))
    found = {check["what"]: check for check in part}
    assert found["firmware"]["level"] == "ok"
    assert found["pairing"]["found"] == "shut, for looking restarts the sock; to pair press its button or power it anew"
    assert found["bus"] == {
        "what": "bus",
        "level": "fault",
        "found": "nothing answers, where 0x48 should: so no ankle, calf, knee, reference",
        "do": "check VDD, GND, SDA and SCL, and the ADDR pin of the chip",
    }
    await board.command("plug", address=72)


async def test_the_doctor_finds_nothing_wrong_with_a_good_sock(board: VirtualBoard) -> None:
    looked = await doctor("ble:", "--port", board.serial_url)
    on_board, on_air = looked[f"board at {board.serial_url}"], looked["sock ble:"]
    assert [check for check in on_board if check["level"] != "ok"] == []
    assert {"firmware", "clock", "bus", "knee (0x48 input 2)", "crash", "calibration"} <= {c["what"] for c in on_board}
    assert [check["what"] for check in on_air if check["level"] != "ok"] == ["protection"]


class Typist:
    """Somebody at the keyboard of `gradsock start`."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self.seen = ""

    async def __aenter__(self) -> Typist:
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gradsock", "start", *self._arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def until(self, *words: str) -> str:
        """Read on until some of these words have come; what came."""
        start = len(self.seen)
        while not any(some in self.seen[start:] for some in words):
            assert self.process.stdout
            data = await asyncio.wait_for(self.process.stdout.read(4096), HANG_S)
            assert data, f"it ended before {words}:\n{self.seen}"
            self.seen += data.decode()
        return self.seen[start:]

    async def type(self, question: str, answer: str) -> None:
        await self.until(question)
        assert self.process.stdin
        self.process.stdin.write(answer.encode() + b"\n")
        await self.process.stdin.drain()

    async def leave(self) -> int:
        """Nobody types any more; the exit code."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.seen += (await asyncio.wait_for(self.process.stdout.read(), HANG_S)).decode()
        return await self.process.wait()


async def pump(typist: Typist, board: VirtualBoard) -> None:
    """Through a guided calibration as a person with a cuff goes through it: pump, look at the gauge, press Enter."""
    await typist.type("What will you do", "calibrate --levels 0,15,30,45,60 --settle 1s --hold 4s")
    await typist.type("What presses?", "cuff")
    await typist.type("Is the bottle ready", "y")
    await typist.type("Who calibrates?", "Ada")
    await typist.type("What sort", "flexiforce")
    await typist.type("What does your gauge show", "20=20,40=40,60=60")
    await typist.type("How warm", "23")
    await typist.type("Which sensors", "ankle calf knee")
    while "How high" not in (asked := await typist.until("then press Enter", "How high above the floor")):
        mmHg = float(re.findall(r"(?:to|shows) ([0-9.]+)", asked)[-1])
        await board.command("press", mmHg=mmHg, over=0.2)
        await asyncio.sleep(0.4)
        await typist.type("", "")
    await typist.type("", "10")
    for question in ("thick", "ring", "How high", "thick", "ring", "How high", "thick", "ring"):
        await typist.type(question, "")


async def test_a_first_evening_from_an_erased_board_to_a_good_verdict(air: VirtualAir, tmp_path: Path) -> None:
    async with VirtualBoard(tmp_path / "board", air=air, leg="stand", seed=7) as board:
        async with Typist("--port", board.serial_url) as typist:
            await typist.type("all right for you to wear one?", "y")
            await typist.type("Which one is it", "sim")
            await typist.until("Its passkey is ")
            await typist.until("nobody else gets a reading")
            await typist.type("in front of you blink?", "y")
            assert await typist.leave() == 1  # called away
            assert "goes on where it stopped" in typist.seen

        async with Typist() as typist:
            await typist.type("in front of you blink?", "y")
            await typist.type("left or right?", "left")
            await typist.type("package", "us:15-20")
            await typist.type("ankle, just", "22.5@10")
            await typist.type("calf, where", "36@28")
            await typist.type("knee, just", "33@38")
            await pump(typist, board)
            await typist.until("Press Enter")
            await board.command("wear")
            await typist.type("", "")
            await typist.until("good. The pressure falls from ankle to knee")
            assert await typist.leave() == 0
        assert "1 of 7" not in typist.seen
        assert "settling." in typist.seen

        status = await told("status")
        assert (status["side"], status["prescription"]) == ("left", "us:15-20")
        (artefact,) = (tmp_path / "home" / "data" / "calibrations").glob("*.json")
        made = json.loads(artefact.read_text())
        assert status["calibration"] == made["id"]
        assert (made["operator"], made["serial"], made["side"]) == ("Ada", status["serial"], "left")
        assert [sensor["place"]["girth_cm"] for sensor in made["sensors"]] == [
            22.5,
            36,
            33,
        ]  # of the leg measured before
        assert max(sensor["rms_mmHg"] for sensor in made["sensors"]) < 1.5
    assert (await told("leg", "left"))["sites"]["calf"]["girth_cm"] == 36
