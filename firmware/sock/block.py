"""Sample blocks: a run of scans packed into few bytes, the unit of stream, journal and log.

    u8 0xB0 | version         u8 channels (low nibble) | flags (high nibble)
    varint boot               varint index of the first sample
    varint zigzag(start_ms)   when the boot's grid began: ticks_ms of the first sample - index * period_ms
    varint period_ms          i16 reference_counts          u8 count
    bits, high bit first: per channel shift (4), octave (3), fast leads (1); then the scans; zeros up to a whole byte
    u32 CRC-32 over all before it

Channels are those at a site, in the order of the settings. A value is coded by how far it lies from what both sides
expect (`predictor`), folded to unsigned, in a Rice code: the quotient in ones closed by a zero, then k = `level >> 1`
low bits. At an odd level the shortest word serves two quotients (k + 1 low bits) and the others need a one less: that
fits a bell shape, where plain Rice codes waste up to a sixth of a bit. Twelve ones are the escape: 0 says missing, 1
that the value follows in 16 - shift bits. After a missing value (and at the start of a block) one bit comes first:
0 missing still, 1 a value; a first value has nothing to be expected from and follows in 16 - shift bits.
"""

import binascii
import struct
from array import array

from . import MISSING
from .predictor import LEAD_START, POINT, Predictor, octave_of
from .varint import VarintError, put_varint, take_varint, unzigzag, zigzag

VERSION = 1
TAG = 0xB0 | VERSION
COUNT_MAX = 255
CHANNELS_MAX = 15
FLAGS_MAX = 15
SHIFT_MAX = 15
BLOCK_MAX_BYTES = 240
BLOCK_MIN_BYTES = 97  # MTU 100: a scan of 15 channels fits at its very worst
_BOOT_MAX = 1 << 32
_INDEX_MAX = 1 << 40
_TICKS_MAX = 1 << 50
_PERIOD_MAX = 1 << 16
_CRC_BYTES = 4
_ESCAPE = 12  # ones
_ESCAPE_WORD = (1 << _ESCAPE) - 1

KIND_SAMPLES = "samples"
KIND_EVENT = "event"


class BlockError(ValueError):
    """Bytes that are no whole block of this version; one line."""


def kind_of(data: bytes) -> str:
    """KIND_SAMPLES or KIND_EVENT by the first byte (of any version); BlockError for anything else."""
    kind = data[0] & 0xF0 if len(data) else 0
    if kind == 0xB0:
        return KIND_SAMPLES
    if kind == 0xE0:
        return KIND_EVENT
    raise BlockError("neither a sample block nor an event")


def quantise(counts: int, shift: int) -> int:
    """Counts without their lowest bits, rounded; MISSING stays. Never beyond what shifts back into 16 bits."""
    if counts == MISSING:
        return MISSING
    limit = 32767 >> shift
    value = (counts + (1 << shift >> 1)) >> shift
    return limit if value > limit else -limit if value < -limit else value


