"""The fast decoder says what `sock.block.decode` says, of blocks and of what is none."""

import binascii
import struct

import pytest
from gradsock.log.decode import Batch, decode_all
from hypothesis import given
from hypothesis import strategies as st
from sock import MISSING
from sock.block import Block, BlockEncoder, BlockError, decode, quantise
from sock.decoder import parse
from sock.header import BOOT_LIMIT, INDEX_LIMIT, PERIOD_LIMIT, TICKS_LIMIT

values = st.one_of(st.integers(-32767, 32767), st.integers(-30, 30), st.just(MISSING))


@st.composite
def encoded(draw: st.DrawFn) -> bytes:
    channels = draw(st.integers(1, 6))
    steps = draw(st.lists(st.integers(1, 255), min_size=channels, max_size=channels))
    encoder = BlockEncoder(channels, draw(st.integers(97, 240)))
    period_ms = draw(st.integers(1, PERIOD_LIMIT - 1))
    encoder.begin(
        draw(st.integers(0, BOOT_LIMIT - 1)),
        draw(st.integers(0, INDEX_LIMIT - 1)),
        draw(st.integers(0, TICKS_LIMIT - 1)),
        period_ms,
        draw(st.integers(-32768, 32767)),
        steps,
        draw(st.integers(0, 15)),
    )
    slope = draw(st.integers(0, 400))
    rows = draw(st.lists(st.tuples(*[values] * channels), min_size=1, max_size=60))
    for number, row in enumerate(rows):
        drawn = [v if v == MISSING else max(-32767, min(v + slope * number, 32767)) for v in row]
        if not encoder.add([quantise(v, s) for v, s in zip(drawn, steps, strict=True)], number % 3 // 2):
            break
    return bytes(encoder.finish())


@st.composite
def of_version_1(draw: st.DrawFn) -> bytes:
    """A block as earlier socks wrote it: with a shift of four bits where the step of eight stands now."""
    shift = draw(st.integers(0, 7))
    encoder = BlockEncoder(2, 200)
    encoder.begin(3, draw(st.integers(0, 10**6)), 10**8, 40, 24000, (1 << shift,) * 2)
    rows = draw(st.lists(st.tuples(values, values), min_size=1, max_size=40))
    count = sum(encoder.add([quantise(v, 1 << shift) for v in row]) for row in rows)
    block = bytes(encoder.finish())
    at = parse(block)[1]
    bits = "".join(f"{byte:08b}" for byte in block[at:-4])
    narrow = "".join(f"{shift:04b}" + bits[12 * n + 8 : 12 * n + 12] for n in range(2))  # a byte less, all in all
    text = narrow + bits[24:]
    assert count
    body = b"\xb1" + block[1:at] + bytes(int(text[n : n + 8], 2) for n in range(0, len(text), 8))
    return body + struct.pack("<I", binascii.crc32(body))


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
        "step_counts": tuple(batch.step_counts[number, :channels].tolist()),
        "samples": [tuple(row) for row in batch.counts[first : first + count, :channels].tolist()],
    }


def fields(block: Block) -> dict[str, object]:
    return {name: value for name, value in vars(block).items() if name != "version"}


@given(st.lists(st.one_of(encoded(), of_version_1()), min_size=1, max_size=6))
def test_all_blocks_at_once(blocks: list[bytes]) -> None:
    batch = decode_all(blocks)
    assert [block_of(batch, number) for number in range(len(blocks))] == [fields(decode(block)) for block in blocks]


@given(st.lists(st.one_of(encoded(), of_version_1()), min_size=1, max_size=3), st.data())
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


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=4), st.sampled_from([b"\xb1", b"\xb2"]))
def test_any_bytes(blocks: list[bytes], tag: bytes) -> None:
    blocks = [body + struct.pack("<I", binascii.crc32(body)) for body in (tag + data for data in blocks)]
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
