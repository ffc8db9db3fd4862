"""The fast decoder says what `sock.block.decode` says, of blocks and of what is none."""

import binascii
import struct

import pytest
from gradsock.log.decode import Batch, decode_all
from hypothesis import given
from hypothesis import strategies as st
from sock import MISSING
from sock.block import Block, BlockEncoder, BlockError, decode, quantise
from sock.header import BOOT_LIMIT, INDEX_LIMIT, PERIOD_LIMIT, TICKS_LIMIT

values = st.one_of(st.integers(-32767, 32767), st.integers(-30, 30), st.just(MISSING))


@st.composite
def encoded(draw: st.DrawFn) -> bytes:
    channels = draw(st.integers(1, 6))
    shifts = draw(st.lists(st.integers(0, 15), min_size=channels, max_size=channels))
    encoder = BlockEncoder(channels, draw(st.integers(97, 240)))
    period_ms = draw(st.integers(1, PERIOD_LIMIT - 1))
    encoder.begin(
        draw(st.integers(0, BOOT_LIMIT - 1)),
        draw(st.integers(0, INDEX_LIMIT - 1)),
        draw(st.integers(0, TICKS_LIMIT - 1)),
        period_ms,
        draw(st.integers(-32768, 32767)),
        shifts,
        draw(st.integers(0, 15)),
    )
    step = draw(st.integers(0, 400))
    rows = draw(st.lists(st.tuples(*[values] * channels), min_size=1, max_size=60))
    for number, row in enumerate(rows):
        drawn = [v if v == MISSING else max(-32767, min(v + step * number, 32767)) for v in row]
        if not encoder.add([quantise(v, s) for v, s in zip(drawn, shifts, strict=True)], number % 3 // 2):
            break
    return bytes(encoder.finish())


def block_of(batch: Batch, number: int) -> dict[str, object]:
    first, count, channels = (int(a[number]) for a in (batch.first, batch.count, batch.channels))
    return {
        "flags": int(batch.flags[number]),
        "boot": int(batch.boot[number]),
        "index": int(batch.index[number]),
        "ticks_ms": int(batch.ticks_ms[number]),
        "period_ms": int(batch.period_ms[number]),
        "reference_counts": int(batch.reference_counts[number]),
        "count": count,
        "shifts": tuple(batch.shifts[number, :channels].tolist()),
        "samples": [tuple(row) for row in batch.counts[first : first + count, :channels].tolist()],
    }


def fields(block: Block) -> dict[str, object]:
    return vars(block)


@given(st.lists(encoded(), min_size=1, max_size=6))
def test_all_blocks_at_once(blocks: list[bytes]) -> None:
    batch = decode_all(blocks)
    assert [block_of(batch, number) for number in range(len(blocks))] == [fields(decode(block)) for block in blocks]


@given(st.lists(encoded(), min_size=1, max_size=3), st.data())
def test_bits_changed_under_a_right_crc(blocks: list[bytes], data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(blocks) - 1))
    body = bytearray(blocks[number][:-4])
    for _ in range(data.draw(st.integers(1, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    blocks[number] = bytes(body) + struct.pack("<I", binascii.crc32(body))
    try:
        expected = fields(decode(blocks[number]))
    except BlockError as error:
        with pytest.raises(BlockError, match=str(error).split(":")[0]):
            decode_all(blocks)
    else:
        assert block_of(decode_all(blocks), number) == expected


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=4))
def test_any_bytes(blocks: list[bytes]) -> None:
    blocks = [body + struct.pack("<I", binascii.crc32(body)) for body in (b"\xb1" + data for data in blocks)]
    try:
        expected = [fields(decode(block)) for block in blocks]
    except BlockError:
        with pytest.raises(BlockError):
            decode_all(blocks)
    else:
        batch = decode_all(blocks)
        assert [block_of(batch, number) for number in range(len(blocks))] == expected


def test_no_blocks() -> None:
    assert len(decode_all([]).count) == 0


def test_a_block_cut_short_is_refused() -> None:
    with pytest.raises(BlockError):
        decode_all([b"", b"\xb1"])
