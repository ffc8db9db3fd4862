"""From scans to notifications and from requests to answers, over a radio with MicroPython's manners."""

import asyncio
from array import array
from typing import Any

import pytest
from sock import MISSING, asking, event, event_reader, protocol
from sock.block import Block, decode, kind_of
from sock.calibration import from_dict
from sock.header import UNSCANNED
from sock.prescription import parse
from sock.settings import defaults

CHANNELS = [["ankle", 72, 0], ["calf", 72, 1], ["knee", 72, 2], ["reference", 72, 3]]
KNOTS = [[0, 0], [16384, 8000]]


def nothing() -> None:
    """A task's report to a supervisor that is not there."""


class Rig:
    """The sock from the counts on; `scans` feeds it in virtual time."""

    def __init__(self, world: Any) -> None:
        from device.control import Control
        from device.gate import Gate
        from device.gatt import Gatt
        from device.indicator import Indicator
        from device.readings import Readings
        from device.stream import Stream
        from device.ticks import Ticks

        self.world, self.radio = world, world.radio
        self.gatt = Gatt(None)
        self.gatt.serve("sock-0001", "gradsock test", ["ankle", "calf", "knee"], Gate(True))
        self.ticks = Ticks()
        calibration = from_dict({"calibration": 1, "id": "test", "knots": [KNOTS] * 3})
        self.stream = Stream(self.gatt, self.ticks, 7, 3, 40)
        self.stream.context = [
            (event.CONTEXT_CALIBRATION, calibration.pack()),
            (event.CONTEXT_SETTINGS, b"{" + b" " * 400 + b"}"),
        ]
        self.readings = Readings(CHANNELS, calibration, parse("us:15-20"), self.stream, 40)
        self.indicator = Indicator(self.gatt, self.readings, self.stream, self.ticks.now, 0)
        self.indicator.wearer("begin", defaults())
        self.control = Control(self.gatt, self.stream, self.indicator, self.ticks, nothing)
        self.control_handle = self.radio.uuids[protocol.CONTROL_UUID]
        self.index = 0

    def run(self, coroutine: Any) -> Any:
        """Run with the sock's own tasks beside."""

        async def beside() -> Any:
            tasks = [
                asyncio.create_task(run(nothing)) for run in (self.stream.run, self.control.run, self.indicator.run)
            ]
            await asyncio.sleep(0)
            try:
                return await asyncio.wait_for(coroutine, 1000)
            finally:
                for task in tasks:
                    task.cancel()

        return self.world.run(beside())

    async def scans(self, count: int, reference: int = 24000) -> None:
        for _ in range(count):
            walk = self.index % 200
            self.readings.take(self.index, array("h", [4000 + walk, 3000, 2000 - walk, reference]))
            self.index += 1
            await asyncio.sleep(0.040)

    async def ask(self, opcode: int, payload: bytes = b"", raw: bytes | None = None) -> tuple[int, bytes]:
        """Result and payload of the answer."""
        before = len(self.radio.indicated)
        self.radio.write(self.control_handle, raw if raw is not None else asking.pack_request(opcode, 9, payload))
        while len(self.radio.indicated) == before:
            await asyncio.sleep(0.01)
        answered, token, result, said = asking.parse_answer(self.radio.indicated[-1])
        sent = raw if raw is not None else bytes([opcode, 9])
        assert (answered, token) == ((sent[0] if sent else 0) & 0x7F, sent[1] if len(sent) > 1 else 0)
        return result, said

    def events(self) -> list[event_reader.Event]:
        return [event_reader.decode_event(data) for _, data in self.radio.notified if kind_of(data) == "event"]

    def blocks(self) -> list[Block]:
        return [decode(data) for _, data in self.radio.notified if kind_of(data) == "samples"]

    def indices(self) -> list[int]:
        return [block.index + at for block in self.blocks() for at in range(block.count)]


@pytest.fixture
def rig(world: Any) -> Rig:
    made = Rig(world)
    made.radio.come()
    return made


