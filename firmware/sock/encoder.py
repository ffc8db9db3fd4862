"""Packs scans into sample blocks (see `header`). Integers only; from `add` on nothing is allocated.

A value is written by how far it lies from what is expected of its channel (`predictor`), folded to unsigned, in a Rice
code: the quotient in ones closed by a zero, then k low bits. The first d of these words are doubled: each serves two
quotients, with k + 1 low bits. That fits a bell shape, where plain Rice codes (d = 0) waste up to a sixth of a bit. k
and d follow from the level. Twelve ones are the escape: 0 says missing, 1 that the value follows as it is.
After a missing value, and at the start of a block, one bit comes first: 0 missing still, 1 a value. The first value of
a block has nothing to be expected from and follows as it is. So that takes
`plain_bits`, and a value 30 bits at most.
"""

import binascii
import struct

from . import MISSING, const
from .header import (
    BLOCK_MAX_BYTES,
    BLOCK_MIN_BYTES,
    CHANNELS_MAX,
    COUNT_MAX,
    CRC_BYTES,
    STEP_MAX,
    UNSCANNED,
    BlockError,
    Header,
)
from .predictor import DOUBLED, LOW_BITS, POINT, Predictor, octave_of

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from array import array
    from collections.abc import Sequence

ESCAPE = const(12)  # ones
_ESCAPE_WORD = const((1 << ESCAPE) - 1)
_HABIT_WINDOW = const(32)  # values after which a habit is that of the latest block


def quantise(counts: int, step: int) -> int:
    """How many steps of so many counts, to the nearest; MISSING stays. Never more than fit 16 bits as counts again."""
    if counts == MISSING:
        return MISSING
    limit = 32767 // step
    value = (counts + (step >> 1)) // step
    return limit if value > limit else -limit if value < -limit else value


def plain_bits(step: int) -> int:
    """Bits of a signed value that says how many steps, for all counts of 16 bits."""
    bits = 17
    while step:
        step >>= 1
        bits -= 1
    return bits


class BlockEncoder:
    """Packs scans of `channels` channels into blocks of at most max_bytes.

    begin, add until it is False, finish, begin anew. What it learns about the spread of the channels it keeps from
    block to block, as hints in the header; each block can be decoded alone.
    """

    def __init__(self, channels: int, max_bytes: int) -> None:
        if not 1 <= channels <= CHANNELS_MAX or not BLOCK_MIN_BYTES <= max_bytes <= BLOCK_MAX_BYTES:
            raise BlockError(f"no blocks of {channels} channels in {max_bytes} bytes")
        self.count = 0
        self._data = bytearray(max_bytes)
        self._view = memoryview(self._data)
        self._room = (max_bytes - CRC_BYTES) * 8
        self._channels = [ChannelEncoder() for _ in range(channels)]
        self._count_at = 0
        self._at = 0  # the byte being filled
        self._rest = 0  # bits that do not fill a byte yet
        self._rest_bits = 0
        self._full = True
        self._flag = -1  # of the empty rows of this block; -1: none is empty yet, 2: begun with it, so it is of all

    def limit(self, max_bytes: int) -> None:
        """Blocks from the next begin on have at most so many bytes: not more than it was made for."""
        self._room = (min(max_bytes, len(self._data)) - CRC_BYTES) * 8

    def begin(
        self,
        boot: int,
        index: int,
        ticks_ms: int,
        period_ms: int,
        reference_counts: int,
        steps: "Sequence[int]",
        flags: int = 0,
    ) -> None:
        """A new block: its first sample is boot/index, scanned at ticks_ms. steps: per channel, as for `quantise`."""
        channels = len(self._channels)
        header = Header(channels, flags, boot, index, ticks_ms, period_ms, reference_counts, 0).pack()
        self._at = len(header)
        self._data[: self._at] = header
        self._count_at = self._at - 1
        self._flag = 2 if flags & UNSCANNED else -1
        self._rest = self._rest_bits = 0
        self.count = 0
        self._full = False
        for i in range(channels):
            if not 1 <= steps[i] <= STEP_MAX:
                raise BlockError(f"a step of {steps[i]} counts: 1 to {STEP_MAX}")
            self._put(self._channels[i].begin(steps[i]), 12)

    def add(self, counts: "Sequence[int] | array[int]", flag: int = 0) -> bool:
        """Add one scan: quantised counts per channel, MISSING allowed. False: it does not fit; finish and begin anew.

        flag: UNSCANNED when nothing was read since nobody looked. The first scan after begin always fits.
        """
        if self._full or not self._explains(counts, flag):
            return False
        bits = self._at * 8 + self._rest_bits
        i = 0
        for channel in self._channels:  # with an iterator of its own, enumerate would allocate
            channel.encode(counts[i])
            bits += channel.bits
            i += 1  # noqa: SIM113
        if bits > self._room or self.count == COUNT_MAX:
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
        struct.pack_into("<I", self._data, end, binascii.crc32(self._view[:end]))
        return self._view[: end + CRC_BYTES]

    def _explains(self, counts: "Sequence[int] | array[int]", flag: int) -> bool:
        """False when the block has given another reason why nothing was read."""
        for value in counts:
            if value != MISSING:
                return True
        if self._flag < 0:
            self._flag = flag
            self._data[1] |= flag << 4
        return self._flag == flag or self._flag > UNSCANNED

    def _put(self, word: int, bits: int) -> None:
        """Append the lowest bits of word, at most 30: in two goes when there are many, to stay below 2^30."""
        if bits > 16:
            bits -= 16
            self._put(word >> 16, bits)
            word &= 0xFFFF
            bits = 16
        rest = self._rest << bits | word
        bits += self._rest_bits
        at = self._at
        while bits >= 8:
            bits -= 8
            self._data[at] = rest >> bits & 0xFF
            at += 1
        self._at = at
        self._rest = rest & ((1 << bits) - 1)
        self._rest_bits = bits