class BlockEncoder:
    """Packs scans of `channels` channels into blocks of at most max_bytes. `add` and `finish` allocate nothing.

    begin, add until it is False, finish, begin anew. What it learns about the spread of the channels it keeps from
    block to block, as hints in the header; each block can be decoded alone.
    """

    def __init__(self, channels: int, max_bytes: int) -> None:
        if not 1 <= channels <= CHANNELS_MAX or not BLOCK_MIN_BYTES <= max_bytes <= BLOCK_MAX_BYTES:
            raise BlockError(f"no blocks of {channels} channels in {max_bytes} bytes")
        self.count = 0
        self._data = bytearray(max_bytes)
        self._view = memoryview(self._data)
        self._room = (max_bytes - _CRC_BYTES) * 8
        self._channels = [_ChannelEncoder() for _ in range(channels)]
        self._count_at = 0
        self._at = 0  # the byte being filled
        self._rest = 0  # bits not yet in a byte
        self._rest_bits = 0
        self._full = True

    def begin(
        self,
        boot: int,
        index: int,
        ticks_ms: int,
        period_ms: int,
        reference_counts: int,
        shifts: bytes | tuple[int, ...] | list[int],
        flags: int = 0,
    ) -> None:
        """A new block: its first sample is boot/index, scanned at ticks_ms; shifts per channel, as used by `quantise`."""
        header = bytearray([TAG, len(self._channels) | flags << 4])
        put_varint(header, boot)
        put_varint(header, index)
        put_varint(header, zigzag(ticks_ms - index * period_ms))
        put_varint(header, period_ms)
        header.extend(struct.pack("<hB", reference_counts, 0))
        at = len(header)
        self._data[:at] = header
        self._at = at
        self._count_at = at - 1
        self._rest = self._rest_bits = 0
        self.count = 0
        self._full = False
        for i in range(len(self._channels)):
            self._put(self._channels[i].begin(shifts[i]), 8)

    def add(self, counts: "array[int]") -> bool:
        """Add one scan: quantised counts per channel, MISSING allowed. False: it does not fit; finish and begin anew.

        The first scan after begin always fits.
        """
        if self._full:
            return False
        used = self._at * 8 + self._rest_bits
        i = 0
        for channel in self._channels:
            channel.encode(counts[i])
            used += channel.bits
            i += 1
        if used > self._room or self.count == COUNT_MAX:
            self._full = True
            return False
        for channel in self._channels:
            self._put(channel.word, channel.bits)
        self.count += 1
        return True

    def finish(self) -> memoryview:
        """The block's bytes, valid until the next begin."""
        if self._rest_bits:
            self._put(0, 8 - self._rest_bits)
        self._data[self._count_at] = self.count
        self._full = True
        end = self._at
        crc = binascii.crc32(self._view[:end])
        struct.pack_into("<I", self._data, end, crc)
        return self._view[: end + _CRC_BYTES]

    def _put(self, word: int, bits: int) -> None:
        """Append the lowest bits of word, at most 30: in two goes when there are many, to stay below 2^30."""
        if bits > 16:
            bits -= 16
            self._put(word >> 16, bits)
            word &= 0xFFFF
            bits = 16
        rest = self._rest << bits | word
        bits += self._rest_bits
        data = self._data
        at = self._at
        while bits >= 8:
            bits -= 8
            data[at] = rest >> bits & 0xFF
            at += 1
        self._at = at
        self._rest = rest & ((1 << bits) - 1)
        self._rest_bits = bits