def test_nothing_streams_before_a_start(rig: Rig) -> None:
    rig.run(rig.scans(100))
    assert rig.radio.notified == []
    assert rig.stream.dropped == 0


def test_a_start_brings_the_context_and_then_every_scan_in_blocks_of_five(rig: Rig) -> None:
    async def go() -> None:
        assert await rig.ask(protocol.START, b"\x01") == (protocol.OK, b"")
        await rig.scans(250)
        assert await rig.ask(protocol.STOP) == (protocol.OK, b"")

    rig.run(go())
    kinds = [kind_of(data) for _, data in rig.radio.notified]
    assert kinds == sorted(kinds)  # events first
    whole = event_reader.ContextParts()
    settings = [e.payload for e in rig.events() if e.kind == event.CONTEXT_SETTINGS]
    assert [whole.add(part) for part in settings][-1] == b"{" + b" " * 400 + b"}"
    assert rig.indices() == list(range(250))
    assert {block.count for block in rig.blocks()} == {5}
    assert {(block.boot, block.period_ms, block.reference_counts) for block in rig.blocks()} == {(7, 40, 24000)}
    assert max(len(data) for _, data in rig.radio.notified) <= 240


def test_what_is_stored_is_within_a_fifth_of_a_mmHg(rig: Rig) -> None:
    async def go() -> None:
        await rig.ask(protocol.START, b"\x01")
        await rig.scans(200)
        await rig.ask(protocol.STOP)

    rig.run(go())
    assert max(rig.readings.steps) > 1
    for block in rig.blocks():
        for at, sample in enumerate(block.samples):
            true = (4000 + block.index + at, 3000, 2000 - block.index - at)
            assert max(abs(a - b) for a, b in zip(sample, true, strict=True)) <= max(rig.readings.steps)


def test_a_full_radio_loses_and_reorders_nothing(rig: Rig) -> None:
    async def go() -> None:
        await rig.ask(protocol.START, b"\x01")
        rig.radio.room = 3
        await rig.scans(200)  # 40 blocks
        assert len(rig.blocks()) < 10
        rig.radio.room = 1000
        await rig.scans(50)
        await rig.ask(protocol.STOP)

    rig.run(go())
    assert rig.indices() == list(range(250))
    assert rig.stream.dropped == 0


def test_what_did_not_fit_is_counted_to_the_block_and_the_newest_is_kept(rig: Rig) -> None:
    async def go() -> None:
        await rig.ask(protocol.START, b"\x01")
        rig.radio.room = 0
        await rig.scans(5000)
        rig.radio.room = 1000
        await rig.ask(protocol.STOP)

    rig.run(go())
    events = len(rig.events())
    assert rig.stream.dropped > 0
    assert events >= 2
    assert rig.indices() == list(range(5 * rig.stream.dropped, 5000))


def test_a_host_that_goes_ends_the_stream_and_the_next_gets_nothing_of_it(rig: Rig) -> None:
    async def go() -> None:
        await rig.ask(protocol.START, b"\x01")
        rig.radio.room = 0
        await rig.scans(50)
        rig.radio.leave()
        rig.radio.room = 1000
        rig.radio.notified.clear()
        await rig.scans(50)
        rig.radio.come(65)
        await rig.scans(50)
        assert rig.radio.notified == []
        await rig.ask(protocol.START, b"\x01")
        first = rig.index
        await rig.scans(50)
        await rig.ask(protocol.STOP)
        assert rig.indices() == list(range(first, rig.index))

    rig.run(go())
    assert rig.stream.dropped == 10


def test_a_moved_reference_begins_new_blocks(rig: Rig) -> None:
    async def go() -> None:
        await rig.ask(protocol.START, b"\x01")
        await rig.scans(7)
        await rig.scans(100, reference=23000)
        await rig.ask(protocol.STOP)

    rig.run(go())
    assert rig.indices() == list(range(107))
    assert rig.blocks()[-1].reference_counts == pytest.approx(23000, abs=50)
    assert 2 in {block.count for block in rig.blocks()}


