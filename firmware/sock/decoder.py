"""Reads sample blocks (see `header` and `encoder`). A block has 240 bytes at most, so hostile ones cost little."""

import binascii
import struct

from . import MISSING
from .encoder import ESCAPE, plain_bits
from .header import BLOCK_MAX_BYTES, CRC_BYTES, TAG, UNSCANNED, VERSION, BlockError, Header
from .predictor import DOUBLED, LOW_BITS, Predictor
from .varint import VarintError, take_varint, unzigzag

KIND_SAMPLES = "samples"
KIND_EVENT = "event"

HINT_BITS = {0xB1: 8, TAG: 12}
"""Per channel in the header, by the first byte of a block."""


class Block:
    """A decoded block.

    version, flags, boot, index and ticks_ms of the first sample, period_ms, reference_counts, step_counts (one per
    channel: how many counts a step is), count, samples: one tuple of counts per scan, full scale, MISSING where nothing
    was read.
    """

    def __init__(
        self, header: Header, step_counts: tuple[int, ...], samples: list[tuple[int, ...]], version: int
    ) -> None:
        self.version = version
        self.flags = header.flags
        self.boot = header.boot
        self.index = header.index
        self.ticks_ms = header.ticks_ms
        self.period_ms = header.period_ms
        self.reference_counts = header.reference_counts
        self.count = header.count
        self.step_counts = step_counts
        self.samples = samples

    def scanned(self, row: int) -> bool:
        """False for a slot in which nobody looked: it says nothing, of the sensors neither."""
        return not self.flags & UNSCANNED or self.samples[row] != (MISSING,) * len(self.step_counts)


def kind_of(data: bytes | memoryview) -> str:
    """KIND_SAMPLES or KIND_EVENT by the first byte (of any version); BlockError for anything else."""
    kind = data[0] & 0xF0 if len(data) else 0
    if kind == 0xB0:
        return KIND_SAMPLES
    if kind == 0xE0:
        return KIND_EVENT
    raise BlockError("neither a sample block nor an event")


def parse(data: bytes | memoryview) -> tuple[Header, int, int]:
    """(header, where its bits begin, where they end) of a whole block with a right CRC. BlockError otherwise."""
    end = len(data) - CRC_BYTES
    if end < 11 or len(data) > BLOCK_MAX_BYTES:
        raise BlockError(f"a block has 15 to {BLOCK_MAX_BYTES} bytes, not {len(data)}")
    if data[0] not in HINT_BITS:
        raise BlockError(f"not a sample block of version 1 to {VERSION}: it starts with {hex(data[0])}")
    if binascii.crc32(data[:end]) != struct.unpack("<I", data[end:])[0]:
        raise BlockError("a block with a wrong CRC")
    try:
        boot, at = take_varint(data, 2, end)
        index, at = take_varint(data, at, end)
        start, at = take_varint(data, at, end)
        period_ms, at = take_varint(data, at, end)
    except VarintError as error:
        raise BlockError(f"a block with a broken header: {error}") from None
    channels = data[1] & 0x0F
    if at + 3 + (channels * HINT_BITS[data[0]] + 7) // 8 > end:
        raise BlockError("a block broken off inside its header")
    reference_counts, count = struct.unpack("<hB", data[at : at + 3])
    if not channels or not count:
        raise BlockError("a block without samples")
    ticks_ms = unzigzag(start) + index * period_ms
    header = Header(channels, data[1] >> 4, boot, index, ticks_ms, period_ms, reference_counts, count)
    header.check()
    return header, at + 3, end


def decode(data: bytes | memoryview) -> Block:
    """The block in data, which is exactly one. BlockError for anything else, whatever the bytes."""
    header, at, end = parse(data)
    # Text of 0 and 1: find and int(_, 2) are the fastest bit reader that both Pythons share. The leading 1 keeps zeros.
    text = bin(int.from_bytes(b"\x01" + bytes(data[at:end]), "big"))[3:]
    width = HINT_BITS[data[0]]
    hints = [int(text[width * i : width * (i + 1)], 2) for i in range(header.channels)]
    if width == 8:  # version 1
        hints = [16 << (each >> 4) | each & 15 for each in hints]
    elif min(hints) < 16:
        raise BlockError("a block with steps of no counts")
    channels = [ChannelDecoder(each) for each in hints]
    at = header.channels * width
    samples = []
    try:
        for _ in range(header.count):
            row = []
            for channel in channels:
                at = channel.decode(text, at)
                row.append(channel.value)
            samples.append(tuple(row))
    except ValueError:
        raise BlockError("a block broken off inside its samples, or with counts beyond 16 bits") from None
    if at > len(text) or len(text) - at > 7 or "1" in text[at:]:
        raise BlockError("a block with bits left over")
    return Block(header, tuple([channel.step for channel in channels]), samples, data[0] & 15)


class ChannelDecoder(Predictor):
    """One channel's way back from bits to `value` (full scale). hints: step * 16 + octave * 2 + fast leads."""

    def __init__(self, hints: int) -> None:
        super().__init__()
        self.start(hints >> 1 & 7, bool(hints & 1))
        self.step = hints >> 4
        self.value = MISSING
        self._limit = 32767 // self.step
        self._plain_bits = plain_bits(self.step)
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
                self.value = value * self.step
                return at
        end = text.find("0", at, at + ESCAPE)
        if end < 0:
            at += ESCAPE + 1
            if text[at - 1 : at] == "0":
                self.value = MISSING
                return at
            at, value = self._plain(text, at)
            error = value - self.expected()
        else:
            at, error = self._coded(text, end - at, end + 1)
            value = self.expected() + error
            if not -self._limit <= value <= self._limit:
                raise ValueError
        self.learn(value, error)
        self.value = value * self.step
        return at

    def _coded(self, text: str, ones: int, at: int) -> tuple[int, int]:
        bits = LOW_BITS[self.level]
        doubled = DOUBLED[self.level]
        if ones < doubled:
            bits += 1
        else:
            ones += doubled
        end = at + bits
        folded = ones << bits | int("0" + text[at:end], 2)
        return end, ~(folded >> 1) if folded & 1 else folded >> 1

    def _plain(self, text: str, at: int) -> tuple[int, int]:
        end = at + self._plain_bits
        value = int(text[at:end], 2)
        if value >> self._plain_bits - 1:
            value -= 1 << self._plain_bits
        if not -self._limit <= value <= self._limit:
            raise ValueError
        return end, value
