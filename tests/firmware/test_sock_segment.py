"""The journal's file format: any changed byte is noticed, whatever else is whole is read, nothing is made up."""

import io

import pytest
from sock import event
from sock.encoder import BlockEncoder
from sock.segment import HEADER_BYTES, SEGMENT_BYTES, name_of, pack_header, parse_header
from sock.segment_reader import SegmentReader, samples_of

from tests.firmware.journal_bench import REFERENCE, STEPS, row

FIELDS = (4711, 12, 34567, 890123, 4000, 880000, 17)


def some_entries() -> list[bytes]:
    """Blocks with events between them."""
    encoder = BlockEncoder(3, 100)
    made: list[bytes] = []
    index = 0
    for number in range(8):
        encoder.begin(12, index, 1000 + index * 40, 40, REFERENCE, STEPS)
        while encoder.add(row(12, index)):
            index += 1
        made.append(bytes(encoder.finish()))
        made.append(event.encode_event(event.MARK, 12, number, 1000 + index * 40, b"mark"))
    return made


def segment(entries: list[bytes]) -> bytes:
    return pack_header(*FIELDS) + b"".join(bytes([len(entry)]) + entry for entry in entries)


def read(data: bytes) -> tuple[list[tuple[int, bytes]], SegmentReader]:
    reader = SegmentReader(io.BytesIO(data), FIELDS[0])
    found = []
    while (entry := reader.take()) is not None:
        found.append((reader.number, bytes(entry)))
    return found, reader


def test_a_segment_reads_as_it_was_written() -> None:
    entries = some_entries()
    data = segment(entries)
    assert parse_header(data[:HEADER_BYTES]) == FIELDS
    found, reader = read(data)
    assert found == list(enumerate(entries, FIELDS[0]))
    assert (reader.damaged, reader.at) == (False, len(data))
    assert len(data) < SEGMENT_BYTES


def test_names_sort_as_numbers() -> None:
    assert [name_of(1), name_of(0xABCDEF01)] == ["00000001", "abcdef01"]


def test_blocks_tell_which_samples_they_hold() -> None:
    counted = [samples_of(memoryview(entry)) for entry in some_entries()]
    assert counted[1::2] == [(12, 0, 0)] * 8
    at = 0
    for boot, index, count in counted[::2]:
        assert (boot, index) == (12, at)
        assert count > 0
        at += count


@pytest.mark.parametrize("bit", [0, 3, 7])
def test_every_changed_byte_costs_one_entry_at_most(bit: int) -> None:
    entries = some_entries()
    data = segment(entries)
    for at in range(len(data)):
        broken = bytearray(data)
        broken[at] ^= 1 << bit
        found, reader = read(bytes(broken))
        bodies = [body for _, body in found]
        if at < HEADER_BYTES:
            assert parse_header(bytes(broken[:HEADER_BYTES])) is None
            assert bodies == entries
        else:
            assert reader.damaged
            assert len(bodies) == len(entries) - 1
            assert [body for body in entries if body in bodies] == bodies
            assert found[-1][0] in (FIELDS[0] + len(entries) - 1, FIELDS[0] + len(entries) - 2)


def test_a_torn_tail_ends_with_the_last_whole_entry() -> None:
    entries = some_entries()
    data = segment(entries)
    for end in range(HEADER_BYTES, len(data)):
        found, reader = read(data[:end])
        bodies = [body for _, body in found]
        assert bodies == entries[: len(bodies)]
        whole = HEADER_BYTES + sum(1 + len(body) for body in bodies)
        assert reader.damaged == (whole != end)


def test_zeros_and_erased_flash_hold_nothing() -> None:
    for filler in (b"\x00", b"\xff"):
        assert read(filler * SEGMENT_BYTES)[0] == []
        assert parse_header(filler * HEADER_BYTES) is None
