"""What a sample block is, and its header: what encoder and decoder share.

    u8 0xB0 | version         u8 channels (low nibble) | flags (high nibble: UNSCANNED)
    varint boot               varint index of the first sample
    varint zigzag(start_ms)   when the boot's grid began: ticks_ms of the first sample - index * period_ms
    varint period_ms          i16 reference_counts          u8 count
    bits, high bit first: per channel step (8), octave (3), fast leads (1); then the scans; zeros up to a whole byte
    u32 CRC-32 over all before it

Little-endian. Channels are those at a site, in the order of the settings. The bits are described in `predictor`
(what is expected) and `encoder` (how a value is written that differs from it). What is stored of a reading is how many
steps of so many counts it is. Version 1, which is still read, had a shift (4 bits) in the step's place: 2^shift counts.
"""

import struct

from . import const
from .varint import put_varint, zigzag

VERSION = const(2)
TAG = const(0xB0 | VERSION)
COUNT_MAX = const(255)
CHANNELS_MAX = const(15)
_FLAGS_MAX = const(15)
UNSCANNED = const(1)
"""Flag: where a row of the block holds nothing but MISSING, nobody looked: something kept the sock busy. Without it
somebody did, and nothing answered."""
STEP_MAX = const(255)  # counts
BLOCK_MAX_BYTES = const(240)
BLOCK_MIN_BYTES = const(97)
"""What an MTU of 100 carries: a first scan of 15 channels fits at its very worst (92 bytes)."""
CRC_BYTES = const(4)

BOOT_LIMIT = const(1 << 32)
INDEX_LIMIT = const(1 << 38)
TICKS_LIMIT = const(1 << 50)
PERIOD_LIMIT = const(1 << 16)


class BlockError(ValueError):
    """Bytes that are no whole block of this version, or a block that cannot be; one line."""


class Header:
    """channels, flags, boot, index and ticks_ms of the first sample, period_ms, reference_counts, count."""

    def __init__(
        self,
        channels: int,
        flags: int,
        boot: int,
        index: int,
        ticks_ms: int,
        period_ms: int,
        reference_counts: int,
        count: int,
    ) -> None:
        self.channels = channels
        self.flags = flags
        self.boot = boot
        self.index = index
        self.ticks_ms = ticks_ms
        self.period_ms = period_ms
        self.reference_counts = reference_counts
        self.count = count

    def pack(self) -> bytearray:
        """The header's bytes; the last one is the count. BlockError when a field is out of its range."""
        self.check()
        if not (0 <= self.flags <= _FLAGS_MAX and 1 <= self.channels <= CHANNELS_MAX):
            raise BlockError(f"no block has {self.channels} channels and flags {self.flags}")
        data = bytearray([TAG, self.channels | self.flags << 4])
        put_varint(data, self.boot)
        put_varint(data, self.index)
        put_varint(data, zigzag(self.ticks_ms - self.index * self.period_ms))
        put_varint(data, self.period_ms)
        data.extend(struct.pack("<hB", self.reference_counts, self.count))
        return data

    def check(self) -> None:
        """BlockError when identity or time cannot be."""
        if not (
            0 <= self.boot < BOOT_LIMIT
            and 0 <= self.index < INDEX_LIMIT
            and 0 <= self.ticks_ms < TICKS_LIMIT
            and 0 < self.period_ms < PERIOD_LIMIT
        ):
            raise BlockError("a block with an impossible identity or time")
