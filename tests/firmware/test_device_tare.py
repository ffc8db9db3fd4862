"""TARE: refused where something presses or moves, kept over a reboot, and read alike by the sock, a host and a log."""

import asyncio
import json
import re
from array import array
from pathlib import Path
from typing import Any

import pytest
from gradsock.log.context import StreamContext
from gradsock.log.contexts import Contexts
from gradsock.log.live import LivePressures
from sock import event, event_reader, protocol
from sock.block import decode, kind_of
from sock.calibration import Calibration
from sock.calibration import unpack as unpack_calibration
from sock.encoder import quantise
from sock.zero import rest_of, unpack

from tests.firmware.test_device_history import CALIBRATION, Remembering

AT_ZERO = (460, 460, 460)  # counts at an x of 320
KNOTS = (((320, 0), (8000, 3000), (16000, 6000)),) * 3
PLAIN_REST = [320, 320, 320]
SECONDS = 25


class Tared(Remembering):
    """A sock whose readings lie at rest, shifted by a preload."""

    def __init__(self, world: Any, calibration: Calibration) -> None:
        super().__init__(world, calibration)
        self.counts = list(AT_ZERO)
        self.indicator.readings = self.readings

    async def scans(self, count: int, reference: int = 24000) -> None:
        for _ in range(count):
            wobble = self.index % 3 - 1
            self.readings.take(self.index, array("h", [c + wobble for c in self.counts] + [reference]))
            self.index += 1
            await asyncio.sleep(0.040)

    async def tare(self) -> tuple[int, str]:
        """The answer while the scans go on."""
        asking = asyncio.create_task(self.ask(protocol.TARE))
        while not asking.done():
            await self.scans(1)
        result, text = await asking
        return result, text.decode()

    def rest(self) -> list[int]:
        assert self.readings._curves
        return rest_of(self.readings._curves)

    def last(self) -> list[int]:
        return self.read[self.index - 1]


@pytest.fixture(autouse=True)
def flash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def made(world: Any, creeping: bool = False) -> Tared:
    calibration = unpack_calibration(CALIBRATION.pack()) if creeping else Calibration("plain", KNOTS)
    (Path.cwd() / "calibration.json").write_text(calibration.to_json())
    rig = Tared(world, calibration)
    rig.radio.come()
    return rig


def test_what_is_read_with_nothing_on_it_becomes_no_pressure(world: Any) -> None:
    rig = made(world)
    rig.counts = [520, 430, 470]

    async def go() -> tuple[int, str]:
        await rig.scans(50)
        assert rig.last()[0] > 15
        said = await rig.tare()
        await rig.scans(3)
        return said

    assert rig.run(go()) == (protocol.OK, "")
    assert all(abs(pressure) <= 6 for pressure in rig.last())
    kept = json.loads((Path.cwd() / "zero.json").read_text())
    assert kept["id"] == "plain"
    assert kept["was"] == PLAIN_REST
    assert kept["rest"] == pytest.approx([counts * 16384 / (24000 - counts) for counts in rig.counts], abs=8)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ([2500, 460, 460], r"ankle reads 6 mmHg: lay the sock flat, with nothing on it"),
        ([460, 460, 9000], r"knee reads \d\d mmHg"),
        ([460, 0, 460], r"calf reads -\d mmHg|calf cannot be read: is its wire whole\?"),
        ([460, 24000, 460], r"calf cannot be read: is its wire whole\?"),
    ],
)
def test_a_sock_on_a_leg_or_with_a_broken_wire_takes_no_zero(world: Any, counts: list[int], said: str) -> None:
    rig = made(world)
    rig.counts = counts
    result, text = rig.run(rig.tare())
    assert result == protocol.BAD_VALUE
    assert re.match(said, text), text
    assert not (Path.cwd() / "zero.json").exists()
    assert rig.rest() == PLAIN_REST


