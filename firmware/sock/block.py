"""Sample blocks: a run of scans packed into few bytes, the unit of stream, journal and log.

    u8 0xB0 | version      u8 site channels (low nibble) | flags (high nibble)
    varint boot            varint index of the first sample
    varint start_ms        (zigzag) ticks_ms of the first sample - index * period_ms: where the grid of the boot began
    varint period_ms       i16 reference_counts
    u8 count               (at a fixed place after the reference, so that it can be written last)
    bits                   4-bit shift per channel, then the samples; the last byte filled with zeros
    u32 CRC-32             over all before it
"""

import binascii
import struct
from array import array

from . import MISSING
from .varint import VarintError, put_varint, take_varint, unzigzag, zigzag

VERSION = 1
TAG = 0xB0 | VERSION
COUNT_MAX = 255
CHANNELS_MAX = 15
FLAGS_MAX = 15
SHIFT_MAX = 15
TICKS_MAX = 1 << 53
_CRC_BYTES = 4

KIND_SAMPLES = "samples"
KIND_EVENT = "event"


class BlockError(ValueError):
    """Bytes that are no whole block of this version; one line."""


def kind_of(data: bytes) -> str:
    """KIND_SAMPLES or KIND_EVENT by the first byte (of any version); BlockError for anything else."""
    if len(data) and data[0] & 0xF0 == 0xB0:
        return KIND_SAMPLES
    if len(data) and data[0] & 0xF0 == 0xE0:
        return KIND_EVENT
    raise BlockError("neither a sample block nor an event")


def quantise(counts: int, shift: int) -> int:
    """Counts without their lowest bits, rounded; MISSING stays. Never beyond what shifts back into 16 bits."""
    if counts == MISSING or shift == 0:
        return counts
    value = (counts + (1 << (shift - 1))) >> shift
    limit = 32767 >> shift
    return limit if value > limit else -limit if value < -limit else value


class Block:
    """A decoded block. samples: one tuple of counts per scan, full scale (shifted back), MISSING where not read."""

    def __init__(self, flags, boot, index, ticks_ms, period_ms, reference_counts, shifts, samples) -> None:  # noqa: ANN001
        self.version = VERSION
        self.flags = flags
        self.boot = boot
        self.index = index
        self.ticks_ms = ticks_ms
        self.period_ms = period_ms
        self.reference_counts = reference_counts
        self.shifts = shifts
        self.samples = samples
        self.count = len(samples)


class BlockEncoder:
    """Packs scans of `sites` channels into blocks of at most max_bytes. Allocates nothing from `add` on."""

    def __init__(self, sites: int, max_bytes: int) -> None:
        self.sites = sites
        self._data = bytearray(max_bytes)
        self._view = memoryview(self._data)
        self._max_bits = (max_bytes - _CRC_BYTES) * 8
        self._previous = array("h", [0] * sites)
        self._mean = array("h", [0] * sites)
        self.count = 0
        self._count_at = 0
        self._bits = 0

    def begin(self, boot, index, ticks_ms, period_ms, reference_counts, shifts, flags=0) -> None:  # noqa: ANN001
        """A new block whose first sample is boot/index at ticks_ms; shifts as used by quantise."""
        header = bytearray([TAG, self.sites | flags << 4])
        put_varint(header, boot)
        put_varint(header, index)
        put_varint(header, zigzag(ticks_ms - index * period_ms))
        put_varint(header, period_ms)
        header.extend(struct.pack("<hB", reference_counts, 0))
        for i in range(len(self._data)):
            self._data[i] = 0
        self._data[: len(header)] = header
        self._count_at = len(header) - 1
        self._bits = len(header) * 8
        self.count = 0
        for site in range(self.sites):
            self._previous[site] = 0
            self._mean[site] = 16 << 8
            self._put(shifts[site], 4)

    def add(self, counts) -> bool:  # noqa: ANN001
        """Add one scan (quantised counts, MISSING allowed). False: it may not fit, finish this block and begin anew."""
        if self.count == COUNT_MAX or self._bits + 24 * self.sites > self._max_bits:
            return False
        for site in range(self.sites):
            value = counts[site]
            mean = self._mean[site]
            k = 0
            while mean >> (k + 5):
                k += 1
            if value == MISSING:
                self._put(255, 8)
                continue
            error = value - self._previous[site]
            self._previous[site] = value
            folded = error << 1 if error >= 0 else (-error << 1) - 1
            quotient = folded >> k
            if quotient < 7:
                self._put((1 << quotient) - 1 << 1, quotient + 1)
                self._put(folded & (1 << k) - 1, k)
            else:
                self._put(254, 8)
                self._put(value & 0xFFFF, 16)
            if folded > 511:
                folded = 511
            self._mean[site] = mean + ((folded << 4) - mean >> 3)
        self.count += 1
        return True

    def finish(self) -> memoryview:
        """The block's bytes, valid until the next begin."""
        self._data[self._count_at] = self.count
        end = (self._bits + 7) >> 3
        crc = binascii.crc32(self._view[:end])
        struct.pack_into("<I", self._data, end, crc)
        return self._view[: end + _CRC_BYTES]

    def _put(self, value: int, bits: int) -> None:
        at = self._bits
        self._bits = at + bits
        while bits:
            bits -= 1
            if value >> bits & 1:
                self._data[at >> 3] |= 128 >> (at & 7)
            at += 1