class _ChannelEncoder(Predictor):
    """One channel's way from value to code word (`word`, of `bits` bits), and its habits over the blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.word = 0
        self.bits = 0
        self._shift = 0
        self._known = False  # a value has been seen in this block
        self._gone = True  # the last one was missing
        self._habit_error = 140  # mean |error|, 1/64 count
        self._habit_lead = 0
        self._lead_at_start = self.lead

    def begin(self, shift: int) -> int:
        """Start over for a new block; its 8 bits in the header."""
        if self.seen > 1:
            values = self.seen - 1
            mean_error = (self.error_sum << POINT) // values
            self._habit_error += (mean_error - self._habit_error) * min(values, 32) >> 5
            self._habit_lead += (self.lead - self._lead_at_start - self._habit_lead) >> 3
        fast_leads = self._habit_lead > 0
        octave = octave_of(self._habit_error)
        self.start(octave, fast_leads)
        self._lead_at_start = self.lead
        self._shift = shift
        self._known = False
        self._gone = True
        return shift << 4 | octave << 1 | fast_leads

    def encode(self, value: int) -> None:
        """Set word and bits for the next value, and learn from it."""
        if value == MISSING:
            if self._gone:
                self.word = 0
                self.bits = 1
            else:
                self._gone = True
                self.word = _ESCAPE_WORD << 1
                self.bits = _ESCAPE + 1
            return
        if self._known:
            error = value - self.expected()
            folded = error << 1 if error >= 0 else ~(error << 1)
            level = self.level
            self.learn(value, error)
            bits = level >> 1
            ones = folded >> bits
            if level & 1:
                if ones < 2:
                    ones = 0
                    bits += 1
                else:
                    ones -= 1
            if ones < _ESCAPE:
                word = ((2 << ones) - 2) << bits | folded & ((1 << bits) - 1)
                bits += ones + 1
            else:
                bits = 16 - self._shift
                word = (2 * _ESCAPE_WORD + 1) << bits | value & 0xFFFF >> self._shift
                bits += _ESCAPE + 1
        else:
            self._known = True
            self.first(value)
            bits = 16 - self._shift
            word = value & 0xFFFF >> self._shift
        if self._gone:
            self._gone = False
            word |= 1 << bits
            bits += 1
        self.word = word
        self.bits = bits


class Block:
    """A decoded block.

    version, flags, boot, index and ticks_ms of the first sample, period_ms, reference_counts, shifts (one per channel),
    count, samples: one tuple of counts per scan, full scale (shifted back), MISSING where nothing was read.
    """

    version = VERSION

    def __init__(
        self,
        flags: int,
        boot: int,
        index: int,
        ticks_ms: int,
        period_ms: int,
        reference_counts: int,
        shifts: tuple[int, ...],
        samples: list[tuple[int, ...]],
    ) -> None:
        self.flags = flags
        self.boot = boot
        self.index = index
        self.ticks_ms = ticks_ms
        self.period_ms = period_ms
        self.reference_counts = reference_counts
        self.shifts = shifts
        self.samples = samples
        self.count = len(samples)


def decode(data: bytes) -> Block:
    """The block in data, which is exactly one. BlockError for anything else, whatever the bytes."""
    end = len(data) - _CRC_BYTES
    if end < 11 or len(data) > BLOCK_MAX_BYTES:
        raise BlockError(f"a block has 15 to {BLOCK_MAX_BYTES} bytes, not {len(data)}")
    if data[0] != TAG:
        raise BlockError(f"not a sample block of version {VERSION}: it starts with {hex(data[0])}")
    if binascii.crc32(data[:end]) != struct.unpack("<I", data[end:])[0]:
        raise BlockError("a block with a wrong CRC")
    try:
        boot, at = take_varint(data, 2, end)
        index, at = take_varint(data, at, end)
        start, at = take_varint(data, at, end)
        period_ms, at = take_varint(data, at, end)
    except VarintError as error:
        raise BlockError(f"a block with a broken header: {error}") from None
    ticks_ms = unzigzag(start) + index * period_ms
    if boot >= _BOOT_MAX or index >= _INDEX_MAX or not 0 < period_ms < _PERIOD_MAX or not 0 <= ticks_ms < _TICKS_MAX:
        raise BlockError("a block with an impossible identity or time")
    channels = data[1] & 0x0F
    if at + 3 + channels > end or not channels:
        raise BlockError("a block broken off inside its header")
    reference_counts, count = struct.unpack("<hB", data[at : at + 3])
    if not count:
        raise BlockError("a block without samples")
    shifts, samples = _decode_samples(data[at + 3 : end], channels, count)
    return Block(data[1] >> 4, boot, index, ticks_ms, period_ms, reference_counts, shifts, samples)


def _decode_samples(data: bytes, channels: int, count: int) -> tuple[tuple[int, ...], list[tuple[int, ...]]]:
    # Text of 0 and 1: find and int(_, 2) are the fastest bit reader that both Pythons share. The leading 1 keeps zeros.
    text = bin(int.from_bytes(b"\x01" + data, "big"))[3:]
    decoders = [_ChannelDecoder(data[i]) for i in range(channels)]
    at = channels * 8
    samples = []
    try:
        for _ in range(count):
            row = []
            for decoder in decoders:
                at = decoder.decode(text, at)
                row.append(decoder.value)
            samples.append(tuple(row))
    except ValueError:
        raise BlockError("a block broken off inside its samples, or with counts beyond 16 bits") from None
    if at > len(text) or len(text) - at > 7 or "1" in text[at:]:
        raise BlockError("a block with bits left over")
    return tuple([decoder.shift for decoder in decoders]), samples


class _ChannelDecoder(Predictor):
    """One channel's way back from bits to `value` (counts in full scale)."""

    def __init__(self, hints: int) -> None:
        super().__init__()
        self.start(hints >> 1 & 7, bool(hints & 1))
        self.shift = hints >> 4
        self.value = MISSING
        self._limit = 32767 >> self.shift
        self._known = False

    def decode(self, text: str, at: int) -> int:
        """Set value from the bits at `at`; the place after them. ValueError when they run out or make no sense."""
        if self.value == MISSING:
            at += 1
            if text[at - 1 : at] != "1":
                if at > len(text):
                    raise ValueError
                return at
            if not self._known:
                self._known = True
                at, value = self._plain(text, at)
                self.first(value)
                self.value = value << self.shift
                return at
        end = text.find("0", at, at + _ESCAPE)
        if end < 0:
            end = at + _ESCAPE + 1
            if text[end - 1 : end] == "0":
                self.value = MISSING
                return end
            at, value = self._plain(text, end)
            error = value - self.expected()
        else:
            bits = self.level >> 1
            ones = end - at
            if self.level & 1:
                if ones:
                    ones += 1
                else:
                    bits += 1
            at = end + 1 + bits
            folded = ones << bits | int("0" + text[end + 1 : at], 2)
            error = ~(folded >> 1) if folded & 1 else folded >> 1
            value = self.expected() + error
            if not -self._limit <= value <= self._limit:
                raise ValueError
        self.learn(value, error)
        self.value = value << self.shift
        return at

    def _plain(self, text: str, at: int) -> tuple[int, int]:
        end = at + 16 - self.shift
        value = int(text[at:end], 2)
        if value > self._limit:
            value -= 2 * self._limit + 2
        if value < -self._limit:
            raise ValueError
        return end, value