def test_missing_scans_keep_their_place(rig: Rig) -> None:
    async def go() -> None:
        await rig.ask(protocol.START, b"\x01")
        await rig.scans(3)
        rig.readings.take(3, array("h", [MISSING] * 4))
        rig.index = 4
        await rig.scans(1)
        await rig.ask(protocol.STOP)

    rig.run(go())
    samples = [sample for block in rig.blocks() for sample in block.samples]
    assert samples[3] == (MISSING,) * 3
    assert [MISSING in sample for sample in samples] == [False, False, False, True, False]


def test_a_reference_that_was_never_read_leaves_the_counts(rig: Rig) -> None:
    async def go() -> None:
        await rig.ask(protocol.START, b"\x01")
        await rig.scans(5, reference=MISSING)
        await rig.ask(protocol.STOP)

    rig.run(go())
    (block,) = rig.blocks()
    assert block.reference_counts == MISSING
    assert block.samples[0] == (4000, 3000, 2000)
    assert rig.readings.mean_cmmHg(0) == MISSING


def test_below_an_mtu_of_100_the_host_is_told_why(world: Any) -> None:
    rig = Rig(world)
    rig.radio.come(mtu=None)
    result, said = rig.run(rig.ask(protocol.START, b"\x01"))
    assert result == protocol.NOT_SUPPORTED
    assert said == b"MTU 23 < 100"
    rig.run(rig.scans(50))
    assert rig.radio.notified == []


def test_a_probe_tells_when_it_came_and_when_its_answer_left(rig: Rig) -> None:
    async def go() -> list[int]:
        delays = []
        for number in range(60):
            result, said = await rig.ask(protocol.PROBE, asking.pack_probe(number, 600))
            assert result == protocol.OK
            probe_id, received_ms, sent_ms = asking.parse_probe_answer(said)
            assert probe_id == number
            assert abs(rig.ticks.now() - sent_ms) <= 10
            delays.append(sent_ms - received_ms)
            await asyncio.sleep(0.1)
        return delays

    delays = rig.run(go())
    assert min(delays) >= 0
    assert max(delays) <= protocol.PROBE_DELAY_MAX_MS + 1
    assert len(set(delays)) > 10


@pytest.mark.parametrize(
    ("opcode", "payload", "wanted"),
    [
        (protocol.START, b"", protocol.BAD_VALUE),
        (protocol.START, b"\x00", protocol.BAD_VALUE),
        (protocol.START, b"\x03", protocol.BAD_VALUE),
        (protocol.START, b"\x01\x01", protocol.BAD_VALUE),
        (protocol.STOP, b"", protocol.OK),
        (protocol.STOP, b"\x01", protocol.BAD_VALUE),
        (protocol.PROBE, b"", protocol.BAD_VALUE),
        (protocol.PROBE, b"\x01\x00\x00\x00\xa0\x05", protocol.BAD_VALUE),  # minute 1440
        (protocol.MARK, b"", protocol.BAD_VALUE),
        (protocol.MARK, b"x" * 61, protocol.BAD_VALUE),
        (protocol.MARK, b"\xff\xfe", protocol.BAD_VALUE),
        (protocol.MARK, b"no stream", protocol.NOT_SUPPORTED),
        (protocol.IDENTIFY, b"", protocol.BAD_VALUE),
        (protocol.IDENTIFY, b"\x05", protocol.OK),
        (protocol.IDENTIFY, b"\x00", protocol.OK),
        (protocol.TARE, b"", protocol.BAD_VALUE),
        (protocol.NEW_SESSION, b"", protocol.OK),
        (protocol.ALLOW_PAIRING, b"", protocol.NOT_SUPPORTED),
        (protocol.SNOOZE, b"", protocol.BAD_VALUE),
        (protocol.SNOOZE, b"\x78\x00", protocol.OK),
        (protocol.ACK, b"", protocol.OK),
        (protocol.ACK, b"\x01", protocol.BAD_VALUE),
        (protocol.FORGET_BASELINE, b"", protocol.OK),
        (protocol.MARK, b"a cramp", protocol.NOT_SUPPORTED),
        (0, b"", protocol.UNKNOWN_OPCODE),
        (9, b"", protocol.UNKNOWN_OPCODE),
        (255, b"x" * 78, protocol.UNKNOWN_OPCODE),
    ],
)
def test_every_request_gets_its_answer(rig: Rig, opcode: int, payload: bytes, wanted: int) -> None:
    result, _ = rig.run(rig.ask(opcode, payload))
    assert result == wanted


