"""What earlier loads left: taken off on the sock, told to whoever listens, and the same on a host that came late."""

import asyncio
from array import array
from typing import Any

import pytest
from gradsock.log.context import StreamContext
from gradsock.log.live import LivePressures
from sock import event, event_reader, protocol
from sock.block import decode, kind_of
from sock.calibration import Calibration
from sock.prescription import parse

from tests.firmware.test_device_stream import CHANNELS, Rig

LINE = ((320, 0), (8000, 3000), (16000, 6000))
CALIBRATION = Calibration("creeping", (LINE,) * 3, (592, 300, 0), ((1600, 1600, 1600), (0, 0, 900), (0, 0, 0)))


class Remembering(Rig):
    """A sock whose calibration knows creep and hysteresis. ``read``: pressures per index as the fit check got them."""

    def __init__(self, world: Any, calibration: Calibration = CALIBRATION) -> None:
        super().__init__(world)
        from device.readings import Readings

        self.stream.context[0] = (event.CONTEXT_CALIBRATION, calibration.pack())
        wanted = parse("us:15-20")
        self.readings = Readings(CHANNELS, calibration.curves(), wanted, self.stream, 40, calibration.history())
        self.read: dict[int, list[int]] = {}
        judged = self.readings.fit.add

        def add(ticks_ms: int, pressures: list[int] | tuple[int, ...]) -> bool:
            self.read[ticks_ms // 40] = list(pressures)
            return judged(ticks_ms, pressures)

        self.readings.fit.add = add  # type: ignore[method-assign]

    async def scans(self, count: int, reference: int = 24000) -> None:
        for _ in range(count):
            walk = self.index % 50 * 20
            self.readings.take(self.index, array("h", [8000 + walk, 7000 - walk, 4000, reference]))
            self.index += 1
            await asyncio.sleep(0.040)

    def told(self) -> list[tuple[str, int]]:
        """("history", its second) and ("samples", index) in the order in which the radio took them."""
        said: list[tuple[str, int]] = []
        parts = event_reader.ContextParts()
        for _, data in self.radio.notified:
            if kind_of(data) == "samples":
                said.append(("samples", decode(data).index))
            elif (happened := event_reader.decode_event(data)).kind == event.LOAD_HISTORY:
                whole = parts.add(happened.payload)
                assert whole is not None  # three channels fit into one event
                said.append(("history", int.from_bytes(whole[:8], "little")))
        return said


@pytest.fixture
def rig(world: Any) -> Remembering:
    made = Remembering(world)
    made.radio.come()
    return made


async def listen_late(rig: Remembering) -> None:
    await rig.scans(60 * 25 + 7)
    await rig.ask(protocol.START, b"\x01")
    await rig.scans(70 * 25)


def test_who_begins_to_listen_is_told_now_at_the_next_second_and_every_minute(rig: Remembering) -> None:
    rig.run(listen_late(rig))
    told = rig.told()
    first = next(number for what, number in told if what == "samples")
    assert told[0] == ("history", first // 25)
    assert [number for what, number in told if what == "history"] == [first // 25, first // 25 + 1, 120]
    for at, (what, number) in enumerate(told[1:], 1):
        if what == "history":
            assert told[at + 1] == ("samples", number * 25)  # nothing of that second came before it


def test_a_host_that_came_late_reads_what_the_sock_reads(rig: Remembering) -> None:
    rig.run(listen_late(rig))
    context = StreamContext()
    pressures, compared = LivePressures(context), 0
    for _, data in rig.radio.notified:
        if kind_of(data) == "event":
            context.take(event_reader.decode_event(data))
            continue
        samples = decode(data)
        for number, row in enumerate(pressures.rows_cmmHg(samples)):
            assert row == rig.read[samples.index + number]
            compared += 1
    assert compared > 69 * 25
    curve = CALIBRATION.pressure_cmmHg(0, 8000, 24000)
    assert abs(rig.read[60 * 25 * 2][0] - curve) > 100  # more than a mmHg was taken off


def test_a_calibration_that_knows_no_creep_says_nothing(world: Any) -> None:
    plain = Remembering(world, Calibration("plain", (LINE,) * 3))
    plain.radio.come()
    plain.run(listen_late(plain))
    assert all(what == "samples" for what, _ in plain.told())
