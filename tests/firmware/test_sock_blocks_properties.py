"""Sample blocks for any counts, any gaps, any bytes: what went in comes out, and nothing but blocks is read."""

import binascii
import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sock import MISSING
from sock.block import BlockEncoder, BlockError, decode, quantise
from sock.event import EventError
from sock.event_reader import decode_event
from sock.header import BOOT_LIMIT, INDEX_LIMIT, PERIOD_LIMIT, TAG, TICKS_LIMIT

counts = st.one_of(st.integers(-32767, 32767), st.just(MISSING))
walks = st.tuples(st.integers(-32767, 32767), st.lists(st.integers(-40, 40), max_size=300))


@st.composite
def scans(draw: st.DrawFn) -> tuple[list[int], list[tuple[int, ...]]]:
    """(steps, rows of quantised counts): wild values, smooth walks, and gaps in them."""
    channels = draw(st.integers(1, 15))
    steps = draw(st.lists(st.integers(1, 255), min_size=channels, max_size=channels))
    if draw(st.booleans()):
        rows = draw(st.lists(st.tuples(*[counts] * channels), min_size=1, max_size=40))
    else:
        start, strides = draw(walks)
        gaps = draw(st.sets(st.tuples(st.integers(0, 300), st.integers(0, channels - 1)), max_size=30))
        rows, value = [], start
        for number, stride in enumerate([0, *strides]):
            value = max(-32767, min(value + stride, 32767))
            rows.append(tuple(MISSING if (number, c) in gaps else value // (c + 1) for c in range(channels)))
    return steps, [tuple(quantise(v, s) for v, s in zip(row, steps, strict=True)) for row in rows]


def encode(steps: list[int], rows: list[tuple[int, ...]], max_bytes: int, index: int = 0) -> list[bytes]:
    encoder = BlockEncoder(len(steps), max_bytes)
    blocks, at = [], 0
    while at < len(rows):
        encoder.begin(1, index + at, 77 + 40 * (index + at), 40, 24000, steps)
        first = at
        while at < len(rows) and encoder.add(rows[at]):
            at += 1
        assert at > first, "a block holds a scan at least"
        blocks.append(bytes(encoder.finish()))
    return blocks


def with_crc(body: bytes) -> bytes:
    return body + struct.pack("<I", binascii.crc32(body))


@given(scans(), st.integers(97, 240))
def test_what_goes_in_comes_out(given_scans: tuple[list[int], list[tuple[int, ...]]], max_bytes: int) -> None:
    steps, rows = given_scans
    blocks = encode(steps, rows, max_bytes)
    assert all(len(block) <= max_bytes for block in blocks)
    back = [row for block in blocks for row in decode(block).samples]
    assert back == [tuple(v if v == MISSING else v * s for v, s in zip(row, steps, strict=True)) for row in rows]


@given(
    st.integers(0, BOOT_LIMIT - 1),
    st.integers(0, INDEX_LIMIT - 1),
    st.integers(0, TICKS_LIMIT - 1),
    st.integers(1, PERIOD_LIMIT - 1),
    st.integers(-32768, 32767),
    st.integers(0, 15),
)
def test_identity_and_time_come_back(
    boot: int, index: int, ticks_ms: int, period_ms: int, reference: int, flags: int
) -> None:
    encoder = BlockEncoder(2, 97)
    encoder.begin(boot, index, ticks_ms, period_ms, reference, (3, 1), flags)
    assert encoder.add([5, MISSING])
    block = decode(bytes(encoder.finish()))
    assert (block.boot, block.index, block.ticks_ms, block.period_ms) == (boot, index, ticks_ms, period_ms)
    assert (block.reference_counts, block.flags, block.step_counts) == (reference, flags, (3, 1))


@given(scans(), st.data())
def test_changed_or_cut_bytes_are_refused(
    given_scans: tuple[list[int], list[tuple[int, ...]]], data: st.DataObject
) -> None:
    block = encode(*given_scans, 240)[0]
    at = data.draw(st.integers(0, len(block) - 1))
    with pytest.raises(BlockError):
        decode(block[:at])
    with pytest.raises(BlockError):
        decode(block[:at] + bytes([block[at] ^ data.draw(st.integers(1, 255))]) + block[at + 1 :])
    with pytest.raises(BlockError):
        decode(block + data.draw(st.binary(min_size=1, max_size=5)))


@given(st.binary(max_size=240))
def test_any_bytes_are_a_block_or_a_block_error(data: bytes) -> None:
    for candidate in (data, with_crc(data), with_crc(bytes([TAG]) + data)):
        try:
            block = decode(candidate)
        except BlockError as error:
            assert "\n" not in str(error)
        else:
            assert len(block.samples) == block.count <= 255
            assert all(-32768 <= value <= 32767 for row in block.samples for value in row)


@given(scans(), st.data())
def test_bits_changed_under_a_right_crc_are_a_block_or_a_block_error(
    given_scans: tuple[list[int], list[tuple[int, ...]]], data: st.DataObject
) -> None:
    body = bytearray(encode(*given_scans, 240)[0][:-4])
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(1, len(body) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with contextlib.suppress(BlockError):
        decode(with_crc(bytes(body)))


@given(st.binary(max_size=260))
def test_any_bytes_are_an_event_or_an_event_error(data: bytes) -> None:
    for candidate in (data, with_crc(data), with_crc(b"\xe1" + data)):
        try:
            decode_event(candidate)
        except EventError as error:
            assert "\n" not in str(error)