@pytest.mark.parametrize("raw", [b"", b"\x01", b"\xff"])
def test_a_request_without_a_token_is_answered_too(rig: Rig, raw: bytes) -> None:
    result, _ = rig.run(rig.ask(0, raw=raw))
    assert result == protocol.BAD_VALUE


def test_a_mark_and_a_new_session_lie_among_the_blocks_where_they_happened(rig: Rig) -> None:
    async def go() -> None:
        await rig.ask(protocol.START, b"\x01")
        await rig.scans(12)
        assert (await rig.ask(protocol.MARK, "weiß".encode()))[0] == protocol.OK
        await rig.scans(10)
        assert (await rig.ask(protocol.NEW_SESSION))[0] == protocol.OK
        await rig.ask(protocol.STOP)

    rig.run(go())
    told = [(e.kind, e.payload) for e in rig.events()[-2:]]
    assert told == [(event.MARK, "weiß".encode()), (event.NEW_SESSION, b"")]
    at = [
        kind_of(data) == "event" and event_reader.decode_event(data).kind == event.MARK
        for _, data in rig.radio.notified
    ]
    before = [decode(data).count for _, data in rig.radio.notified[: at.index(True)] if kind_of(data) == "samples"]
    assert sum(before) in (11, 12, 13)
    assert rig.indices() == list(range(22))


def test_identify_blinks_for_its_seconds(rig: Rig) -> None:
    async def go() -> tuple[int, int]:
        await rig.ask(protocol.IDENTIFY, b"\x03")
        await asyncio.sleep(3)
        during = len(rig.world.led.changes)
        await asyncio.sleep(10)
        return during, len(rig.world.led.changes) - during

    during, after = rig.run(go())
    assert during >= 20
    assert after <= 8


def test_another_mtu_at_the_next_start_is_kept_to(world: Any) -> None:
    rig = Rig(world)

    async def go(mtu: int) -> int:
        rig.radio.notified.clear()
        rig.radio.come(mtu=mtu)
        await rig.ask(protocol.START, b"\x01")
        await rig.scans(50)
        await rig.ask(protocol.STOP)
        rig.radio.leave()
        return max(len(data) for _, data in rig.radio.notified)

    assert rig.run(go(100)) <= 97
    assert rig.run(go(185)) <= 182
    assert rig.run(go(247)) <= 240


@pytest.mark.parametrize("flag", [0, UNSCANNED], ids=["nothing answered", "nobody looked"])
def test_a_busy_second_is_no_sensor_at_fault(rig: Rig, flag: int) -> None:
    async def go() -> None:
        assert (await rig.ask(protocol.START, b"\x01"))[0] == protocol.OK
        await rig.scans(100)
        for _ in range(60):
            rig.readings.take(rig.index, array("h", [MISSING] * 4), flag)
            rig.index += 1
            await asyncio.sleep(0.040)
        await rig.scans(30)

    rig.run(go())
    told = {found.kind for found in [*rig.readings.fit.open_findings(), *rig.readings.fit.take_closed()]}
    noticed = {event_reader.decode_event(data).kind for _, data in rig.radio.notified if kind_of(data) == "event"}
    assert ("sensor-fault" in told or event.NOTICE in noticed) == (flag == 0)
    rows = {block.index + row: block.scanned(row) for block in rig.blocks() for row in range(block.count)}
    assert [index for index, scanned in rows.items() if not scanned] == [*range(100, 160)] * flag
