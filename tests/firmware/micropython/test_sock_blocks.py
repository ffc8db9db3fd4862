"""Sample blocks: what goes in comes out, in the same bytes everywhere."""

import binascii
from array import array

from sock import MISSING
from sock.block import BlockEncoder, BlockError, decode, kind_of, quantise
from sock.header import UNSCANNED
from synthetic import STRIDE, Noise

# These bytes may be read for years, and every machine writes the same ones.
GOLDEN = b"b20303e0d403a41328c05d051041041048324142078bffc1bffe0b5fffe70aefffc190ec0baa0eca"
GOLDEN_1 = b"b10303e0d403a41328c05d054444448324142078bffc1bffe0b5fffe70aefffc190ec04b8491e9"
GOLDEN_STREAM = 0xBF23412D  # CRC-32


def encode(rows, steps, max_bytes=240, per_block=255, index=60000):
    """Blocks (bytes) of these rows of quantised counts, 25 Hz, grid begun at 1234 ms."""
    encoder = BlockEncoder(len(steps), max_bytes)
    blocks = []
    begun = False
    for row in rows:
        if begun and (encoder.count == per_block or not encoder.add(row)):
            blocks.append(bytes(encoder.finish()))
            begun = False
        elif begun:
            index += 1
            continue
        encoder.begin(3, index, 1234 + index * 40, 40, 24000, steps, 0)
        assert encoder.add(row)
        begun = True
        index += 1
    blocks.append(bytes(encoder.finish()))
    return blocks


def worn(scans, noise, swing, channels=3, seed=1):
    """Quantised counts of a worn sock: noise and gait in steps."""
    source = Noise(seed)
    rows = []
    for scan in range(scans):
        row = array("h", [0] * channels)
        for channel in range(channels):
            value = 120 - 30 * (channel % 3) + swing * STRIDE[(scan + 7 * channel) % 25] // 1519 + source.of(noise)
            row[channel] = max(-16383, min(value, 16383))
        rows.append(row)
    return rows


def samples(blocks):
    return [row for block in blocks for row in decode(block).samples]


def refused(data):
    try:
        decode(data)
    except BlockError as error:
        assert "\n" not in str(error)
        return True
    return False


def test_counts_survive_whatever_their_noise():
    for noise in (0, 1, 3, 20, 300, 9000):
        for swing in (0, 30):
            rows = worn(400, noise, swing)
            doubled = [tuple([value * 2 for value in row]) for row in rows]
            assert samples(encode(rows, (2, 2, 2))) == doubled


def test_a_block_tells_what_it_is():
    block = decode(encode(worn(30, 3, 0), (4, 1, 24))[0])
    assert (block.version, block.boot, block.index, block.count) == (2, 3, 60000, 30)
    assert (block.ticks_ms, block.period_ms, block.reference_counts) == (1234 + 60000 * 40, 40, 24000)
    assert block.step_counts == (4, 1, 24)
    assert block.flags == 0


def test_golden_bytes():
    rows = [
        array("h", row) for row in ((100, 80, 60), (101, MISSING, 60), (99, MISSING, 90), (-400, 81, 61), (100, 80, 60))
    ]
    (block,) = encode(rows, (16, 16, 16))
    assert binascii.hexlify(block) == GOLDEN
    assert decode(block).samples[3] == (-6400, 1296, 976)
    earlier = decode(binascii.unhexlify(GOLDEN_1))
    assert (earlier.version, earlier.step_counts) == (1, (16, 16, 16))
    assert earlier.samples == decode(block).samples


def test_golden_stream():
    crc = 0
    for noise, swing in ((0, 0), (2, 0), (3, 20), (40, 300), (4000, 0)):
        for block in encode(worn(300, noise, swing), (8, 8, 8)) + encode(
            worn(60, noise, swing), (8, 8, 8), per_block=5
        ):
            crc = binascii.crc32(block, crc)
    assert crc == GOLDEN_STREAM


def test_missing_is_kept_apart_from_every_value():
    rows = [
        array("h", row) for row in ((MISSING, 0, MISSING), (MISSING, MISSING, 5), (-32767, 32767, MISSING), (0, 0, 0))
    ]
    assert samples(encode(rows, (1, 1, 1))) == [tuple(row) for row in rows]
    assert samples(encode([array("h", [MISSING] * 15)] * 300, b"\1" * 15)) == [(MISSING,) * 15] * 300


def test_slots_in_which_nobody_looked_are_told_from_those_in_which_nothing_answered():
    gone = array("h", [MISSING, MISSING])
    read = array("h", [5, MISSING])
    encoder = BlockEncoder(2, 240)
    encoder.begin(3, 0, 1000, 40, 24000, (1, 1))
    for row, flag in ((read, 0), (gone, UNSCANNED), (gone, UNSCANNED), (read, 0)):
        assert encoder.add(row, flag)
    assert not encoder.add(gone)  # another reason is another block
    busy = decode(bytes(encoder.finish()))
    assert [busy.scanned(row) for row in range(busy.count)] == [True, False, False, True]
    encoder.begin(3, 4, 1160, 40, 24000, (1, 1))
    assert encoder.add(gone)
    assert encoder.add(read)
    assert not encoder.add(gone, UNSCANNED)
    unplugged = decode(bytes(encoder.finish()))
    assert [unplugged.scanned(row) for row in range(unplugged.count)] == [True, True]
    encoder.begin(3, 6, 1240, 40, 24000, (1, 1), UNSCANNED)
    assert encoder.add(gone)
    assert not decode(bytes(encoder.finish())).scanned(0)


