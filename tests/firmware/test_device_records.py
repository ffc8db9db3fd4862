"""Record access beside the live stream, over a radio like MicroPython's: counted, reported, forgotten."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sock import asking, event, event_reader, fetching, protocol, records
from sock.block import decode, kind_of

from tests.firmware.journal_bench import entries
from tests.firmware.records_bench import BOOT, Rig, rigged


@pytest.fixture
def rig(world: Any, tmp_path: Path) -> Iterator[Rig]:
    with rigged(world, tmp_path) as made:
        yield made


def test_everything_comes_in_portions_each_once_and_in_order(rig: Rig) -> None:
    rig.scan(12_000)
    portions = rig.run(rig.fetch())
    assert sorted(rig.fetched.items()) == rig.held()
    assert rig.samples() == list(range(12_000))
    assert portions == -(-len(rig.fetched) // records.REPORT_ENTRIES) > 1
    assert max(len(data) for _, data in rig.radio.notified) <= 244


def test_a_count_says_how_many_and_which(rig: Rig) -> None:
    rig.scan(5000)
    rig.journal.close_block(True)
    held = rig.held()

    async def go() -> None:
        assert await rig.ask(fetching.request(records.COUNT)) == (len(held), held[0][0], held[-1][0])
        assert await rig.ask(fetching.request(records.COUNT, records.WITHIN, 3, 7)) == (5, 3, 7)
        assert await rig.ask(fetching.request(records.COUNT, records.FROM, held[-1][0] + 1)) == (0, 0, 0)

    rig.run(go())


@pytest.mark.parametrize(("first", "last"), [(0, 0), (0, 4999), (124, 125), (600, 1800), (2500, 2500), (4999, 9000)])
def test_samples_lead_to_the_entries_that_hold_them(rig: Rig, first: int, last: int) -> None:
    rig.scan(2000)
    rig.stream.tell(event.MARK, b"here")
    rig.scan(3000)
    rig.run(rig.ask(fetching.request_samples(records.REPORT, BOOT, first, last)))
    found = [decode(data) for _, data in sorted(rig.fetched.items()) if kind_of(data) == "samples"]
    assert found[0].index <= first < found[0].index + found[0].count
    reach = min(last, 4999)
    assert found[-1].index <= reach < found[-1].index + found[-1].count
    events = [data for data in rig.fetched.values() if kind_of(data) == "event"]
    assert len(events) == (first < 2000 <= last)
    numbers = sorted(rig.fetched)
    assert numbers == list(range(numbers[0], numbers[-1] + 1))


def test_samples_of_another_boot_are_not_there(rig: Rig) -> None:
    rig.scan(1000)

    async def go() -> None:
        for boot in (BOOT - 1, BOOT + 1):
            request = fetching.request_samples(records.REPORT, boot, 0, 100)
            assert await rig.ask(request) == (records.REPORT, records.NO_RECORDS)
            assert await rig.ask(fetching.request_samples(records.COUNT, boot, 0, 100)) == (0, 0, 0)
        request = fetching.request_samples(records.REPORT, BOOT, 5000, 6000)
        assert await rig.ask(request) == (records.REPORT, records.NO_RECORDS)

    rig.run(go())


def test_events_alone(rig: Rig) -> None:
    rig.scan(500)
    rig.stream.tell(event.MARK, b"one")
    rig.scan(500)
    rig.stream.tell(event.MARK, b"two")
    rig.scan(500)
    last = rig.journal.next

    async def go() -> None:
        assert await rig.ask(fetching.request_events(1, last)) == (records.REPORT, records.SUCCESS)
        assert rig.report.complete
        assert rig.report.trailer is not None
        assert rig.report.trailer.last == rig.journal.kept - 1
        request = fetching.request_events(rig.journal.kept, last + 9)
        assert await rig.ask(request) == (records.REPORT, records.NO_RECORDS)

    rig.run(go())
    assert {kind_of(data) for data in rig.fetched.values()} == {"event"}
    assert len(rig.fetched) == 4  # two marks, and the settings in two parts


def test_what_was_deleted_is_gone_for_good_and_the_rest_is_not(rig: Rig) -> None:
    rig.scan(9000)
    rig.journal.close_block(True)
    held = rig.held()
    middle = held[len(held) // 2][0]

    async def go() -> None:
        request = fetching.request(records.DELETE, records.UP_TO, middle)
        assert await rig.ask(request) == (records.DELETE, records.SUCCESS)
        assert rig.journal.held()[:3] == [middle + 1, held[-1][0], 0]
        assert await rig.ask(request) == (records.DELETE, records.NO_RECORDS)
        await rig.fetch()

    rig.run(go())
    assert sorted(rig.fetched.items()) == [each for each in held if each[0] > middle]
    from device.journal_start import start

    again = start(3, BOOT + 1, 40)
    assert again is not None
    assert again.held() == rig.journal.held()
    assert entries(again) == [each for each in held if each[0] > middle]


def test_all_deleted_leaves_room_and_numbers_go_on(rig: Rig) -> None:
    rig.scan(9000)

    async def go() -> None:
        last = rig.journal.next
        assert await rig.ask(fetching.request(records.DELETE)) == (records.DELETE, records.SUCCESS)
        assert rig.journal.oldest == rig.journal.newest
        rig.scan(2000)
        await rig.fetch()
        assert min(rig.fetched) >= last - 1

    rig.run(go())
    assert rig.samples()[-1] == 10_999
    assert rig.journal.overwritten == 0


def test_only_from_the_oldest_on_is_anything_forgotten(rig: Rig) -> None:
    rig.scan(3000)
    rig.journal.close_block(True)
    held = rig.held()
    answer = rig.run(rig.ask(fetching.request(records.DELETE, records.WITHIN, 5, 8)))
    assert answer == (records.DELETE, records.BAD_OPERAND)
    assert rig.held() == held


def test_an_abort_ends_a_report_with_what_has_left(rig: Rig) -> None:
    rig.scan(6000)

    async def go() -> None:
        before = len(rig.radio.indicated)
        rig.radio.write(rig.records_handle, fetching.request(records.REPORT))
        await asyncio.sleep(0.2)
        rig.radio.write(rig.records_handle, bytes([records.ABORT, records.NULL]))
        assert await rig.answer(before) == (records.ABORT, records.SUCCESS)
        await asyncio.sleep(2)
        assert len(rig.radio.indicated) == before + 1
        assert 0 < len(rig.fetched) < 30
        assert rig.report.complete
        assert await rig.ask(bytes([records.ABORT, records.NULL])) == (records.ABORT, records.SUCCESS)

    rig.run(go())


def test_a_second_request_waits_for_nothing_and_disturbs_nothing(rig: Rig) -> None:
    rig.scan(6000)

    async def go() -> None:
        before = len(rig.radio.indicated)
        rig.radio.write(rig.records_handle, fetching.request(records.REPORT))
        await asyncio.sleep(0.2)
        rig.radio.write(rig.records_handle, fetching.request(records.DELETE))
        assert await rig.answer(before) == (records.DELETE, records.NOT_COMPLETED)
        assert await rig.answer(before + 1) == (records.REPORT, records.SUCCESS)
        assert rig.report.complete

    rig.run(go())
    assert len(rig.fetched) == len(rig.held())


def test_live_goes_on_meanwhile_and_first(rig: Rig) -> None:
    rig.scan(10_000)

    async def go() -> int:
        rig.stream.start(rig.gatt.session, [])
        first = rig.index
        scanning = asyncio.create_task(rig.scans(400))
        rig.radio.room = 0
        asking = asyncio.create_task(rig.fetch())
        await asyncio.sleep(3)
        rig.listen()
        assert not rig.fetched
        for _ in range(60):  # a radio that takes five at a time
            rig.radio.room = 5
            await asyncio.sleep(0.1)
        rig.radio.room = 10_000
        await scanning
        await asking
        return first

    first = rig.run(go())
    live = [data for handle, data in rig.radio.notified if handle == rig.gatt.live and kind_of(data) == "samples"]
    indices = [block.index + at for block in map(decode, live) for at in range(block.count)]
    assert indices == list(range(first, first + 400))
    assert rig.stream.dropped == 0
    assert rig.samples()[:10_000] == list(range(10_000))


def test_a_link_that_ends_in_a_report_is_gone_on_with_where_it_broke(rig: Rig) -> None:
    rig.scan(12_000)

    async def go() -> None:
        first = 0
        for connection in range(65, 69):
            rig.report = fetching.Report()
            rig.radio.write(rig.records_handle, fetching.request(records.REPORT, records.FROM, first))
            await asyncio.sleep(0.3)
            rig.listen()
            first = rig.report.next
            rig.radio.leave()
            await asyncio.sleep(0.1)
            rig.radio.come(connection)
            await asyncio.sleep(0.1)
        assert 0 < rig.samples()[-1] < 11_999
        await rig.fetch(first)

    rig.run(go())
    assert rig.samples() == list(range(12_000))


@pytest.mark.parametrize("mtu", [100, 185, 247, 517])
def test_entries_come_whole_at_every_mtu(rig: Rig, mtu: int) -> None:
    rig.scan(3000)
    rig.gatt.mtu = mtu
    rig.run(rig.fetch())
    assert sorted(rig.fetched.items()) == rig.held()
    assert max(len(data) for _, data in rig.radio.notified) <= mtu - 3


def test_probes_anchor_the_journal_in_time_once_a_minute(rig: Rig) -> None:
    control = rig.radio.uuids[protocol.CONTROL_UUID]

    async def go() -> list[int]:
        came = []
        for number in range(8):
            came.append(rig.ticks.now())
            rig.radio.write(control, asking.pack_request(protocol.PROBE, 1, asking.pack_probe(number)))
            await rig.scans(400)
        rig.journal.close_block(True)
        return came

    came = rig.run(go())
    kept = [event_reader.decode_event(data) for _, data in rig.held() if kind_of(data) == "event"]
    anchors = [(told.ticks_ms, told.payload[0]) for told in kept if told.kind == event.PROBE]
    assert anchors == [(came[0], 0), (came[4], 4)]