class _Bits:
    def __init__(self, data: bytes, at: int, end: int) -> None:
        self.data = data
        self.at = at
        self.end = end

    def take(self, bits: int) -> int:
        value = 0
        for _ in range(bits):
            if self.at >= self.end:
                raise BlockError("a block broken off inside its samples")
            value = value << 1 | self.data[self.at >> 3] >> (7 - (self.at & 7)) & 1
            self.at += 1
        return value


def decode(data: bytes) -> Block:
    """The block in data, which is exactly one. BlockError otherwise."""
    if len(data) < 12 or len(data) > 255:
        raise BlockError(f"a block of {len(data)} bytes")
    if data[0] != TAG:
        raise BlockError(f"not a sample block of version {VERSION}: first byte {hex(data[0])}")
    end = len(data) - _CRC_BYTES
    if binascii.crc32(data[:end]) != struct.unpack("<I", data[end:])[0]:
        raise BlockError("a block with a wrong CRC")
    sites = data[1] & 15
    flags = data[1] >> 4
    try:
        boot, at = take_varint(data, 2, end)
        index, at = take_varint(data, at, end)
        start, at = take_varint(data, at, end)
        period_ms, at = take_varint(data, at, end)
    except VarintError as error:
        raise BlockError(f"a block with a broken header: {error}") from None
    ticks_ms = unzigzag(start) + index * period_ms
    if at + 3 > end or not sites or not 0 <= ticks_ms < TICKS_MAX:
        raise BlockError("a block with an impossible header")
    reference_counts, count = struct.unpack("<hB", data[at : at + 3])
    bits = _Bits(data, (at + 3) * 8, end * 8)
    shifts = tuple([bits.take(4) for _ in range(sites)])
    previous = [0] * sites
    means = [16 << 8] * sites
    samples = []
    for _ in range(count):
        row = []
        for site in range(sites):
            row.append(_take_value(bits, site, previous, means, shifts[site]))
        samples.append(tuple(row))
    if (bits.at + 7) >> 3 != end:
        raise BlockError("a block with bytes left over")
    return Block(flags, boot, index, ticks_ms, period_ms, reference_counts, shifts, samples)


def _take_value(bits: _Bits, site: int, previous: list, means: list, shift: int) -> int:
    mean = means[site]
    k = 0
    while mean >> (k + 5):
        k += 1
    quotient = 0
    while quotient < 8 and bits.take(1):
        quotient += 1
        if quotient == 7:
            break
    if quotient == 7:
        if bits.take(1):
            return MISSING
        value = bits.take(16)
        if value >= 32768:
            value -= 65536
        error = value - previous[site]
        folded = error << 1 if error >= 0 else (-error << 1) - 1
    else:
        folded = quotient << k | bits.take(k)
        error = -((folded + 1) >> 1) if folded & 1 else folded >> 1
        value = previous[site] + error
    previous[site] = value
    if folded > 511:
        folded = 511
    means[site] = mean + ((folded << 4) - mean >> 3)
    if not -32767 <= value << shift <= 32767:
        raise BlockError("a block with counts beyond 16 bits")
    return value << shift