def test_a_sensor_that_is_gone_costs_a_bit_a_sample():
    rows = [array("h", [MISSING]) for _ in range(255)]
    (block,) = encode(rows, (1,))
    assert len(block) < 20 + 255 // 8 + 2


def test_the_first_scan_always_fits():
    for value in (MISSING, -32767, 32767):
        encoder = BlockEncoder(15, 97)
        encoder.begin((1 << 32) - 1, (1 << 38) - 1, (1 << 50) - 1, 65535, -32768, b"\1" * 15, 15)
        assert encoder.add(array("h", [value] * 15))
        assert len(encoder.finish()) <= 97
        assert decode(bytes(encoder.finish())).samples == [(value,) * 15]


def test_a_block_never_exceeds_its_size_and_refuses_beforehand():
    for max_bytes in (97, 128, 240):
        for block in encode(worn(600, 5000, 0), (1, 1, 1), max_bytes):
            assert len(block) <= max_bytes


def test_a_full_block_stays_full():
    encoder = BlockEncoder(1, 97)
    encoder.begin(1, 0, 0, 40, 1, (1,))
    row = array("h", [7])
    while encoder.add(row):
        pass
    assert encoder.count == 255
    assert not encoder.add(row)
    assert not BlockEncoder(1, 97).add(row)  # nothing was begun


def test_live_blocks_of_five_scans_are_small():
    for swing in (0, 15, 30):
        blocks = encode(worn(500, 3, swing), (16, 16, 16), per_block=5)
        assert sum([len(block) for block in blocks]) <= 37 * len(blocks)


def test_journal_blocks_are_small():
    at_rest = encode(worn(2000, 3, 0), (16, 16, 16))
    walking = encode(worn(2000, 3, 30), (16, 16, 16))
    assert sum([len(block) for block in at_rest]) * 100 < 58 * 6000
    assert sum([len(block) for block in walking]) * 100 < 70 * 6000


def test_quantise_rounds_and_never_leaves_16_bits():
    assert [quantise(value, 4) for value in (0, 1, 2, 5, 6, -1, -2, -3)] == [0, 0, 1, 1, 2, 0, 0, -1]
    for step in range(1, 256):
        for value in (-32767, -1, 0, 1, 32767):
            assert -32767 <= quantise(value, step) * step <= 32767
        assert quantise(MISSING, step) == MISSING


def test_broken_bytes_are_refused():
    block = encode(worn(20, 3, 0), (16, 16, 16))[0]
    for length in range(len(block)):
        assert refused(block[:length])
    assert refused(block + b"\0")
    for at in range(0, len(block), 3):
        assert refused(block[:at] + bytes([block[at] ^ 16]) + block[at + 1 :])
    assert refused(b"")
    assert refused(bytes(240))
    assert refused(b"\xb1" * 500)


def test_an_unknown_version_is_named():
    block = bytearray(encode(worn(20, 3, 0), (16, 16, 16))[0])
    block[0] = 0xB3
    try:
        decode(bytes(block))
    except BlockError as error:
        assert "version 1 to 2" in str(error) and "0xb3" in str(error)
    else:
        raise AssertionError


def test_blocks_that_cannot_be_are_not_begun():
    for channels, size in ((0, 240), (16, 240), (3, 96), (3, 241)):
        try:
            BlockEncoder(channels, size)
        except BlockError:
            continue
        raise AssertionError((channels, size))
    encoder = BlockEncoder(3, 240)
    for bad in (
        (-1, 0, 0, 40, 0, (1, 1, 1)),
        (1 << 32, 0, 0, 40, 0, (1, 1, 1)),
        (0, -1, 0, 40, 0, (1, 1, 1)),
        (0, 0, -1, 40, 0, (1, 1, 1)),
        (0, 0, 0, 0, 0, (1, 1, 1)),
        (0, 0, 0, 40, 0, (0, 16, 0)),
        (0, 0, 0, 40, 0, (1, 1, 1), 16),
    ):
        try:
            encoder.begin(*bad)
        except BlockError:
            continue
        raise AssertionError(bad)


def test_the_first_byte_tells_blocks_from_events():
    assert kind_of(encode(worn(2, 3, 0), (16, 16, 16))[0]) == "samples"
    assert kind_of(b"\xe1") == "event"
    for other in (b"", b"\x00", b"{"):
        try:
            kind_of(other)
        except BlockError:
            continue
        raise AssertionError(other)