def test_what_still_moves_takes_no_zero(world: Any) -> None:
    rig = made(world)

    async def go() -> tuple[int, str]:
        asking = asyncio.create_task(rig.ask(protocol.TARE))
        while not asking.done():
            rig.counts = [460, 460 + 60 * (rig.index // 2), 460]
            await rig.scans(1)
        return (await asking)[0], (await asking)[1].decode()

    assert rig.run(go()) == (protocol.BAD_VALUE, "calf is not steady yet: wait a minute")


def test_zeros_do_not_wander_away_from_the_calibration(world: Any) -> None:
    rig = made(world)
    said = []

    async def go() -> None:
        for step in range(1, 6):
            rig.counts = [460 + 1000 * step, 460, 460]
            said.append(await rig.tare())

    rig.run(go())
    assert said[0] == (protocol.OK, "")
    assert said[2] == (protocol.BAD_VALUE, "ankle is too far from its calibration: calibrate it")


def test_without_scans_or_calibration_there_is_no_zero(world: Any) -> None:
    rig = made(world)
    result, text = rig.run(rig.ask(protocol.TARE))
    assert (result, text) == (protocol.BAD_VALUE, b"ankle was not read")
    rig.readings._curves = None
    assert rig.run(rig.ask(protocol.TARE)) == (protocol.NOT_SUPPORTED, b"no calibration, no zero")


def test_a_full_flash_leaves_the_old_zero(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = made(world)
    from device import store

    def full(_name: str, _text: str) -> None:
        raise OSError(28)

    monkeypatch.setattr(store, "write", full)
    result, text = rig.run(rig.tare())
    assert (result, text[:17]) == (protocol.BUSY, "the flash refuses")
    assert rig.rest() == PLAIN_REST


def test_it_is_in_force_again_after_a_boot_and_void_under_another_calibration(world: Any) -> None:
    rig = made(world)
    rig.counts = [520, 430, 470]
    assert rig.run(rig.tare())[0] == protocol.OK
    from device import tare

    again = Calibration("plain", KNOTS)
    tare.begin(again, rig.stream)
    assert rest_of(again) == rig.rest()
    kinds = [kind for kind, _ in rig.stream.context]
    assert kinds[:2] == [event.CONTEXT_CALIBRATION, event.CONTEXT_ZERO]
    assert kinds.count(event.CONTEXT_ZERO) == 1
    assert unpack(rig.stream.context[1][1])[0] == 0

    other = Calibration("other", KNOTS)
    tare.begin(other, rig.stream)
    assert rest_of(other) == PLAIN_REST
    for broken in ("", "{}", "[]", '{"id":"plain","was":[1],"rest":["a"]}', '{"id":"plain","was":[],"rest":[]}'):
        (Path.cwd() / "zero.json").write_text(broken)
        tare.begin(fresh := Calibration("plain", KNOTS), rig.stream)
        assert rest_of(fresh) == PLAIN_REST


@pytest.mark.parametrize("creeping", [False, True])
@pytest.mark.parametrize("late", [False, True])
def test_sock_host_and_log_read_the_same_before_and_after_it(world: Any, creeping: bool, late: bool) -> None:
    rig = made(world, creeping)

    async def go() -> None:
        if not late:
            assert (await rig.ask(protocol.START, b"\x01"))[0] == protocol.OK
        rig.counts = [8000, 7000, 6000]
        await rig.scans(20 * SECONDS)
        rig.counts = [700, 600, 380]
        await rig.scans(10 * SECONDS + 7)
        assert await rig.tare() == (protocol.OK, "")
        if late:
            assert (await rig.ask(protocol.START, b"\x01"))[0] == protocol.OK
        await rig.scans(4 * SECONDS)
        rig.counts = [8000, 7000, 6000]
        await rig.scans(4 * SECONDS)

    rig.run(go())
    context, events, compared = StreamContext(), [], 0
    pressures = LivePressures(context)
    for _, data in rig.radio.notified:
        if kind_of(data) == "event":
            events.append(event_reader.decode_event(data))
            context.take(events[-1])
            continue
        samples = decode(data)
        for number, row in enumerate(pressures.rows_cmmHg(samples)):
            assert row == rig.read[samples.index + number]
            compared += 1
    assert compared > 7 * SECONDS

    contexts = Contexts(events)
    assert [h.kind for h in contexts.others].count(event.TARE) == (not late)
    calibrations = contexts.calibrations(7)
    assert rest_of(calibrations[-1].calibration) == rig.rest()
    assert rest_of(calibrations[0].calibration) == PLAIN_REST
    assert contexts.unreadable == []
    if not creeping:  # the very sample from which on it holds
        taken = (calibrations[-1].ticks_ms - rig.readings.start_ms) // 40
        for index, since in ((taken - 1, calibrations[0]), (taken, calibrations[-1])):
            counts = quantise(700 + index % 3 - 1, rig.readings.steps[0]) * rig.readings.steps[0]
            assert rig.read[index][0] == since.calibration.pressure_cmmHg(0, counts, 24000)