class ChannelEncoder(Predictor):
    """One channel's way from value to code word (`word`, of `bits` bits), and its habits over the blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.word = 0
        self.bits = 0
        self._plain_bits = 16
        self._known = False  # a value has been seen in this block
        self._gone = True  # the last one was missing
        self._habit_error = 140  # mean |error|, 1/64 step
        self._habit_lead = 0
        self._lead_at_start = self.lead

    def begin(self, step: int) -> int:
        """Start over for a new block; its 12 bits in the header."""
        if self.seen > 1:
            values = self.seen - 1
            mean_error = (self.error_sum << POINT) // values
            weight = min(values, _HABIT_WINDOW)
            self._habit_error += (mean_error - self._habit_error) * weight // _HABIT_WINDOW
            self._habit_lead += (self.lead - self._lead_at_start - self._habit_lead) >> 3
        fast_leads = self._habit_lead > 0
        octave = octave_of(self._habit_error)
        self.start(octave, fast_leads)
        self._lead_at_start = self.lead
        self._plain_bits = plain_bits(step)
        self._known = False
        self._gone = True
        return step << 4 | octave << 1 | fast_leads

    def encode(self, value: int) -> None:
        """Set word and bits for the next value, and learn from it."""
        if value == MISSING:
            self.word = 0 if self._gone else _ESCAPE_WORD << 1
            self.bits = 1 if self._gone else ESCAPE + 1
            self._gone = True
            return
        if self._known:
            error = value - self.expected()
            bits = LOW_BITS[self.level]
            doubled = DOUBLED[self.level]
            self.learn(value, error)
            folded = error << 1 if error >= 0 else ~(error << 1)
            ones = folded >> bits
            if ones < doubled << 1:
                ones >>= 1
                bits += 1
            else:
                ones -= doubled
            if ones < ESCAPE:
                word = ((2 << ones) - 2) << bits | folded & ((1 << bits) - 1)
                bits += ones + 1
            else:
                bits = self._plain_bits
                word = (2 * _ESCAPE_WORD + 1) << bits | value & ((1 << bits) - 1)
                bits += ESCAPE + 1
        else:
            self._known = True
            self.first(value)
            bits = self._plain_bits
            word = value & ((1 << bits) - 1)
        if self._gone:
            self._gone = False
            word |= 1 << bits
            bits += 1
        self.word = word
        self.bits = bits
